"""Several workers are one provider: what happened at one counts at every other, and all end together."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.deployment import Page
from tests.races.connections import Answer, Crowd, basic
from tests.server import HibanaProcess, StartHibana
from tests.visitor import Visitor, asking, redemption, register_app, register_person, rotation

WORKERS = 2
both_engines = pytest.mark.parametrize(
    "hibana_server", [("sqlite", WORKERS), ("postgres", WORKERS)], ids=["sqlite", "postgres"], indirect=True
)


@pytest.fixture
async def one_each(hibana_server: HibanaProcess) -> AsyncIterator[Crowd]:
    """A connection to each worker."""
    gathered = await Crowd.gather(hibana_server, size=WORKERS)
    yield gathered
    await gathered.close()


@pytest.fixture
async def visitor(hibana_server: HibanaProcess) -> AsyncIterator[Visitor]:
    """A person who is signed in."""
    register_person(hibana_server)
    async with Visitor(hibana_server) as visitor:
        await visitor.sign_in()
        yield visitor


def led_back_with(answer: Answer, name: str) -> str:
    """A parameter of the redirect to the app."""
    return parse_qs(urlsplit(answer.headers["location"]).query)[name][0]


@both_engines
async def test_sessions_codes_tokens_and_keys_belong_to_all_workers(
    hibana_server: HibanaProcess, one_each: Crowd, visitor: Visitor
) -> None:
    app = register_app(hibana_server)
    (first, second) = await one_each.get("/jwks")
    assert first.body == second.body

    codes = [led_back_with(answer, "code") for answer in await one_each.get(asking(app), Cookie=visitor.cookies)]
    credentials = basic(app.credentials)
    for code, there in zip(codes, reversed(one_each.connections), strict=True):
        redeemed = await there.ask(one_each.posting("/token", redemption(app, code), Authorization=credentials))
        assert redeemed.status == 200
        for each in one_each.connections:
            found = await each.ask(
                one_each.posting("/introspect", {"token": redeemed.body["access_token"]}, Authorization=credentials)
            )
            assert found.body["active"] is True
    rotated = redeemed.body["refresh_token"]
    for there in one_each.connections * 2:
        answer = await there.ask(one_each.posting("/token", rotation(rotated), Authorization=credentials))
        assert answer.status == 200
        rotated = answer.body["refresh_token"]


@both_engines
async def test_F04_a_session_that_ended_at_one_worker_is_dead_at_every_other(
    hibana_server: HibanaProcess, one_each: Crowd, visitor: Visitor
) -> None:
    app = register_app(hibana_server)
    for ending_at in one_each.connections:
        kept = visitor.cookies
        silently = asking(app, prompt="none")
        assert all(led_back_with(answer, "code") for answer in await one_each.get(silently, Cookie=kept))

        form = {**Page.read(await visitor.http.get("/logout")).fields, "decision": "logout"}
        assert (await ending_at.ask(one_each.posting("/logout", form, Cookie=kept))).status == 200

        for answer in await one_each.get(silently, Cookie=kept):
            assert led_back_with(answer, "error") == "login_required"
        visitor.http.cookies.clear()
        await visitor.sign_in()


@both_engines
async def test_every_worker_knows_within_a_second_what_a_command_changed(
    hibana_server: HibanaProcess, one_each: Crowd, visitor: Visitor
) -> None:
    app = register_app(hibana_server)
    tokens = await visitor.tokens(app)
    before = {key["kid"] for key in (await one_each.get("/jwks"))[0].body["keys"]}
    bearer = f"Bearer {tokens['access_token']}"
    assert [answer.status for answer in await one_each.get("/userinfo", Authorization=bearer)] == [200, 200]

    published = json.loads(hibana_server.command("keys", "rotate", "--alg", "RS256", "--json"))
    await asyncio.sleep(1)
    for answer in await one_each.get("/jwks"):
        assert {key["kid"] for key in answer.body["keys"]} == before | {published["kid"]}

    listed = json.loads(hibana_server.command("keys", "list", "--json"))
    [signed] = [key["kid"] for key in listed if key["state"] == "current" and key["algorithm"] == "ES256"]
    hibana_server.command("keys", "retire", signed)
    await asyncio.sleep(1)
    assert [answer.status for answer in await one_each.get("/userinfo", Authorization=bearer)] == [401, 401]
    for answer in await one_each.get("/jwks"):
        assert signed not in {key["kid"] for key in answer.body["keys"]}
    assert (await visitor.tokens(app))["id_token"]

    hibana_server.command("client", "delete", app.client_id)
    await asyncio.sleep(1)
    for answer in await one_each.post("/token", rotation("any"), Authorization=basic(app.credentials)):
        assert (answer.status, answer.body["error"]) == (401, "invalid_client")


async def test_every_worker_says_not_ready_and_finishes_its_work_before_all_end(start_hibana: StartHibana) -> None:
    server = start_hibana(workers=WORKERS, settings={"HIBANA_SHUTDOWN_DELAY": "2"})
    app = register_app(server, grants=("client_credentials",))
    busy, watching = await Crowd.gather(server, size=WORKERS), await Crowd.gather(server, size=WORKERS)
    request = busy.posting("/token", {"grant_type": "client_credentials"}, Authorization=basic(app.credentials))
    for each in busy.connections:
        each.writer.write(request[:-1])

    os.kill(server.pid, signal.SIGTERM)

    give_up = time.monotonic() + 1.5
    while {answer.status for answer in await watching.get("/readyz")} != {503}:
        assert time.monotonic() < give_up, "a worker still calls itself ready"
    assert {answer.status for answer in await watching.get("/healthz")} == {200}
    await watching.close()
    for each in busy.connections:
        each.writer.write(request[-1:])
        assert (await each.answer()).status == 200
    await busy.close()
    server.terminate()
    assert "Traceback" not in server.log
