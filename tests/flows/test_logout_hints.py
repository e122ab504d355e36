"""What a hint proves at the end-session endpoint, and what it does not: row M01."""

from typing import Any

import pytest

from hibana_op.oauth import client_tokens, logout_tokens, subjects
from hibana_op.records import sessions
from tests.deployment import Browser, Deployment, Page, answer
from tests.flows.journeys import claims_of, header_of, is_page, obtain_tokens, redeem
from tests.flows.test_logout import GOODBYE, sign_out
from tests.foundation.forged import forgeries
from tests.make import make_client, make_user


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


async def test_M01_D01_a_forged_hint_is_refused_with_a_page(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment_on_sqlite.browser()
    genuine = (await obtain_tokens(deployment_on_sqlite, client, user, browser=browser))["id_token"]
    keys = (await browser.http.get("/jwks")).json()["keys"]
    (key,) = (each for each in keys if each["kid"] == header_of(genuine)["kid"])

    for trick, forged in forgeries(genuine, key).items():
        response = await sign_out(browser, id_token_hint=forged, post_logout_redirect_uri=GOODBYE, state="x")
        assert is_page(response) or response.status_code in (413, 414), trick
        assert "location" not in response.headers, trick

    assert len(await sessions.live_of_user(op.db, user.id, now=op.now())) == 1


async def test_M01_D05_another_kind_of_token_is_no_hint(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op, userinfo_signed_response_alg="RS256")
    user = await make_user(op)
    browser = deployment_on_sqlite.browser()
    tokens = await obtain_tokens(deployment_on_sqlite, client, user, browser=browser)
    claims = claims_of(tokens["id_token"])
    logout_token = await logout_tokens.make(op, client, user_id=user.id, session_id=claims["sid"])
    elsewhere = await client_tokens.sign(op, client, {**claims, "iss": "https://other.example"}, algorithm="RS256")
    async with deployment_on_sqlite.http(headers={"Authorization": f"Bearer {tokens['access_token']}"}) as http:
        userinfo = (await http.get("/userinfo")).text

    for hint in (tokens["access_token"], tokens.get("refresh_token", "x"), logout_token, userinfo, elsewhere):
        assert is_page(await sign_out(browser, id_token_hint=hint, post_logout_redirect_uri=GOODBYE))
    assert len(await sessions.live_of_user(op.db, user.id, now=op.now())) == 1


async def test_M01_a_hint_with_pairwise_names_is_understood(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op, subject_type="pairwise"), await make_user(op)
    browser = deployment.browser()
    hint = (await obtain_tokens(deployment, client, user, browser=browser))["id_token"]
    claims = claims_of(hint)
    assert claims["sub"] == subjects.subject(op, client, user.id) != user.id

    response = await sign_out(browser, id_token_hint=hint, post_logout_redirect_uri=GOODBYE)

    assert response.headers["location"] == GOODBYE
    assert await sessions.live_of_user(op.db, user.id, now=op.now()) == []


async def test_M01_a_hint_from_before_the_person_signed_in_anew_still_counts(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    hint = (await obtain_tokens(deployment, client, user, browser=browser))["id_token"]
    deployment.clock.advance(60)
    newer = await obtain_tokens(deployment, client, user, browser=browser, prompt="login")
    assert claims_of(newer["id_token"])["sid"] == claims_of(hint)["sid"]

    response = await sign_out(browser, id_token_hint=hint, post_logout_redirect_uri=GOODBYE)

    assert response.headers["location"] == GOODBYE
    assert await sessions.live_of_user(op.db, user.id, now=op.now()) == []


async def two_accounts(deployment: Deployment, browser: Browser) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tokens of two people who are signed in in one browser; the second is in use."""
    client = await make_client(deployment.op)
    first, second = await make_user(deployment.op), await make_user(deployment.op)
    tokens = await obtain_tokens(deployment, client, first, browser=browser)
    consent = await browser.sign_in(await browser.authorize(client, prompt="login"), second)
    code = answer(await browser.submit(Page.read(consent), decision="allow"))["code"]
    others: dict[str, Any] = (await redeem(deployment, client, code)).json()
    return {**tokens, "user": first}, {**others, "user": second}


async def test_a_hint_ends_the_account_that_it_is_about_and_no_other(deployment: Deployment) -> None:
    op, browser = deployment.op, deployment.browser()
    first, second = await two_accounts(deployment, browser)

    response = await sign_out(browser, id_token_hint=first["id_token"], post_logout_redirect_uri=GOODBYE)

    assert response.headers["location"] == GOODBYE
    assert await sessions.live_of_user(op.db, first["user"].id, now=op.now()) == []
    assert len(await sessions.live_of_user(op.db, second["user"].id, now=op.now())) == 1
    assert second["user"].email in (await browser.get("/")).text


@pytest.mark.parametrize("by", ["email", "id", "sid"])
async def test_logout_hint_chooses_the_account_that_the_person_is_asked_about(deployment: Deployment, by: str) -> None:
    op, browser = deployment.op, deployment.browser()
    first, second = await two_accounts(deployment, browser)
    names = {"email": first["user"].email.upper(), "id": first["user"].id, "sid": claims_of(first["id_token"])["sid"]}
    asked = await sign_out(browser)
    assert second["user"].email in asked.text
    assert second["user"].email in (await sign_out(browser, logout_hint="nobody")).text

    hinted = await sign_out(browser, logout_hint=names[by])
    assert first["user"].email in hinted.text
    assert second["user"].email not in hinted.text
    await browser.submit(Page.read(hinted), decision="logout")

    assert await sessions.live_of_user(op.db, first["user"].id, now=op.now()) == []
    assert len(await sessions.live_of_user(op.db, second["user"].id, now=op.now())) == 1
