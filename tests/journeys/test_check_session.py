"""The frame of session management in a real browser, in pages of other sites: unchanged, changed or error (§3.2)."""

import asyncio
import hashlib
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from tests.browser import FLAGS, executable
from tests.foundation.certificates import Authority
from tests.foundation.strangers import listening
from tests.make import PASSWORD
from tests.server import HibanaProcess
from tests.visitor import ALICE, register_person

CLIENT = "the-client"
WATCHING = """<!doctype html><title>App</title><iframe id="op" src="{url}"></iframe><script>
var told = [];
addEventListener("message", function (event) {{ if (event.origin === "{issuer}") told.push(event.data); }});
function ask(message) {{
  told = [];
  document.getElementById("op").contentWindow.postMessage(message, "{issuer}");
}}
</script>"""


@dataclass(frozen=True, slots=True)
class Op:
    """A running provider, and the certificates of an app beside it; None without TLS."""

    server: HibanaProcess
    tls: ssl.SSLContext | None

    @property
    def issuer(self) -> str:
        """Where it is."""
        return self.server.issuer

    @asynccontextmanager
    async def app(self) -> AsyncIterator[str]:
        """An app that shows the provider's frame; answers its origin.

        Over TLS it is another site than the provider; plain http is for development, where all is on localhost.
        """
        html = WATCHING.format(url=f"{self.issuer}/check_session", issuer=self.issuer).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(html)}\r\n\r\n".encode()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head + html)
            await writer.drain()
            writer.close()

        async with listening(answer, tls=self.tls) as port:
            yield f"https://127.0.0.1:{port}" if self.tls else f"http://localhost:{port}"


@pytest.fixture(scope="module", params=["http", "https"])
def op(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Op]:
    """A server with and without TLS."""
    folder = tmp_path_factory.mktemp("op")
    authority = Authority(folder) if request.param == "https" else None
    tls = authority.server_file("localhost") if authority else None
    server = HibanaProcess(folder, database_url=f"sqlite:///{folder / 'hibana.db'}", tls=tls)
    try:
        server.start()
        register_person(server)
        yield Op(server, authority.server("127.0.0.1") if authority else None)
    finally:
        server.close()


@pytest_asyncio.fixture(loop_scope="session")
async def profile(chromium: Browser, tmp_path: Path) -> AsyncIterator[BrowserContext]:
    """A browser profile that lets frames have their cookies; certificates of tests are good enough."""
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps({"profile": {"cookie_controls_mode": 0}}))
    opened = await chromium.browser_type.launch_persistent_context(
        tmp_path, executable_path=executable(), args=list(FLAGS), ignore_https_errors=True, locale="en-US"
    )
    yield opened
    await opened.close()


async def sign_in(op: Op, profile: BrowserContext) -> None:
    """Sign in at the provider itself."""
    page = await profile.new_page()
    await page.goto(f"{op.issuer}/login")
    await page.fill("#username", ALICE)
    await page.click("#continue")
    await page.fill("#password", PASSWORD)
    await page.click("#continue")
    await page.wait_for_url(f"{op.issuer}/")
    await page.close()


async def sign_out(op: Op, profile: BrowserContext) -> None:
    """Sign out at the provider itself."""
    page = await profile.new_page()
    await page.goto(f"{op.issuer}/logout")
    await page.click("button[value=logout]")
    await page.wait_for_selector("h1")
    await page.close()


async def watching(profile: BrowserContext, origin: str) -> Page:
    """A page of an app, with the provider's frame in it."""
    page = await profile.new_page()
    await page.goto(f"{origin}/watching")
    return page


async def asked(page: Page, message: str) -> str:
    """What the frame answers."""
    await page.evaluate("message => ask(message)", message)
    await page.wait_for_function("told.length > 0")
    (told,) = await page.evaluate("told")
    return str(told)


async def state_of(op: Op, profile: BrowserContext, origin: str, client_id: str = CLIENT) -> str:
    """What an app would send: its id, and the session_state that it was given just now."""
    cookies = {cookie["name"]: cookie["value"] for cookie in await profile.cookies(op.issuer)}
    state = cookies["__Host-hibana_state" if op.issuer.startswith("https:") else "hibana_state"]
    salt = "the-salt"
    digest = hashlib.sha256(f"{client_id} {origin} {state} {salt}".encode()).hexdigest()
    return f"{client_id} {digest}.{salt}"


async def test_app_learns_that_its_person_signed_out_or_is_somebody_else(
    op: Op, profile: BrowserContext, chromium: Browser
) -> None:
    async with op.app() as origin:
        await sign_in(op, profile)
        page = await watching(profile, origin)
        first = await state_of(op, profile, origin)
        assert await asked(page, first) == "unchanged"

        await sign_out(op, profile)
        assert await asked(page, first) == "changed"
        of_nobody = await state_of(op, profile, origin)
        assert await asked(page, of_nobody) == "unchanged"

        await sign_in(op, profile)
        second = await state_of(op, profile, origin)
        assert [await asked(page, each) for each in (first, of_nobody, second)] == ["changed", "changed", "unchanged"]

        await profile.clear_cookies()
        assert await asked(page, second) == "changed"


async def test_G06_another_app_learns_nothing_from_a_state_that_is_not_its_own(
    op: Op, profile: BrowserContext, chromium: Browser
) -> None:
    async with op.app() as origin, op.app() as evil:
        await sign_in(op, profile)
        genuine = await state_of(op, profile, origin)
        page = await watching(profile, evil)

        assert await asked(page, genuine) == "changed"
        assert await asked(page, genuine.replace(CLIENT, "another")) == "changed"


async def test_what_is_no_question_is_an_error(op: Op, profile: BrowserContext, chromium: Browser) -> None:
    async with op.app() as origin:
        await sign_in(op, profile)
        page = await watching(profile, origin)
        genuine = await state_of(op, profile, origin)

        short = genuine.partition(".")[0]
        for wrong in ("", "x", CLIENT, f"{genuine} ", f" {genuine}", genuine.replace(".", " "), short):
            assert await asked(page, wrong) == "error", wrong
        await page.evaluate("ask({toString: null})")
        await page.wait_for_function("told.length > 0")
        assert await page.evaluate("told") == ["error"]


async def test_where_frames_have_no_cookies_nothing_can_be_told(op: Op, chromium: Browser) -> None:
    private = await chromium.new_context(ignore_https_errors=True, locale="en-US")
    async with op.app() as origin:
        await sign_in(op, private)
        genuine = await state_of(op, private, origin)
        page = await watching(private, origin)

        # Chromium keeps cookies from frames of other sites in such a profile; without TLS it is all one site.
        assert await asked(page, genuine) == ("error" if op.tls else "unchanged")
    await private.close()


async def test_own_digest_is_right_for_every_length(op: Op, profile: BrowserContext, chromium: Browser) -> None:
    async with op.app() as origin:
        await sign_in(op, profile)
        page = await watching(profile, origin)

        for length in (*range(1, 66), 255):
            message = await state_of(op, profile, origin, client_id="c" * length)
            assert await asked(page, message) == "unchanged", length
