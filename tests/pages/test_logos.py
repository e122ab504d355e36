"""The logos of apps at our own address, and what the sign-in page says of an app: row L10, RFC 7591 §2."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from hibana_op.pages import logos
from tests.deployment import Deployment, Page, deploy
from tests.foundation.certificates import Authority
from tests.foundation.strangers import listening
from tests.make import make_client, make_user

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
PICTURES = {
    "/logo.png": ("image/png", PNG),
    "/logo.jpg": ("image/jpeg", b"\xff\xd8\xff\xe0picture"),
    "/logo.gif": ("image/gif", b"GIF89a picture"),
    "/logo.webp": ("image/webp", b"RIFF\0\0\0\0WEBPVP8 "),
    "/charset.png": ("Image/PNG; charset=binary", PNG),
    "/largest.png": ("image/png", PNG.ljust(logos.LARGEST, b"\0")),
}
NO_PICTURES = {
    "/logo.svg": ("image/svg+xml", SVG),
    "/lie.png": ("image/png", SVG),
    "/page.png": ("text/html", PNG),
    "/swapped.png": ("image/gif", PNG),
    "/too-large.png": ("image/png", PNG.ljust(logos.LARGEST + 1, b"\0")),
}


@dataclass(slots=True)
class Gallery:
    """An app's server with pictures, and what it was asked for."""

    url: str = ""
    asked: list[str] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        path = (await reader.readuntil(b"\r\n\r\n")).decode().split(" ")[1]
        self.asked.append(path)
        kind, content = {**PICTURES, **NO_PICTURES}.get(path, ("image/png", b""))
        status = "200 OK" if content else "404 Not Found"
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
        writer.write(head.encode() + content)
        writer.close()
        await writer.wait_closed()


@pytest_asyncio.fixture
async def gallery(tmp_path: Path) -> AsyncIterator[tuple[Gallery, Authority]]:
    """An app's server on loopback."""
    authority, seen = Authority(tmp_path), Gallery()
    async with listening(seen.answer, tls=authority.server("127.0.0.1")) as port:
        seen.url = f"https://127.0.0.1:{port}"
        yield seen, authority


