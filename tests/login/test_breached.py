"""Passwords that others have lost are refused, wherever a list says so; and no list keeps anybody from choosing."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hibana_op.foundation import breached_list
from hibana_op.login import breached
from hibana_op.records import audit_log
from tests.deployment import Deployment, Page, deploy
from tests.foundation.strangers import listening
from tests.login.test_password_policy import reason
from tests.make import PASSWORD, make_user
from tests.passkeys import signed_in

LEAKED = "tulip wagon orange seven"
FINE = "quiet marble lantern 88"
Deploy = Callable[..., AbstractAsyncContextManager[Deployment]]


@pytest.fixture
def deploy_with(tmp_path: Path) -> Deploy:
    """A deployment with settings of its own."""
    return lambda **settings: deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path, **settings)


@pytest.fixture
def leaked_file(tmp_path: Path) -> Path:
    """A list with one password in it."""
    path = tmp_path / "pwned.txt"
    others = [f"{number:02X}" * 20 for number in range(256)]
    lines = sorted([*others, breached_list.fingerprint(LEAKED)])
    path.write_text("".join(f"{line}:7\r\n" for line in lines), encoding="ascii")
    return path


def put_in_place(path: Path, content: str | None) -> None:
    """Another file where one was, as an administrator would; None for none at all."""
    if content is None:
        path.unlink()
        return
    renewed = path.with_suffix(".new")
    renewed.write_text(content, encoding="ascii")
    renewed.replace(path)


@dataclass(slots=True)
class Ranges:
    """A service of ranges on this machine: what it answers, and what it was asked."""

    port: int = 0
    status: str = "200 OK"
    count: int = 7
    is_mute: bool = False
    requests: list[str] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        """What makes a deployment ask it."""
        url = f"http://localhost:{self.port}/range/"
        return {"HIBANA_BREACHED_PASSWORDS_URL": url, "HIBANA_OUTBOUND_ALLOW": "localhost"}


@asynccontextmanager
async def ranges() -> AsyncIterator[Ranges]:
    seen = Ranges()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
        if seen.is_mute:
            await asyncio.Event().wait()
        rest = breached_list.fingerprint(LEAKED)[5:]
        body = "\r\n".join([f"{'0' * 35}:3", f"{rest}:{seen.count}", f"{'F' * 35}:0"]).encode()
        head = f"HTTP/1.1 {seen.status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    async with listening(answer, host="localhost") as seen.port:
        yield seen


async def told(deployment: Deployment) -> list[tuple[object, object]]:
    entries = await audit_log.page(deployment.op.db)
    found = [entry for entry in entries if entry.action == "deployment:breached_list:skipped"]
    assert all(entry.outcome == "failure" for entry in found)
    return [(entry.metadata["source"], entry.metadata["reason"]) for entry in found]


async def test_H07_a_password_in_the_file_is_refused(deploy_with: Deploy, leaked_file: Path) -> None:
    async with deploy_with() as without:
        assert await reason(without, LEAKED) is None
    async with deploy_with(HIBANA_BREACHED_PASSWORDS_FILE=str(leaked_file)) as deployment:
        assert await reason(deployment, LEAKED) == "password_breached"
        assert await reason(deployment, FINE) is None
        assert await told(deployment) == []


@pytest.mark.parametrize(("language", "words"), [("en", "appears in a known leak"), ("ja", "過去に流出したデータ")])
async def test_H07_whoever_chooses_it_hears_why(
    deploy_with: Deploy, leaked_file: Path, language: str, words: str
) -> None:
    async with deploy_with(HIBANA_BREACHED_PASSWORDS_FILE=str(leaked_file)) as deployment:
        user = await make_user(deployment.op)
        browser = await signed_in(deployment, user)
        browser.http.headers["Accept-Language"] = language
        page = Page.read(await browser.get("/account/password"))
        given = {"current_password": PASSWORD, "password": LEAKED}

        refused = await browser.submit(page, **given)
        taken = await browser.submit(Page.read(refused), **{**given, "password": FINE})

    assert refused.status_code == 400
    assert words in refused.text
    assert taken.url.path == "/account/security"


async def test_H07_a_file_that_is_gone_or_broken_stops_nobody_and_is_told_once_an_hour(
    deploy_with: Deploy, leaked_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with deploy_with(HIBANA_BREACHED_PASSWORDS_FILE=str(leaked_file)) as deployment:
        put_in_place(leaked_file, None)

        assert await reason(deployment, LEAKED) is None
        assert await reason(deployment, FINE) is None
        assert await told(deployment) == [("file", "it cannot be opened (No such file or directory)")]
        put_in_place(leaked_file, "no hash\n" * 9)
        deployment.clock.advance(3601)
        assert await reason(deployment, LEAKED) is None
        assert len(await told(deployment)) == 2
    assert caplog.text.count("a password was not looked up in the file of breached ones") == 3


async def test_H07_a_new_file_counts_at_once(deploy_with: Deploy, leaked_file: Path) -> None:
    async with deploy_with(HIBANA_BREACHED_PASSWORDS_FILE=str(leaked_file)) as deployment:
        put_in_place(leaked_file, f"{breached_list.fingerprint(FINE)}:1\n")

        assert await reason(deployment, FINE) == "password_breached"


async def test_H07_the_service_learns_five_digits_and_nothing_else(deploy_with: Deploy) -> None:
    async with ranges() as service, deploy_with(**service.settings) as deployment:
        assert await reason(deployment, LEAKED) == "password_breached"
        assert await reason(deployment, FINE) is None
        assert await reason(deployment, "passwordpassword") == "password_common"

        hashes = [breached_list.fingerprint(password) for password in (LEAKED, FINE)]
        assert [text.split(" ", 2)[1] for text in service.requests] == [f"/range/{each[:5]}" for each in hashes]
        for request in service.requests:
            assert "add-padding: true" in request.lower()
            assert not any(each[5:15] in request.upper() for each in hashes)


async def test_H07_lines_that_only_fill_up_the_answer_do_not_count(deploy_with: Deploy) -> None:
    async with ranges() as service, deploy_with(**service.settings) as deployment:
        service.count = 0
        assert await reason(deployment, LEAKED) is None
        service.count = 10
        assert await reason(deployment, LEAKED) == "password_breached"


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable", "302 Found"])
async def test_H07_a_service_that_refuses_stops_nobody(deploy_with: Deploy, status: str) -> None:
    async with ranges() as service, deploy_with(**service.settings) as deployment:
        service.status = status
        assert await reason(deployment, LEAKED) is None
        [(source, why)] = await told(deployment)
        assert source == "service"
        assert why == (
            "the server answered with a redirect" if "302" in status else f"the server answered {status[:3]}"
        )


async def test_H07_nobody_waits_long_for_a_service_that_does_not_answer(
    deploy_with: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breached, "SECONDS", 0.3)
    async with ranges() as service, deploy_with(**service.settings) as deployment:
        service.is_mute = True
        begun = time.monotonic()
        assert await reason(deployment, LEAKED) is None
        assert time.monotonic() - begun < 2
        assert await told(deployment) == [("service", "it took too long")]


async def test_H07_without_the_settings_nothing_leaves(deploy_with: Deploy) -> None:
    async with ranges() as service, deploy_with(HIBANA_OUTBOUND_ALLOW="localhost") as deployment:
        assert await reason(deployment, LEAKED) is None
        assert service.requests == []
