"""Nobody asks in an app's name with what another signed, or with a token of another kind: rows D01, D02 and D05."""

import pytest

from hibana_op.foundation import jose
from tests.app_keys import AppKey, assertion_claims, key_set, request_claims, unsigned
from tests.app_server import AppServer
from tests.deployment import Deployment
from tests.flows.asking import KEY, NOW, an_app, ask, is_sign_in
from tests.flows.journeys import is_page, obtain_tokens, refusal_of
from tests.foundation.forged import forgeries
from tests.make import CALLBACK, make_user


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_D01_no_forged_request_is_taken(deployment_on_sqlite: Deployment, algorithm: str) -> None:
    key = AppKey(algorithm)
    # Unsigned requests are taken from others, so nobody may pass a signed one off for an unsigned one.
    client = await an_app(deployment_on_sqlite, jwks=key_set(key), request_object_signing_alg=algorithm)
    genuine = key.sign(request_claims(client))
    async with deployment_on_sqlite.http(headers={"Accept-Language": "en"}) as http:
        for name, forged in forgeries(genuine, key.jwk, sign=key.sign_bytes).items():
            if not forged:
                continue  # an empty parameter counts as none at all
            sent = forged.encode("utf-8", "replace").decode()
            form = {"client_id": client.client_id, "redirect_uri": CALLBACK, "request": sent}
            response = await http.post("/authorize", data=form)
            assert is_page(response) or refusal_of(response) == "invalid_request_object", name
    assert is_sign_in(await ask(deployment_on_sqlite, client, genuine))


async def test_D02_keys_that_a_header_names_or_brings_are_never_used(
    reaching_apps: Deployment, app_site: AppServer
) -> None:
    own, evil = AppKey(kid="the key"), AppKey(kid="the key")
    client = await an_app(reaching_apps, jwks=key_set(own))
    address = app_site.show("/evil", key_set(evil))
    for header in ({}, {"jwk": evil.jwk}, {"jku": address}, {"x5u": address}, {"kid": address}, {"kid": None}):
        token = evil.sign(request_claims(client), **header)
        assert refusal_of(await ask(reaching_apps, client, token, redirect_uri=CALLBACK)) == "invalid_request_object"
    assert app_site.asked == []


async def test_D05_no_other_token_passes_for_a_request(deployment_on_sqlite: Deployment) -> None:
    client = await an_app(deployment_on_sqlite)
    user = await make_user(deployment_on_sqlite.op)
    tokens = await obtain_tokens(deployment_on_sqlite, client, user, scope="openid offline_access")
    ours = await deployment_on_sqlite.op.remembered.keyring()
    own_keys = [each.public_jwk for each in ours.verifying(NOW)]
    borrowing = await an_app(deployment_on_sqlite, jwks={"keys": own_keys})
    assertion = KEY.sign(assertion_claims(client.client_id, now=NOW))
    full = KEY.sign({**assertion_claims(client.client_id, now=NOW), **request_claims(client)})
    for token in (tokens["id_token"], tokens["access_token"], tokens["refresh_token"], assertion, full):
        for asking in (client, borrowing):
            response = await ask(deployment_on_sqlite, asking, token, redirect_uri=CALLBACK)
            assert refusal_of(response) == "invalid_request_object"
    for typ in ("at+jwt", "logout+jwt", "dpop+jwt", "client-authentication+jwt", "JWE", ""):
        response = await ask(
            deployment_on_sqlite, client, KEY.sign(request_claims(client), typ=typ), redirect_uri=CALLBACK
        )
        assert refusal_of(response) == "invalid_request_object", typ


async def encrypted(deployment: Deployment, token: str, alg: str, enc: str = "A128CBC-HS256") -> str:
    """A token encrypted to the keys that we publish."""
    async with deployment.http() as http:
        keys = jose.read_key_set((await http.get("/jwks")).content)
    return jose.encrypt(token.encode(), keys, alg=alg, enc=enc, cty="JWT")


@pytest.mark.parametrize("alg", jose.KEY_MANAGEMENT)
async def test_a_request_may_be_encrypted_to_us(deployment_on_sqlite: Deployment, alg: str) -> None:
    client = await an_app(deployment_on_sqlite)
    for inner in (KEY.sign(request_claims(client)), unsigned(request_claims(client))):
        for enc in ("A128CBC-HS256", "A256GCM"):
            token = await encrypted(deployment_on_sqlite, inner, alg, enc)
            assert is_sign_in(await ask(deployment_on_sqlite, client, token)), enc


async def test_what_is_encrypted_must_be_a_request_all_the_same(deployment_on_sqlite: Deployment) -> None:
    client = await an_app(deployment_on_sqlite)
    good = KEY.sign(request_claims(client))
    once = await encrypted(deployment_on_sqlite, good, "ECDH-ES")
    foreign = AppKey("ES256")
    to_another = jose.encrypt(
        good.encode(),
        jose.read_key_set({"keys": [{**foreign.jwk, "use": "enc", "alg": "ECDH-ES"}]}),
        alg="ECDH-ES",
        enc="A128GCM",
    )
    wrong = {
        "twice": await encrypted(deployment_on_sqlite, once, "ECDH-ES"),
        "to another": to_another,
        "no token": await encrypted(deployment_on_sqlite, "é", "ECDH-ES"),
        "bare claims": await encrypted(deployment_on_sqlite, "{}", "ECDH-ES"),
        "signed by another": await encrypted(deployment_on_sqlite, AppKey().sign(request_claims(client)), "ECDH-ES"),
        "cut": once[:-5],
        "another tag": f"{once.rpartition('.')[0]}.AAAAAAAAAAAAAAAAAAAAAA",
    }
    for name, token in wrong.items():
        response = await ask(deployment_on_sqlite, client, token, redirect_uri=CALLBACK)
        assert refusal_of(response) == "invalid_request_object", name
    strict = await an_app(deployment_on_sqlite, profile="oauth21")
    bare = await encrypted(deployment_on_sqlite, unsigned(request_claims(strict)), "ECDH-ES")
    assert is_page(await ask(deployment_on_sqlite, strict, bare))
