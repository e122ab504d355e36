"""Nobody proves themselves with what another made, or with a token of another kind: rows D01 to D03 and D05."""

import time

import pytest

from tests.app_keys import AppKey, key_set, mac, part, request_claims
from tests.app_server import AppServer
from tests.deployment import Deployment
from tests.flows.asserting import ENDPOINTS, by_key, by_secret, claims_for, send
from tests.flows.journeys import error_of, obtain_tokens
from tests.foundation.forged import forgeries
from tests.make import make_client, make_user


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_D01_no_forged_assertion_is_taken(deployment_on_sqlite: Deployment, algorithm: str) -> None:
    key = AppKey(algorithm)
    client = await by_key(deployment_on_sqlite, key)
    genuine = key.sign(claims_for(deployment_on_sqlite, client))
    taken = {
        (name, path): response.text
        for name, forged in forgeries(genuine, key.jwk, sign=key.sign_bytes).items()
        for path in ENDPOINTS
        if (response := await send(deployment_on_sqlite, sendable(forged), path=path)).status_code not in (400, 401)
    }
    assert taken == {}
    assert (await send(deployment_on_sqlite, genuine)).status_code == 200


async def test_D01_no_forged_mac_is_taken(deployment_on_sqlite: Deployment) -> None:
    key = AppKey()
    client, secret = await by_secret(deployment_on_sqlite, jwks=key_set(key))
    claims = claims_for(deployment_on_sqlite, client)
    genuine = mac(secret, claims, typ="JWT")
    forged = {
        **forgeries(genuine),
        "another secret": mac(f"{secret}x", claims),
        "what the database keeps": mac(str(client.client_secret_sealed), claims),
    }
    for name, token in forged.items():
        assert (await send(deployment_on_sqlite, sendable(token))).status_code in (400, 401), name
    by_its_key = await send(deployment_on_sqlite, key.sign(claims_for(deployment_on_sqlite, client)))
    assert "registered for client_secret_jwt" in by_its_key.json()["error_description"]
    assert (await send(deployment_on_sqlite, genuine)).status_code == 200


def sendable(token: str) -> str:
    """A token as a form can carry it: half a character cannot."""
    return token.encode("utf-8", "replace").decode()


async def test_D02_keys_that_a_header_names_or_brings_are_never_used(
    reaching_apps: Deployment, app_site: AppServer
) -> None:
    own, evil = AppKey(kid="the key"), AppKey(kid="the key")
    client = await by_key(reaching_apps, own)
    address = app_site.show("/evil", key_set(evil))
    claims = claims_for(reaching_apps, client)
    for header in (
        {"jwk": evil.jwk},
        {"jku": address},
        {"x5u": address},
        {"x5c": ["AAAA"]},
        {"kid": address},
        {"jku": address, "kid": None},
        {"iss": address},
    ):
        for path in ENDPOINTS:
            assert error_of(await send(reaching_apps, evil.sign(claims, **header), path=path)) == "invalid_client"
    assert app_site.asked == []
    assert (await send(reaching_apps, own.sign(claims, jku=address, jwk=evil.jwk))).status_code == 200
    assert app_site.asked == []


async def test_D03_what_would_be_costly_or_ambiguous_is_refused_at_once(deployment_on_sqlite: Deployment) -> None:
    key = AppKey()
    client = await by_key(deployment_on_sqlite, key)
    claims = claims_for(deployment_on_sqlite, client)
    payload = part(claims)
    pbes2 = {"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 2_000_000_000, "p2s": "AAAA"}
    tokens = {
        "crit": key.sign(claims, crit=["exp"], exp=1),
        "b64": key.sign(claims, b64=False, crit=["b64"]),
        "b64 alone": key.sign(claims, b64=False),
        "zip": key.sign(claims, zip="DEF"),
        "JWE": f"{part({'alg': 'RSA-OAEP', 'enc': 'A256GCM'})}.AAAA.AAAA.{payload}.AAAA",
        "PBES2": f"{part(pbes2)}.AAAA.AAAA.{payload}.AAAA",
        "PBES2 with three segments": f"{part(pbes2)}.{payload}.AAAA",
        "sub twice": key.sign(claims).replace(payload, part(claims)[:-4] + "AAAA"),
    }
    for name, token in tokens.items():
        began = time.perf_counter()
        response = await send(deployment_on_sqlite, token)
        assert error_of(response) == "invalid_client", name
        assert time.perf_counter() - began < 0.5, name
    assert (await send(deployment_on_sqlite, key.sign(claims))).status_code == 200


async def test_D05_no_other_token_passes_for_an_assertion(deployment_on_sqlite: Deployment) -> None:
    key = AppKey()
    user = await make_user(deployment_on_sqlite.op)
    ours = await deployment_on_sqlite.op.remembered.keyring()
    app = await make_client(deployment_on_sqlite.op)
    tokens = await obtain_tokens(deployment_on_sqlite, app, user, scope="openid offline_access")
    own_keys = [each.public_jwk for each in ours.verifying(deployment_on_sqlite.op.now())]
    # Even a client that registered our own keys as its keys gets in with nothing that we signed.
    client = await by_key(deployment_on_sqlite, key)
    borrowing = await by_key(deployment_on_sqlite, jwks={"keys": own_keys})
    for token in (tokens["id_token"], tokens["access_token"], tokens["refresh_token"]):
        for client_id in (client.client_id, borrowing.client_id, app.client_id):
            response = await send(deployment_on_sqlite, token, client_id=client_id)
            assert response.status_code in (400, 401), response.text
    for typ in ("at+jwt", "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt", "secevent+jwt", "JWE", ""):
        assertion = key.sign(claims_for(deployment_on_sqlite, client), typ=typ)
        assert error_of(await send(deployment_on_sqlite, assertion)) == "invalid_client", typ
    for right in (None, "JWT", "jwt", "client-authentication+jwt", "application/client-authentication+jwt"):
        assertion = key.sign(claims_for(deployment_on_sqlite, client), typ=right)
        assert (await send(deployment_on_sqlite, assertion)).status_code == 200, right
    asking = key.sign(request_claims(client, exp=deployment_on_sqlite.op.now() + 60, jti="1"))
    assert error_of(await send(deployment_on_sqlite, asking)) == "invalid_client"
