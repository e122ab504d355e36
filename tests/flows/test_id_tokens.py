"""What ID tokens say, checked with another library's eyes: OpenID Connect Core §2 and §3.1.3.6, row D09."""

import base64
import hashlib
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from hibana_op.foundation.acr import ONE_FACTOR
from hibana_op.records import users
from tests.deployment import Deployment, answer
from tests.flows.journeys import claims_of, header_of, obtain_tokens, redeem, refresh, tokens_of
from tests.make import make_client, make_user


def left_half(value: str) -> str:
    """The hash of OpenID Connect Core §3.1.3.6, for the algorithms that end in 256."""
    digest = hashlib.sha256(value.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


async def verified(deployment: Deployment, token: str, algorithm: str) -> dict[str, Any]:
    """The claims of a token, verified with the published keys."""
    async with deployment.http() as http:
        keys = KeySet.import_key_set((await http.get("/jwks")).json())
    return dict(jwt.decode(token, keys, algorithms=[algorithm]).claims)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_id_token_says_who_for_whom_when_and_how(deployment: Deployment, algorithm: str) -> None:
    op = deployment.op
    client = await make_client(op, id_token_signed_response_alg=algorithm, id_token_lifetime=120)
    user = await make_user(op)
    browser = deployment.browser()
    code = await browser.obtain_code(client, user)
    signed_in_at = op.now()
    deployment.clock.advance(30)
    tokens = await tokens_of(await redeem(deployment, client, code))

    claims = await verified(deployment, tokens["id_token"], algorithm)

    session = await op.db.one("SELECT id FROM sessions")
    assert session
    assert claims == {
        "iss": op.issuer,
        "sub": user.id,
        "aud": client.client_id,
        "iat": op.now(),
        "exp": op.now() + 120,
        "auth_time": signed_in_at,
        "acr": ONE_FACTOR,
        "amr": ["pwd"],
        "nonce": "the-nonce",
        "sid": session["id"],
        "at_hash": left_half(tokens["access_token"]),
        "c_hash": left_half(code),
    }
    assert header_of(tokens["id_token"])["typ"] == "JWT"
    assert len(claims["sub"]) <= 255
    assert claims["sub"].isascii()


async def test_refreshed_id_token_is_about_the_same_sign_in(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    tokens = await obtain_tokens(deployment, client, user)
    first = claims_of(tokens["id_token"])
    deployment.clock.advance(500)

    again = await tokens_of(await refresh(deployment, client, tokens["refresh_token"]))

    second = await verified(deployment, again["id_token"], "RS256")
    same = ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid")
    assert {name: second[name] for name in same} == {name: first[name] for name in same}
    assert second["iat"] == first["iat"] + 500
    assert second["at_hash"] == left_half(again["access_token"])
    assert not {"nonce", "c_hash"} & second.keys()


async def test_claims_asked_for_one_by_one_come_in_the_id_token(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op)
    user = await make_user(op, email_verified=True, given_name="Alice")
    wanted = json.dumps({"id_token": {"email": None, "email_verified": None, "family_name": {"essential": True}}})

    tokens = await obtain_tokens(deployment_on_sqlite, client, user, claims=wanted)

    claims = claims_of(tokens["id_token"])
    assert (claims["email"], claims["email_verified"]) == (user.email, True)
    assert not {"family_name", "given_name", "name"} & claims.keys()


async def test_no_openid_no_id_token(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)

    tokens = await obtain_tokens(deployment_on_sqlite, client, user, scope="email")

    assert tokens["scope"] == "email"
    assert "id_token" not in tokens


async def test_D09_a_new_account_at_an_old_address_is_somebody_else(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op, email="alice@example.com")
    first = await obtain_tokens(deployment, client, user)
    await op.db.transact(lambda tx: users.delete(tx, user.id))
    again = await make_user(op, email="alice@example.com")
    browser = deployment.browser()
    second = await obtain_tokens(deployment, client, again, browser=browser)

    assert claims_of(first["id_token"])["sub"] != claims_of(second["id_token"])["sub"]
    # The old hint names nobody who is here.
    response = await browser.authorize(client, prompt="none", id_token_hint=first["id_token"])
    assert answer(response)["error"] == "login_required"


async def test_offline_access_outlives_even_the_record_of_its_session(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    tokens = await obtain_tokens(deployment, client, user, scope="openid offline_access")
    await op.db.run("DELETE FROM sessions")

    again = await tokens_of(await refresh(deployment, client, tokens["refresh_token"]))

    assert "sid" not in claims_of(again["id_token"])
    assert claims_of(again["id_token"])["sub"] == user.id
