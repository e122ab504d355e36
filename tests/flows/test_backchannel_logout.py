"""Whatever ends a session, its apps hear of it behind the scenes: OpenID Connect Back-Channel Logout 1.0, row M03."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from hibana_op.foundation.origin import Origin
from hibana_op.login import people
from hibana_op.records import sessions
from hibana_op.records.clients import Client
from hibana_op.storage.database import Session as Db
from tests.deployment import Browser, Deployment, Page, deploy
from tests.flows.journeys import claims_of, obtain_tokens
from tests.foundation.certificates import Authority
from tests.foundation.strangers import Stranger, stranger
from tests.make import make_client, make_user

GOODBYE = "https://app.example/bye"
COMMAND = Origin.command("0" * 32)


@pytest.fixture
async def app(authority: Authority) -> AsyncIterator[Stranger]:
    """The server of an app."""
    async with stranger(authority.server("localhost")) as running:
        yield running


@pytest.fixture
async def telling(database_url: str, tmp_path: Path, authority: Authority) -> AsyncIterator[Deployment]:
    """A deployment that may tell that app, on a fresh database of each engine."""
    way_out = {"HIBANA_OUTBOUND_ALLOW": "localhost", "HIBANA_OUTBOUND_CA_FILE": str(authority.file)}
    async with deploy(database_url, tmp_path, **way_out) as deployment:
        yield deployment


async def told(app: Stranger, number: int = 1) -> list[dict[str, Any]]:
    """The claims that the app has got, once there are so many."""
    async with asyncio.timeout(10):
        while len(app.bodies) < number:  # noqa: ASYNC110 - the stranger rings no bell for a whole request
            await asyncio.sleep(0.01)
    return [claims_of(parse_qs(body.decode())["logout_token"][0]) for body in app.bodies]


async def listening(deployment: Deployment, app: Stranger, path: str = "/ok") -> Client:
    """A client that is told at a path of the app."""
    return await make_client(deployment.op, backchannel_logout_uri=app.url(path, host="localhost"))


async def sign_out(browser: Browser, hint: str) -> str:
    """Sign out at an app's wish; where the browser is led."""
    query = urlencode({"id_token_hint": hint, "post_logout_redirect_uri": GOODBYE})
    return str((await browser.http.get(f"/logout?{query}")).headers["location"])


async def test_M03_every_app_of_the_session_is_told_at_once(telling: Deployment, app: Stranger) -> None:
    first, second = await listening(telling, app), await listening(telling, app)
    user, browser = await make_user(telling.op), telling.browser()
    one = await obtain_tokens(telling, first, user, browser=browser)
    await obtain_tokens(telling, second, user, browser=browser)

    assert await sign_out(browser, one["id_token"]) == GOODBYE

    claims = await told(app, 2)
    assert {each["aud"] for each in claims} == {first.client_id, second.client_id}
    known = claims_of(one["id_token"])
    assert {(each["sub"], each["sid"]) for each in claims} == {(known["sub"], known["sid"])}


async def test_M03_nobody_waits_for_a_tarpit(telling: Deployment, app: Stranger) -> None:
    tarpit, quick = await listening(telling, app, "/tarpit"), await listening(telling, app)
    user, browser = await make_user(telling.op), telling.browser()
    one = await obtain_tokens(telling, tarpit, user, browser=browser)
    await obtain_tokens(telling, quick, user, browser=browser)

    async with asyncio.timeout(4):  # a request to the tarpit alone takes longer
        assert await sign_out(browser, one["id_token"]) == GOODBYE
        assert {each["aud"] for each in await told(app, 2)} == {tarpit.client_id, quick.client_id}
        assert (await telling.browser().get("/login")).status_code == 200


async def test_forgetting_an_account_in_this_browser_tells_its_apps(telling: Deployment, app: Stranger) -> None:
    client, user, browser = await listening(telling, app), await make_user(telling.op), telling.browser()
    tokens = await obtain_tokens(telling, client, user, browser=browser)
    picker = await browser.authorize(client, prompt="select_account")

    await browser.submit(Page.read(picker), forget=claims_of(tokens["id_token"])["sid"])

    assert (await told(app))[0]["sub"] == user.id


@pytest.mark.parametrize("act", ["disable", "delete"])
async def test_D10_when_an_administrator_ends_it_the_apps_are_told_too(
    telling: Deployment, app: Stranger, act: str
) -> None:
    client, user, browser = await listening(telling, app), await make_user(telling.op), telling.browser()
    tokens = await obtain_tokens(telling, client, user, browser=browser)

    await (people.disable if act == "disable" else people.delete)(telling.op, user, COMMAND)

    (claims,) = await told(app)
    assert (claims["sub"], claims["sid"]) == (user.id, claims_of(tokens["id_token"])["sid"])


async def test_signing_in_anew_is_no_logout(telling: Deployment, app: Stranger) -> None:
    client, user, browser = await listening(telling, app), await make_user(telling.op), telling.browser()
    await obtain_tokens(telling, client, user, browser=browser)

    tokens = await obtain_tokens(telling, client, user, browser=browser, prompt="login")

    row = await telling.op.db.one("SELECT COUNT(*) AS waiting FROM logout_deliveries")
    assert row is not None
    assert row["waiting"] == 0
    await sign_out(browser, tokens["id_token"])
    assert len(await told(app)) == 1


async def test_ending_every_session_tells_every_app(telling: Deployment, app: Stranger) -> None:
    client = await listening(telling, app)
    people_there = [await make_user(telling.op) for _ in range(3)]
    for user in people_there:
        await obtain_tokens(telling, client, user)

    async def end(tx: Db) -> int:
        return await sessions.revoke_all(tx, now=telling.op.now())

    assert await telling.op.db.transact(end) == 3

    assert {each["sub"] for each in await told(app, 3)} == {user.id for user in people_there}
