"""Workers of one server are one deployment: what one of them does, or a command, counts for all at once."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.races.connections import connections_of
from tests.server import Engine, HibanaProcess, StartHibana
from tests.visitor import App, Visitor, redemption, register_app, register_person, rotation

WORKERS = 2
WITHIN = 1.0  # seconds until a change by command counts everywhere
DRAIN = 2

two_workers = pytest.mark.parametrize(
    "hibana_server", [("sqlite", WORKERS), ("postgres", WORKERS)], ids=["sqlite", "postgres"], indirect=True
)


@pytest.fixture
async def visitors(hibana_server: HibanaProcess) -> AsyncIterator[list[Visitor]]:
    """One browser for each worker; each keeps one connection alive, so its requests all go to the same worker."""
    found = await one_for_each_worker(hibana_server)
    yield found
    for each in found:
        await each.http.aclose()


async def one_for_each_worker(server: HibanaProcess) -> list[Visitor]:
    """Let each worker accept somebody, while the others are held still."""
    workers, found = server.workers(), []
    assert len(workers) == WORKERS
    for pid in workers:
        others = [other for other in workers if other != pid]
        for other in others:
            os.kill(other, signal.SIGSTOP)
        try:
            found.append(Visitor(server))
            assert await worker_of(server, found[-1]) == pid
        finally:
            for other in others:
                os.kill(other, signal.SIGCONT)
    return found


async def worker_of(server: HibanaProcess, visitor: Visitor) -> int:
    """The worker that answers a visitor."""
    response = await visitor.http.get("/healthz")
    port = response.extensions["network_stream"].get_extra_info("client_addr")[1]
    return next(pid for pid in server.workers() if port in connections_of(pid, server.port))


@two_workers
async def test_T06_workers_share_sessions_codes_tokens_and_keys(
    hibana_server: HibanaProcess, visitors: list[Visitor]
) -> None:
    app = register_app(hibana_server)
    register_person(hibana_server)
    workers = [await worker_of(hibana_server, each) for each in visitors]
    first, second = visitors
    await first.sign_in()
    second.http.cookies = first.http.cookies

    code = await second.code(app)
    tokens = (await first.token(app, **redemption(app, code))).json()
    rotated = (await second.token(app, **rotation(tokens["refresh_token"]))).json()
    for each in visitors:
        assert await each.is_active(app, tokens["access_token"])
        assert await each.is_active(app, rotated["refresh_token"])
    assert (await first.http.get("/jwks")).json() == (await second.http.get("/jwks")).json()

    assert (await second.token(app, **redemption(app, code))).json()["error"] == "invalid_grant"
    for each in visitors:
        assert not await each.is_active(app, tokens["access_token"])
        assert not await each.is_active(app, rotated["refresh_token"])
    assert [await worker_of(hibana_server, each) for each in visitors] == workers


@two_workers
async def test_D10_a_deleted_client_is_refused_by_every_worker_within_a_second(
    hibana_server: HibanaProcess, visitors: list[Visitor]
) -> None:
    app = register_app(hibana_server, grants=("client_credentials",))
    for each in visitors:
        assert (await ask_for_token(each, app)).status_code == 200
    hibana_server.command("client", "delete", app.client_id)
    deleted_at = time.monotonic()
    for each in visitors:
        asked_at = time.monotonic()
        while (response := await ask_for_token(each, app)).status_code == 200:
            assert asked_at - deleted_at < WITHIN
            asked_at = time.monotonic()
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


async def ask_for_token(visitor: Visitor, app: App) -> httpx2.Response:
    return await visitor.token(app, grant_type="client_credentials")


@two_workers
async def test_a_new_signing_key_is_in_the_jwks_of_every_worker_within_a_second(
    hibana_server: HibanaProcess, visitors: list[Visitor]
) -> None:
    before = [await key_ids(each) for each in visitors]
    kid = json.loads(hibana_server.command("keys", "rotate", "--json"))["kid"]
    rotated_at = time.monotonic()
    assert kid not in before[0]
    for each in visitors:
        asked_at = time.monotonic()
        while kid not in await key_ids(each):
            assert asked_at - rotated_at < WITHIN
            asked_at = time.monotonic()
    assert [await key_ids(each) for each in visitors] == [before[0] | {kid}] * WORKERS


async def key_ids(visitor: Visitor) -> set[str]:
    return {key["kid"] for key in (await visitor.http.get("/jwks")).json()["keys"]}


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_every_worker_drains_on_sigterm_and_ends_with_0(start_hibana: StartHibana, engine: Engine) -> None:
    server = start_hibana(engine, workers=WORKERS, settings={"HIBANA_SHUTDOWN_DELAY": str(DRAIN)})
    visitors = await one_for_each_worker(server)
    ended = asyncio.create_task(asyncio.to_thread(server.terminate))  # checks the status
    for each in visitors:
        while (response := await each.http.get("/readyz")).status_code == 200:
            assert not ended.done()
        assert response.status_code == 503
        assert response.json()["reasons"] == {"shutdown": "shutting down"}
        assert (await each.http.get("/jwks")).status_code == 200, "what arrives meanwhile is served"
    assert not ended.done()
    await ended
    for each in visitors:
        await each.http.aclose()