@pytest_asyncio.fixture
async def deployment(gallery: tuple[Gallery, Authority], tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment that may reach the app's server."""
    url = f"sqlite:///{tmp_path / 'hibana.db'}"
    allowed = {"HIBANA_OUTBOUND_ALLOW": "127.0.0.1", "HIBANA_OUTBOUND_CA_FILE": str(gallery[1].file)}
    async with deploy(url, tmp_path, **allowed) as deployed:
        yield deployed


async def shown(deployment: Deployment, path: str | None) -> tuple[int, str, bytes]:
    """What is at an address of ours."""
    assert path is not None
    async with deployment.http() as http:
        response = await http.get(path)
    assert response.headers["x-content-type-options"] == "nosniff"
    return response.status_code, response.headers["content-type"], response.content


async def test_L10_sign_in_page_shows_logo_and_links_without_telling_the_app(
    deployment: Deployment, gallery: tuple[Gallery, Authority]
) -> None:
    op = deployment.op
    links = {"policy_uri": "https://app.example/privacy", "tos_uri": "https://app.example/terms"}
    client = await make_client(op, logo_uri=f"{gallery[0].url}/logo.png", **links)
    user = await make_user(op)
    browser = deployment.browser()
    login = await browser.authorize(client)
    password = await browser.submit(Page.read(login), username=user.email)

    for page in (login, password):
        path = logos.path_of(client, client.logo_uri)
        assert f'src="{path}"' in page.text
        assert gallery[0].url not in page.text
        for uri in links.values():
            assert f'href="{uri}" target="_blank" rel="noopener noreferrer"' in page.text
        assert "img-src 'self' data:;" in page.headers["content-security-policy"]
    assert gallery[0].asked == []
    async with deployment.http() as http:
        response = await http.get(str(path))
    assert (response.status_code, response.content) == (200, PNG)
    assert response.headers["content-type"] == "image/png"
    assert "sandbox" in response.headers["content-security-policy"]
    assert response.headers["cache-control"] == "public, max-age=86400"
    assert response.headers["cross-origin-resource-policy"] == "same-origin"
    assert "set-cookie" not in response.headers


async def test_app_without_logo_or_links_shows_ours_and_none(deployment: Deployment) -> None:
    op = deployment.op
    page = await deployment.browser().authorize(await make_client(op))
    assert "app-logo" not in page.text
    assert "<img" not in page.text
    assert 'class="links"' in page.text
    assert 'target="_blank"' not in page.text
    # What no link may lead to is no link; what stands in the page itself is not fetched.
    odd = {"logo_uri": "data:image/png;base64,AA==", "policy_uri": "javascript:alert(1)", "tos_uri": "data:,x"}
    page = await deployment.browser().authorize(await make_client(op, **odd))
    assert 'src="data:image/png;base64,AA=="' in page.text
    assert "javascript:" not in page.text
    assert "data:,x" not in page.text
    http = await deployment.browser().authorize(await make_client(op, logo_uri="http://localhost:1/logo.png"))
    assert "<img" not in http.text


@pytest.mark.parametrize("path", PICTURES)
async def test_picture_that_browsers_cannot_run_is_handed_on(
    deployment: Deployment, gallery: tuple[Gallery, Authority], path: str
) -> None:
    client = await make_client(deployment.op, logo_uri=f"{gallery[0].url}{path}")

    status, kind, content = await shown(deployment, logos.path_of(client, client.logo_uri))

    assert (status, content) == (200, PICTURES[path][1])
    assert kind == PICTURES[path][0].partition(";")[0].lower()


@pytest.mark.parametrize("path", [*NO_PICTURES, "/missing.png"])
async def test_L10_what_is_no_such_picture_is_not_shown(
    deployment: Deployment, gallery: tuple[Gallery, Authority], path: str
) -> None:
    client = await make_client(deployment.op, logo_uri=f"{gallery[0].url}{path}")

    status, kind, content = await shown(deployment, logos.path_of(client, client.logo_uri))

    assert (status, kind, content) == (404, "text/plain; charset=utf-8", b"Not found\n")
    assert gallery[0].asked == [path]


async def test_L10_only_what_a_client_names_is_ever_fetched(
    deployment: Deployment, gallery: tuple[Gallery, Authority]
) -> None:
    named = f"{gallery[0].url}/logo.png"
    client = await make_client(deployment.op, logo_uri=named)
    other = await make_client(deployment.op)
    elsewhere = logos.path_of(client, f"{gallery[0].url}/logo.gif")
    of_another = logos.path_of(other, named)

    for path in (elsewhere, of_another, "/app-logo/unknown/0123456789abcdef", f"/app-logo/{client.client_id}/"):
        assert (await shown(deployment, path))[0] == 404
    assert gallery[0].asked == []


async def test_L03_a_crowd_fetches_a_logo_once_until_it_is_stale(
    deployment: Deployment, gallery: tuple[Gallery, Authority], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await make_client(deployment.op, logo_uri=f"{gallery[0].url}/logo.png")
    path = logos.path_of(client, client.logo_uri)

    crowd = await asyncio.gather(*(shown(deployment, path) for _ in range(20)))
    assert {status for status, _, _ in crowd} == {200}
    assert gallery[0].asked == ["/logo.png"]

    monkeypatch.setattr(logos, "FRESH_FOR", -1.0)
    other = await make_client(deployment.op, logo_uri=f"{gallery[0].url}/logo.gif")
    for _ in range(2):
        assert (await shown(deployment, logos.path_of(other, other.logo_uri)))[0] == 200
    assert gallery[0].asked == ["/logo.png", "/logo.gif", "/logo.gif"]


async def test_only_a_few_logos_are_kept(
    deployment: Deployment, gallery: tuple[Gallery, Authority], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logos, "MOST_KEPT", 1)
    png = await make_client(deployment.op, logo_uri=f"{gallery[0].url}/logo.png")
    gif = await make_client(deployment.op, logo_uri=f"{gallery[0].url}/logo.gif")

    for client in (png, png, gif, png):
        assert (await shown(deployment, logos.path_of(client, client.logo_uri)))[0] == 200

    assert gallery[0].asked == ["/logo.png", "/logo.gif", "/logo.png"]


async def test_logo_and_links_come_in_the_language_of_the_page(
    deployment: Deployment, gallery: tuple[Gallery, Authority]
) -> None:
    in_japanese = f"{gallery[0].url}/logo.gif"
    localized = {"logo_uri#ja": in_japanese, "policy_uri#ja": "https://app.example/ja/privacy"}
    client = await make_client(deployment.op, logo_uri=f"{gallery[0].url}/logo.png", localized=localized)

    page = await deployment.browser().authorize(client, ui_locales="ja")

    path = logos.path_of(client, in_japanese)
    assert f'src="{path}"' in page.text
    assert 'href="https://app.example/ja/privacy"' in page.text
    assert "プライバシーポリシー" in page.text
    assert (await shown(deployment, path))[1] == "image/gif"
