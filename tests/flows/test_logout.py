"""Signing out at an app's wish, OpenID Connect RP-Initiated Logout 1.0: rows M01, M02 and M05."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2

from hibana_op.records import sessions
from tests.deployment import Browser, Deployment, Page, answer
from tests.flows.journeys import error_of, is_page, obtain_tokens, redeem
from tests.make import make_client, make_user

GOODBYE = "https://app.example/bye"
MUTATIONS: dict[str, str] = json.loads((Path(__file__).parent / "redirect_mutations.json").read_text("utf-8"))


async def sign_out(browser: Browser, **parameters: Any) -> httpx2.Response:
    """Send the browser to the end-session endpoint."""
    return await browser.get(f"/logout?{urlencode(parameters)}")


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


async def test_M01_a_hint_that_is_not_ours_is_refused(deployment: Deployment) -> None:
    op = deployment.op
    client, other, user = await make_client(op), await make_client(op), await make_user(op)
    browser = deployment.browser()
    tokens = await obtain_tokens(deployment, client, user, browser=browser)
    header, payload, _ = tokens["id_token"].split(".")

    for parameters in (
        {"id_token_hint": "x"},
        {"id_token_hint": f"{header}.{payload}."},
        {"id_token_hint": f"eyJhbGciOiJub25lIn0.{payload}."},
        {"id_token_hint": tokens["access_token"]},
        {"id_token_hint": tokens["id_token"], "client_id": other.client_id},
        {"client_id": "unknown"},
    ):
        assert is_page(await sign_out(browser, **parameters)), parameters
    assert len(await sessions.live_of_user(op.db, user.id, now=op.now())) == 1


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


async def test_query_of_the_registered_address_is_kept(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op, post_logout_redirect_uris=(f"{GOODBYE}?from=op",)), await make_user(op)
    browser = deployment_on_sqlite.browser()
    hint = (await obtain_tokens(deployment_on_sqlite, client, user, browser=browser))["id_token"]

    response = await sign_out(browser, id_token_hint=hint, post_logout_redirect_uri=f"{GOODBYE}?from=op", state="s")

    assert response.headers["location"] == f"{GOODBYE}?from=op&state=s"
