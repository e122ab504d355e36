"""The static files: what they weigh, how they are cached, what is not found."""

from collections.abc import Mapping

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from hibana_op.foundation.shipped import folder
from hibana_op.web.assets import asset, shelf, static

APP = Starlette(routes=[Route("/static/{fingerprint}/{name}", static)])


async def get(path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> httpx2.Response:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=APP), base_url="http://localhost") as client:
        return await client.request(method, path, headers=headers)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("hibana.css", "text/css; charset=utf-8"),
        ("hibana.js", "text/javascript; charset=utf-8"),
        ("hibana.svg", "image/svg+xml"),
        ("icons.svg", "image/svg+xml"),
        ("inter-latin-wght-normal.woff2", "font/woff2"),
        ("inter-OFL.txt", "text/plain; charset=utf-8"),
    ],
)
async def test_each_file_is_served_with_its_type_and_kept_for_a_year(name: str, media_type: str) -> None:
    answer = await get(asset("", name))
    assert answer.status_code == 200
    assert answer.content == (folder("templates") / "static" / name).read_bytes()
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_an_address_carries_the_issuers_path_and_the_fingerprint_of_the_content() -> None:
    assert asset("/idp", "hibana.css") == f"/idp/static/{shelf().fingerprint}/hibana.css"


def test_a_file_that_does_not_exist_has_no_address() -> None:
    with pytest.raises(KeyError):
        asset("", "nothing.css")


@pytest.mark.parametrize(
    "path",
    [
        "/static/0000000000000000/hibana.css",
        "/static/{}/nothing.css",
        "/static/{}/..%2Fwords%2Fja.toml",
        "/static/{}/..%2F..%2F..%2F..%2Fetc%2Fpasswd",
        "/static/{}/%2Fetc%2Fpasswd",
        "/static/{}/hibana.css%00.txt",
        "/static/{}/HIBANA.CSS",
        "/static/{}/.",
        "/static/{}/%E3%81%82",
    ],
)
async def test_anything_else_is_not_found(path: str) -> None:
    answer = await get(path.format(shelf().fingerprint))
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("cache-control", "")


@pytest.mark.parametrize("condition", ["{}", "W/{}", '"other", {}', "*"])
async def test_a_copy_that_is_still_good_is_not_sent_again(condition: str) -> None:
    address = asset("", "hibana.css")
    etag = (await get(address)).headers["etag"]
    answer = await get(address, {"If-None-Match": condition.format(etag)})
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == etag


async def test_another_copy_is_sent_again() -> None:
    answer = await get(asset("", "hibana.css"), {"If-None-Match": '"other"'})
    assert answer.status_code == 200


@pytest.mark.parametrize("ranges", ["bytes=0-1", "bytes=0-1,2-3" + ",0-1" * 1000, "bytes=-1", "lines=x"])
async def test_a_range_is_ignored(ranges: str) -> None:
    answer = await get(asset("", "hibana.css"), {"Range": ranges})
    assert answer.status_code == 200
    assert len(answer.content) == len(shelf().files["hibana.css"].content)


async def test_only_reading_is_allowed() -> None:
    assert (await get(asset("", "hibana.css"), method="POST")).status_code == 405
    assert (await get(asset("", "hibana.css"), method="HEAD")).status_code == 200


def test_the_pages_stay_light() -> None:
    sizes = {name: len(file.content) for name, file in shelf().files.items()}
    assert sizes["hibana.css"] < 24 * 1024
    assert sizes["hibana.js"] < 8 * 1024
    assert sum(size for name, size in sizes.items() if not name.startswith("inter-")) < 60 * 1024
