"""Passkeys that a browser makes without asking, right after a password (Web Authentication Level 3 §5.1.3)."""

from typing import Any

import httpx2
import pytest

from hibana_op.records.users import User
from tests.authenticator import BACKED_UP, ELIGIBLE, PRESENT, SYNCED, VERIFIED, SoftPasskey
from tests.deployment import Browser, Deployment, Page
from tests.flows.conftest import deployment, deployment_on_sqlite
from tests.make import PASSWORD, make_client, make_user
from tests.passkeys import ADD, ADD_OPTIONS, add, answer, call, csrf_of, give, newest, only
from tests.second_factors import code_of, with_app

__all__ = ["deployment", "deployment_on_sqlite"]

UNASKED = ELIGIBLE | BACKED_UP


async def offered(deployment: Deployment, user: User) -> tuple[Browser, str, str]:
    """A browser at the offer, its sign-in, and its token."""
    client = await make_client(deployment.op, first_party=True)
    browser = deployment.browser()
    asked = await browser.submit(Page.read(await browser.authorize(client)), username=user.email)
    offer = await browser.submit(Page.read(asked), password=PASSWORD, passkeys="1")
    assert offer.url.path == "/login/passkey-offer"
    interaction = Page.read(offer).fields["interaction"]
    assert f'data-interaction="{interaction}" data-conditional' in offer.text
    return browser, interaction, Page.read(offer).fields["csrf"]


async def begun(browser: Browser, interaction: object, csrf: str) -> httpx2.Response:
    return await call(browser, ADD_OPTIONS, {"conditional": True, "interaction": interaction}, csrf)


async def test_one_is_made_with_nobody_present_and_signs_in_afterwards(deployment: Deployment) -> None:
    user, passkey = await make_user(deployment.op), SoftPasskey()
    browser, interaction, csrf = await offered(deployment, user)
    options = (await begun(browser, interaction, csrf)).json()

    made = await call(browser, ADD, passkey.create(options, flags=UNASKED), csrf)

    assert made.status_code == 200, made.text
    assert (await only(deployment.op, user)).backed_up
    assert (await answer(deployment.browser(), passkey, flags=UNASKED)).json()["error"] == "passkey_refused"
    assert (await answer(deployment.browser(), passkey)).status_code == 200
    assert (await newest(deployment, user)).amr == ("swk", "user", "mfa")


@pytest.mark.parametrize("flags", [UNASKED, UNASKED | VERIFIED])
async def test_J02_nobody_present_is_refused_whatever_the_script_says_when_the_challenge_does_not_know(
    deployment: Deployment, flags: int
) -> None:
    user = await make_user(deployment.op)
    browser, _, csrf = await offered(deployment, user)
    options = (await call(browser, ADD_OPTIONS, {}, csrf)).json()
    document = {**SoftPasskey().create(options, flags=flags), "conditional": True, "mediation": "conditional"}

    assert (await call(browser, ADD, document, csrf)).json()["error"] == "passkey_refused"


@pytest.mark.parametrize(
    "lies",
    [
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"type": "webauthn.get"},
        {"flags": BACKED_UP},
        {"client_data": {"crossOrigin": True}},
    ],
    ids=lambda lies: next(iter(lies)),
)
async def test_J02_everything_else_is_looked_at_all_the_same(
    deployment_on_sqlite: Deployment, lies: dict[str, Any]
) -> None:
    browser, interaction, csrf = await offered(deployment_on_sqlite, await make_user(deployment_on_sqlite.op))
    options = (await begun(browser, interaction, csrf)).json()

    response = await call(browser, ADD, SoftPasskey().create(options, **{"flags": UNASKED, **lies}), csrf)

    assert response.json()["error"] == "passkey_refused"


async def test_only_right_after_a_password(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser, interaction, csrf = await offered(deployment, user)
    deployment.clock.advance(601)
    late = await begun(browser, interaction, csrf)
    assert late.json()["error"] == "proof_too_old"

    owner = await make_user(deployment.op)
    passkey = await give(deployment, owner)
    other = deployment.browser()
    where = (await answer(other, passkey)).json()["next"]
    by_passkey = await begun(other, where.partition("=")[2], await csrf_of(other, "/account/password"))
    assert by_passkey.json()["error"] == "passkey_refused"


async def test_not_after_a_second_factor_though_the_offer_is_made(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    secret = await with_app(deployment.op, user)
    client = await make_client(deployment.op)
    deployment.clock.advance(60)
    browser = deployment.browser()
    login = Page.read(await browser.authorize(client))
    page = await browser.submit(Page.read(await browser.submit(login, username=user.email)), password=PASSWORD)
    await browser.submit(Page.read(page), code=code_of(secret, deployment.op))
    interaction = login.fields["interaction"]

    offer = await browser.get(f"/login/passkey-offer?interaction={interaction}")
    refused = await begun(browser, interaction, await csrf_of(browser, "/account/password"))

    assert "data-conditional" not in offer.text
    assert refused.json()["error"] == "passkey_refused"


async def test_J01_a_sign_in_of_another_browser_or_none_begins_nothing(deployment: Deployment) -> None:
    _, foreign, _ = await offered(deployment, await make_user(deployment.op))
    browser, _, csrf = await offered(deployment, await make_user(deployment.op))

    refused = [(await begun(browser, named, csrf)).json()["error"] for named in (foreign, "x", None, 7)]

    assert refused == ["other_browser", *["interaction_expired"] * 3]


async def test_a_passkey_that_was_asked_for_still_needs_somebody(deployment: Deployment) -> None:
    browser, _, _ = await offered(deployment, await make_user(deployment.op))

    assert (await add(browser, SoftPasskey(), flags=SYNCED & ~PRESENT)).json()["error"] == "passkey_refused"
    assert (await add(browser, SoftPasskey())).status_code == 200
