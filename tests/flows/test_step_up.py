"""An app asks for more than a person has proven: RFC 9470, OpenID Connect Core §5.5.1.1."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from hibana_op.foundation.acr import ONE_FACTOR, PHISHING_RESISTANT, TWO_FACTORS
from hibana_op.records import sessions
from hibana_op.records.clients import Client
from hibana_op.records.users import User
from tests.deployment import Browser, Deployment, Page, answer
from tests.flows.journeys import claims_of, redeem, tokens_of
from tests.make import make_client, make_user
from tests.second_factors import code_of, deploy_sending, with_app

HOUR = 3600


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who signed in with a password alone, and has set up an authenticator app since."""

    deployment: Deployment
    client: Client
    user: User
    secret: str
    browser: Browser

    async def authorize(self, **parameters: str) -> httpx2.Response:
        """Ask once more, in the same browser."""
        return await self.browser.authorize(self.client, **parameters)

    async def prove(self, page: httpx2.Response) -> httpx2.Response:
        """Answer the page with the code of the moment."""
        assert page.url.path == "/login/mfa", page.text
        return await self.browser.submit(Page.read(page), code=code_of(self.secret, self.deployment.op))

    async def claims(self, landing: httpx2.Response) -> dict[str, object]:
        """What the ID token of an answer says."""
        redeemed = await redeem(self.deployment, self.client, answer(landing)["code"])
        return claims_of((await tokens_of(redeemed))["id_token"])


@pytest.fixture
async def signed_in(database_url: str, tmp_path: Path) -> AsyncIterator[SignedIn]:
    """Somebody signed in, with more to prove."""
    async with deploy_sending(database_url, tmp_path) as deployment:
        client, user = await make_client(deployment.op, first_party=True), await make_user(deployment.op)
        browser = deployment.browser()
        answer(await browser.sign_in(await browser.authorize(client), user))
        secret = await with_app(deployment.op, user)
        deployment.clock.advance(60)
        yield SignedIn(deployment, client, user, secret, browser)


async def test_the_code_alone_is_asked_for_and_F01_the_session_goes_on_under_a_new_cookie(
    signed_in: SignedIn,
) -> None:
    op = signed_in.deployment.op
    (before,) = await sessions.live_of_user(op.db, signed_in.user.id, now=op.now())

    landing = await signed_in.prove(await signed_in.authorize(acr_values=TWO_FACTORS))

    claims = await signed_in.claims(landing)
    assert (claims["acr"], claims["amr"], claims["sid"]) == (TWO_FACTORS, ["pwd", "otp", "mfa"], before.id)
    assert claims["auth_time"] == before.auth_time, "nobody signed in anew"
    (after,) = await sessions.live_of_user(op.db, signed_in.user.id, now=op.now())
    assert after.id == before.id
    assert after.token_hash != before.token_hash


async def test_it_counts_for_an_hour(signed_in: SignedIn) -> None:
    await signed_in.prove(await signed_in.authorize(acr_values=TWO_FACTORS))
    signed_in.deployment.clock.advance(HOUR - 1)
    assert (await signed_in.claims(await signed_in.authorize(acr_values=TWO_FACTORS)))["acr"] == TWO_FACTORS
    assert (await signed_in.claims(await signed_in.authorize()))["acr"] == TWO_FACTORS

    signed_in.deployment.clock.advance(1)
    assert (await signed_in.claims(await signed_in.authorize()))["acr"] == ONE_FACTOR
    landing = await signed_in.prove(await signed_in.authorize(acr_values=TWO_FACTORS))
    assert (await signed_in.claims(landing))["acr"] == TWO_FACTORS


async def test_an_app_may_register_what_it_wants(signed_in: SignedIn) -> None:
    client = await make_client(signed_in.deployment.op, first_party=True, default_acr_values=(TWO_FACTORS,))
    page = await signed_in.browser.authorize(client)
    assert page.url.path == "/login/mfa"


async def test_what_the_person_cannot_reach_is_a_wish_or_an_error(signed_in: SignedIn) -> None:
    assert (await signed_in.claims(await signed_in.authorize(acr_values=PHISHING_RESISTANT)))["acr"] == ONE_FACTOR

    essential = json.dumps({"id_token": {"acr": {"essential": True, "value": PHISHING_RESISTANT}}})
    refused = answer(await signed_in.authorize(claims=essential))
    assert refused["error"] == "unmet_authentication_requirements"


async def test_A09_prompt_none_asks_for_nothing_more(signed_in: SignedIn) -> None:
    assert (await signed_in.claims(await signed_in.authorize(acr_values=TWO_FACTORS, prompt="none")))[
        "acr"
    ] == ONE_FACTOR

    essential = json.dumps({"id_token": {"acr": {"essential": True, "value": TWO_FACTORS}}})
    refused = answer(await signed_in.authorize(claims=essential, prompt="none"))
    assert refused["error"] == "unmet_authentication_requirements"


async def test_I01_a_second_factor_alone_is_no_sign_in(signed_in: SignedIn) -> None:
    page = await signed_in.authorize(acr_values=TWO_FACTORS)
    await signed_in.deployment.op.db.transact(
        lambda tx: sessions.revoke_of_user(tx, signed_in.user.id, now=signed_in.deployment.op.now())
    )

    refused = await signed_in.browser.submit(Page.read(page), code=code_of(signed_in.secret, signed_in.deployment.op))

    assert "code" not in dict(refused.url.params)
    assert await sessions.live_of_user(signed_in.deployment.op.db, signed_in.user.id, now=0) == []


async def test_F07_whoever_has_a_second_factor_gives_it_before_the_account_changes(signed_in: SignedIn) -> None:
    deployment, browser = signed_in.deployment, signed_in.browser
    asked = await browser.get("/account/password")
    assert asked.url.path == "/login", "a password alone was proven a minute ago"

    second = await browser.sign_in(asked, signed_in.user)
    page = await browser.submit(Page.read(second), code=code_of(signed_in.secret, deployment.op), trust="1")
    assert page.url.path == "/account/password"

    deployment.clock.advance(HOUR)
    again = await browser.sign_in(await browser.get("/account/password"), signed_in.user)
    assert again.url.path == "/login/mfa", "trust in a browser is not for this"
    elsewhere = await make_client(deployment.op, first_party=True)
    landing = await browser.sign_in(await browser.authorize(elsewhere, prompt="login"), signed_in.user)
    assert answer(landing)["code"], "for an app it is"
