"""Signing out at an app's wish, OpenID Connect RP-Initiated Logout 1.0: rows M01, M02 and M05."""

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest

from hibana_op.foundation.origin import Origin
from hibana_op.oauth.logout import end_session
from hibana_op.records import audit_log, clients, sessions
from tests.deployment import Browser, Deployment, Page, answer
from tests.flows.journeys import error_of, is_active, is_page, obtain_tokens, redeem, refresh
from tests.make import make_client, make_user

GOODBYE = "https://app.example/bye"
MUTATIONS: dict[str, str] = json.loads((Path(__file__).parent / "redirect_mutations.json").read_text("utf-8"))


async def sign_out(browser: Browser, **parameters: Any) -> httpx2.Response:
    """Send the browser to the end-session endpoint."""
    return await browser.get(f"/logout?{urlencode(parameters, errors='surrogatepass')}")


def asks(response: httpx2.Response) -> bool:
    """Whether the person is asked before anything ends."""
    return response.status_code == 200 and 'value="logout"' in response.text


async def is_signed_in(browser: Browser) -> bool:
    """Whether the front page knows somebody."""
    return 'action="/logout"' in (await browser.get("/")).text


async def test_M01_a_hint_about_this_very_session_signs_out_at_once(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    hint = (await obtain_tokens(deployment, client, user, browser=browser))["id_token"]
    deployment.clock.advance(client.id_token_lifetime + 1)

    response = await sign_out(browser, id_token_hint=hint, post_logout_redirect_uri=GOODBYE, state="a&b=1")

    assert response.headers["location"] == f"{GOODBYE}?state=a%26b%3D1"
    assert await sessions.live_of_user(op.db, user.id, now=op.now()) == []
    # Once more is no error: there is nothing left to end.
    again = await sign_out(browser, id_token_hint=hint, post_logout_redirect_uri=GOODBYE)
    assert again.headers["location"] == GOODBYE


async def test_M01_without_such_a_hint_the_person_is_asked(deployment: Deployment) -> None:
    op = deployment.op
    client = await make_client(op, client_uri="https://app.example/")
    alice, bob = await make_user(op), await make_user(op)
    browser = deployment.browser()
    of_bob = (await obtain_tokens(deployment, client, bob))["id_token"]
    elsewhere = (await obtain_tokens(deployment, client, alice))["id_token"]
    await obtain_tokens(deployment, client, alice, browser=browser)

    for parameters in (
        {},
        {"client_id": client.client_id},
        {"id_token_hint": of_bob},
        {"id_token_hint": elsewhere},
        {"id_token_hint": of_bob, "post_logout_redirect_uri": GOODBYE},
        {"logout_hint": alice.email, "state": "x"},
    ):
        response = await sign_out(browser, **parameters)
        assert asks(response), parameters
        assert len(await sessions.live_of_user(op.db, alice.id, now=op.now())) == 2

    page = Page.read(await sign_out(browser, client_id=client.client_id))
    assert is_page(await browser.submit(page, decision="logout", csrf="x"), 403)
    assert is_page(await browser.submit(page, decision="perhaps"))
    assert len(await sessions.live_of_user(op.db, alice.id, now=op.now())) == 2
    done = await browser.submit(page, decision="logout")
    assert "https://app.example/" in done.text
    assert len(await sessions.live_of_user(op.db, alice.id, now=op.now())) == 1


async def test_M01_a_picture_or_a_link_on_a_foreign_page_ends_nothing(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    await obtain_tokens(deployment, client, user, browser=browser)

    for destination in ("image", "iframe", "document"):
        for method in ("GET", "HEAD"):
            headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": destination}
            response = await browser.http.request(method, f"/logout?client_id={client.client_id}", headers=headers)
            assert (response.status_code, "location" in response.headers) == (200, False)

    assert len(await sessions.live_of_user(op.db, user.id, now=op.now())) == 1


async def test_the_page_speaks_the_language_that_is_asked_for(deployment_on_sqlite: Deployment) -> None:
    client, user = await make_client(deployment_on_sqlite.op), await make_user(deployment_on_sqlite.op)
    browser = deployment_on_sqlite.browser()
    await obtain_tokens(deployment_on_sqlite, client, user, browser=browser)

    assert '<html lang="ja">' in (await sign_out(browser, ui_locales="fr ja")).text


async def test_an_app_may_post_its_request(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    hint = (await obtain_tokens(deployment, client, user, browser=browser))["id_token"]
    form = {"id_token_hint": hint, "post_logout_redirect_uri": GOODBYE, "state": "a&b +"}

    # Another site's form comes without our cookies, and leads to a visit that has them.
    async with deployment.http() as stranger:
        sent = await stranger.post("/logout", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert sent.status_code == 303
    assert "set-cookie" not in sent.headers
    assert len(await sessions.live_of_user(op.db, user.id, now=op.now())) == 1
    led = await browser.get(sent.headers["location"])
    assert dict(parse_qsl(urlsplit(led.headers["location"]).query)) == {"state": "a&b +"}
    assert await sessions.live_of_user(op.db, user.id, now=op.now()) == []

    hint = (await obtain_tokens(deployment, client, user, browser=browser))["id_token"]
    at_once = await browser.http.post("/logout", data={**form, "id_token_hint": hint})
    assert at_once.headers["location"].startswith(GOODBYE)
    assert await sessions.live_of_user(op.db, user.id, now=op.now()) == []


async def test_saying_yes_twice_is_no_error(deployment: Deployment) -> None:
    client, user = await make_client(deployment.op), await make_user(deployment.op)
    browser = deployment.browser()
    await obtain_tokens(deployment, client, user, browser=browser)
    question = Page.read(await sign_out(browser))

    for _ in range(2):
        assert (await browser.submit(question, decision="logout")).status_code == 200
    assert not await is_signed_in(browser)


@pytest.mark.parametrize(
    "state", ["plain", "a&b=1", "a b+c", "%20%", "?x=#y", "日本語", "\"<script>'", "x" * 4096], ids=range(8)
)
async def test_M02_state_comes_back_as_it_was_sent(deployment_on_sqlite: Deployment, state: str) -> None:
    client, user = await make_client(deployment_on_sqlite.op), await make_user(deployment_on_sqlite.op)
    browser = deployment_on_sqlite.browser()
    hint = (await obtain_tokens(deployment_on_sqlite, client, user, browser=browser))["id_token"]

    response = await sign_out(browser, id_token_hint=hint, post_logout_redirect_uri=GOODBYE, state=state)

    location = response.headers["location"]
    assert location.startswith(f"{GOODBYE}?state=")
    assert parse_qsl(urlsplit(location).query, strict_parsing=True) == [("state", state)]
    again = await sign_out(browser, id_token_hint=hint, post_logout_redirect_uri=GOODBYE)
    assert again.headers["location"] == GOODBYE, "no state, none comes back"


async def test_M02_nobody_is_led_back_to_an_app_that_is_gone(
    deployment: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    hint = (await obtain_tokens(deployment, client, user, browser=browser))["id_token"]
    await op.db.transact(lambda tx: clients.delete(tx, client.client_id))

    assert is_page(await sign_out(browser, id_token_hint=hint, post_logout_redirect_uri=GOODBYE))


async def test_M02_only_the_registered_address_is_returned_to(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op, post_logout_redirect_uris=("https://app.example/callback",))
    user = await make_user(op)
    browser = deployment_on_sqlite.browser()
    hint = (await obtain_tokens(deployment_on_sqlite, client, user, browser=browser))["id_token"]

    for name, uri in MUTATIONS.items():
        assert is_page(await sign_out(browser, id_token_hint=hint, post_logout_redirect_uri=uri)), name
    unproven: tuple[dict[str, str], ...] = ({"client_id": client.client_id}, {})
    for parameters in unproven:
        refused = await sign_out(browser, **parameters, post_logout_redirect_uri="https://app.example/callback")
        assert is_page(refused), parameters
    assert len(await sessions.live_of_user(op.db, user.id, now=op.now())) == 1


async def test_of_two_requests_at_once_one_ends_the_session(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    await obtain_tokens(deployment, client, user)
    (session,) = await sessions.live_of_user(op.db, user.id, now=op.now())

    ended = await asyncio.gather(
        *(end_session(op, session, reason="logout", origin=Origin.command("0" * 32)) for _ in range(2))
    )

    assert sorted([[each.client_id for each in took_part] for took_part in ended]) == [[], [client.client_id]]
    tags = [entry.action for entry in await audit_log.page(op.db, action="user:session:ended")]
    assert tags == ["user:session:ended"]


async def test_M05_what_was_under_way_in_the_session_ends_with_it(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    code = await browser.obtain_code(client, user)
    offline = await browser.obtain_code(client, user, scope="openid offline_access")
    waiting = Page.read(await browser.authorize(client, prompt="consent"))
    assert waiting.fields["interaction"]

    await browser.submit(Page.read(await sign_out(browser)), decision="logout")

    assert answer(await browser.authorize(client, prompt="none"))["error"] == "login_required"
    for each in (code, offline):
        assert error_of(await redeem(deployment, client, each)) == "invalid_grant"
    # Whoever goes on where consent was asked for has to sign in first, and is asked again.
    allowed = await browser.submit(waiting, decision="allow")
    assert allowed.url.path == "/login"
    assert (await browser.sign_in(allowed, user)).url.path == "/consent"


async def test_M05_E06_tokens_of_the_session_end_and_offline_ones_stay(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    online = await obtain_tokens(deployment, client, user, browser=browser)
    offline = await obtain_tokens(deployment, client, user, browser=browser, scope="openid offline_access")
    elsewhere = await obtain_tokens(deployment, client, user)

    await sign_out(browser, id_token_hint=online["id_token"])

    assert not await is_active(deployment, client, online["access_token"])
    assert error_of(await refresh(deployment, client, online["refresh_token"])) == "invalid_grant"
    for kept in (offline, elsewhere):
        assert await is_active(deployment, client, kept["access_token"])
        assert (await refresh(deployment, client, kept["refresh_token"])).status_code == 200


async def test_query_of_the_registered_address_is_kept(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op, post_logout_redirect_uris=(f"{GOODBYE}?from=op",)), await make_user(op)
    browser = deployment_on_sqlite.browser()
    hint = (await obtain_tokens(deployment_on_sqlite, client, user, browser=browser))["id_token"]

    response = await sign_out(browser, id_token_hint=hint, post_logout_redirect_uri=f"{GOODBYE}?from=op", state="s")

    assert response.headers["location"] == f"{GOODBYE}?from=op&state=s"
