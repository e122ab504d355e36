"""Hints that the app encrypted to us: OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2; row M01."""

from typing import Any

import pytest

from hibana_op.foundation import jose
from hibana_op.records import sessions
from hibana_op.records.clients import Client
from tests.app_keys import AppKey, part
from tests.deployment import Deployment, answer
from tests.flows.journeys import claims_of, is_page, obtain_tokens, refusal_of
from tests.flows.test_forged_requests import encrypted
from tests.flows.test_logout import GOODBYE, sign_out
from tests.make import make_client, make_user


@pytest.mark.parametrize("alg", jose.KEY_MANAGEMENT)
async def test_a_hint_that_is_encrypted_to_us_says_who_is_meant(deployment_on_sqlite: Deployment, alg: str) -> None:
    op = deployment_on_sqlite.op
    client, alice, bob = await make_client(op), await make_user(op), await make_user(op)
    browser = deployment_on_sqlite.browser()
    of_bob = (await obtain_tokens(deployment_on_sqlite, client, bob))["id_token"]
    of_alice = (await obtain_tokens(deployment_on_sqlite, client, alice, browser=browser))["id_token"]
    deployment_on_sqlite.clock.advance(client.id_token_lifetime + 1)

    async def asked(hint: str, app: Client = client) -> Any:
        sealed = await encrypted(deployment_on_sqlite, hint, alg)
        return await browser.authorize(app, prompt="none", id_token_hint=sealed)

    assert "code" in answer(await asked(of_alice))
    assert refusal_of(await asked(of_bob)) == "login_required"
    assert refusal_of(await asked(of_alice, await make_client(op))) == "invalid_request"


async def test_M01_a_hint_that_is_encrypted_to_us_signs_out_at_once(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    hint = (await obtain_tokens(deployment, client, user, browser=browser))["id_token"]

    sealed = await encrypted(deployment, hint, "ECDH-ES")
    response = await sign_out(browser, id_token_hint=sealed, post_logout_redirect_uri=GOODBYE)

    assert response.headers["location"] == GOODBYE
    assert await sessions.live_of_user(op.db, user.id, now=op.now()) == []


async def test_M01_what_is_encrypted_must_be_an_id_token_of_ours_all_the_same(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment_on_sqlite.browser()
    tokens = await obtain_tokens(deployment_on_sqlite, client, user, browser=browser)
    genuine, own = tokens["id_token"], AppKey("ES256")
    theirs = jose.read_key_set({"keys": [{**own.jwk, "use": "enc", "alg": "ECDH-ES"}]})
    unsigned = f"{part({'alg': 'none'})}.{genuine.split('.')[1]}."
    inner = {
        "twice": await encrypted(deployment_on_sqlite, genuine, "ECDH-ES"),
        "an access token": tokens["access_token"],
        "signed by another": own.sign(claims_of(genuine)),
        "unsigned": unsigned,
        "not a token": "é",
        "bare claims": "{}",
    }
    once = await encrypted(deployment_on_sqlite, genuine, "ECDH-ES")
    wrong = {name: await encrypted(deployment_on_sqlite, token, "ECDH-ES") for name, token in inner.items()}
    wrong |= {
        "to another": jose.encrypt(genuine.encode(), theirs, alg="ECDH-ES", enc="A128GCM"),
        "cut": once[:-5],
        "another tag": f"{once.rpartition('.')[0]}.AAAAAAAAAAAAAAAAAAAAAA",
    }
    for name, hint in wrong.items():
        assert refusal_of(await browser.authorize(client, id_token_hint=hint)) == "invalid_request", name
        assert is_page(await sign_out(browser, id_token_hint=hint, post_logout_redirect_uri=GOODBYE)), name
    assert len(await sessions.live_of_user(op.db, user.id, now=op.now())) == 1
    assert (await sign_out(browser, id_token_hint=once, post_logout_redirect_uri=GOODBYE)).is_redirect
