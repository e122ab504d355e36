"""Pairwise subjects on every way a client can learn of a person: OpenID Connect Core §8, row D09."""

import json
from typing import Any

import pytest

from hibana_op.oauth import mappings, subjects
from hibana_op.oauth.mappings import Question
from hibana_op.records import users
from hibana_op.records.clients import Client
from tests.deployment import Browser, Deployment, answer
from tests.flows.journeys import (
    claims_of,
    obtain_tokens,
    redeem,
    refresh,
    tokens_of,
    userinfo,
)
from tests.make import make_client, make_resource, make_user

SHOP, BANK = "https://shop.example/callback", "https://bank.example/callback"
API = "https://api.example/"
# What stands in two tokens of one sign-in alike without saying whose they are.
OF_THE_SIGN_IN = {"iss", "auth_time", "acr", "amr", "iat", "exp", "scope", "nonce"}


async def pairwise(deployment: Deployment, redirect_uri: str, **changes: Any) -> Client:
    """A client with pairwise subjects."""
    return await make_client(
        deployment.op, subject_type="pairwise", redirect_uris=(redirect_uri,), first_party=True, **changes
    )


def texts_of(value: Any) -> set[str]:
    """Every string and number in a claim."""
    if isinstance(value, dict):
        return set().union(*(texts_of(each) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(texts_of(each) for each in value))
    return {str(value)}


async def test_D09_two_sectors_have_nothing_in_common(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    await make_resource(op)
    shop, bank = await pairwise(deployment, SHOP), await pairwise(deployment, BANK)
    browser = deployment.browser()
    heard: list[set[str]] = []
    for client in (shop, bank):
        sign_in = {"resource": API, "scope": "openid read offline_access"}
        for_api = await obtain_tokens(deployment, client, user, browser=browser, **sign_in)
        again = await tokens_of(await refresh(deployment, client, for_api["refresh_token"]))
        for_us = await obtain_tokens(deployment, client, user, browser=browser, scope="openid")
        told = (await userinfo(deployment, for_us["access_token"])).json()
        seen = [claims_of(tokens[kind]) for tokens in (for_api, again, for_us) for kind in ("id_token", "access_token")]
        seen += [(await deployment.call("/introspect", client, token=for_us[f"{kind}_token"])).json()
                 for kind in ("access", "refresh")]  # fmt: skip
        assert {claims["sub"] for claims in [*seen, told]} == {subjects.subject(op, client, user.id)}
        assert not any("username" in claims for claims in seen)
        assert {len(claims["sid"]) for claims in seen if "sid" in claims} == {43}
        heard.append(texts_of([{k: v for k, v in each.items() if k not in OF_THE_SIGN_IN} for each in [*seen, told]]))

    # That both ask the same API, or our userinfo, is no secret; neither are the kinds of tokens.
    assert heard[0] & heard[1] <= {API, op.issuer, "True", "Bearer"}
    session = await op.db.one("SELECT id FROM sessions")
    assert session
    for secret in (user.id, user.email, session["id"]):
        assert not any(secret in text for text in heard[0] | heard[1])


async def test_D09_a_person_who_comes_back_is_a_new_subject(deployment: Deployment) -> None:
    op = deployment.op
    shop = await pairwise(deployment, SHOP)
    user = await make_user(op, email="alice@example.com")
    before = await obtain_tokens(deployment, shop, user)
    await op.db.transact(lambda tx: users.delete(tx, user.id))
    after = await obtain_tokens(deployment, shop, await make_user(op, email="alice@example.com"))

    assert claims_of(before["id_token"])["sub"] != claims_of(after["id_token"])["sub"]


async def test_clients_of_one_sector_know_a_person_by_one_name_and_the_session_by_two(
    deployment_on_sqlite: Deployment,
) -> None:
    user = await make_user(deployment_on_sqlite.op)
    browser = deployment_on_sqlite.browser()
    one, two = [
        claims_of((await obtain_tokens(deployment_on_sqlite, client, user, browser=browser))["id_token"])
        for client in (await pairwise(deployment_on_sqlite, SHOP), await pairwise(deployment_on_sqlite, SHOP + "/two"))
    ]
    assert one["sub"] == two["sub"]
    assert one["sid"] != two["sid"]


async def asked(browser: Browser, client: Client, **parameters: Any) -> dict[str, str]:
    """The answer to a request that may not ask anything."""
    return answer(await browser.authorize(client, prompt="none", **parameters))


async def test_a_hint_and_the_claim_sub_mean_the_subject_as_the_client_knows_it(deployment: Deployment) -> None:
    op = deployment.op
    shop, bank = await pairwise(deployment, SHOP), await pairwise(deployment, BANK)
    user, other = await make_user(op), await make_user(op)
    browser = deployment.browser()
    hint = (await obtain_tokens(deployment, shop, user, browser=browser))["id_token"]
    of_another = (await obtain_tokens(deployment, shop, other))["id_token"]

    def wanted(sub: str) -> str:
        return json.dumps({"id_token": {"sub": {"value": sub}}})

    assert "code" in await asked(browser, shop, id_token_hint=hint)
    assert "code" in await asked(browser, shop, claims=wanted(claims_of(hint)["sub"]))
    assert (await asked(browser, shop, id_token_hint=of_another))["error"] == "login_required"
    assert (await asked(browser, shop, claims=wanted(user.id)))["error"] == "login_required"
    # What one sector was told is of no use to another.
    assert (await asked(browser, bank, id_token_hint=hint))["error"] == "invalid_request"
    assert (await asked(browser, bank, claims=wanted(claims_of(hint)["sub"])))["error"] == "login_required"


async def test_D05_a_signed_userinfo_answer_is_no_hint(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op, userinfo_signed_response_alg="RS256", first_party=True)
    user = await make_user(op)
    browser = deployment_on_sqlite.browser()
    tokens = await obtain_tokens(deployment_on_sqlite, client, user, browser=browser)
    told = (await userinfo(deployment_on_sqlite, tokens["access_token"])).text

    assert (await asked(browser, client, id_token_hint=told))["error"] == "invalid_request"


async def test_the_preview_shows_the_subject_that_the_client_would_see(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    shop, public = await pairwise(deployment_on_sqlite, SHOP), await make_client(op)
    user = await make_user(op)

    async def first(client: Client, scope: str) -> list[tuple[str, Any, str | None]]:
        shown = await mappings.preview_for(op, Question(user_id=user.id, client_id=client.client_id, scope=scope))
        heads = (shown.id_token[0], shown.userinfo[0], shown.access_token[0])
        return [(each.claim, each.value, each.absent) for each in heads]

    for client in (shop, public):
        sub = subjects.subject(op, client, user.id)
        assert await first(client, "openid") == [("sub", sub, None)] * 3
        missing = ("sub", None, "the scope openid was not granted")
        assert await first(client, "email") == [missing, missing, ("sub", sub, None)]
    assert subjects.subject(op, public, user.id) == user.id


@pytest.mark.parametrize("format_", ["jwt", "opaque"])
async def test_D09_an_api_learns_no_more_than_the_client(deployment_on_sqlite: Deployment, format_: str) -> None:
    op = deployment_on_sqlite.op
    gateway = await make_client(op, grant_types=("client_credentials",), response_types=())
    await make_resource(op, token_format=format_, client_id=gateway.client_id)
    shop, user = await pairwise(deployment_on_sqlite, SHOP), await make_user(op)
    code = await deployment_on_sqlite.browser().obtain_code(shop, user, resource=API, scope="openid read")
    tokens = await tokens_of(await redeem(deployment_on_sqlite, shop, code))

    told = (await deployment_on_sqlite.call("/introspect", gateway, token=tokens["access_token"])).json()

    assert told["sub"] == claims_of(tokens["id_token"])["sub"] == subjects.subject(op, shop, user.id)
    assert "username" not in told
