"""Each algorithm and each method that the discovery document names does its work: row N07."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, KeySet, RSAKey

from hibana_op.foundation import jose
from hibana_op.records.clients import Client
from tests.app_keys import AppKey, asserted, assertion_claims, key_set, mac, request_claims, unsigned
from tests.app_server import AppServer
from tests.deployment import request
from tests.flows.advertised import Advertised, advertised
from tests.flows.journeys import error_of, header_of, userinfo
from tests.flows.test_token_forms import OWN, is_jwt, opened, verified
from tests.foundation.certificates import Authority

CODE = {"grant_types": ["authorization_code", "client_credentials"], "response_types": ["code"]}


@pytest.fixture
async def op(tmp_path: Path, authority: Authority, changes_are_seen_at_once: None) -> AsyncIterator[Advertised]:
    """A deployment that shows what it offers."""
    async with advertised(tmp_path, authority) as shown:
        yield shown


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # as a name; many clients know no other
async def test_N07_every_signature_of_id_tokens_and_userinfo_verifies(op: Advertised) -> None:
    userinfo_algorithms = op.document["userinfo_signing_alg_values_supported"]
    for algorithm in op.document["id_token_signing_alg_values_supported"]:
        signed_userinfo = {"userinfo_signed_response_alg": algorithm} if algorithm in userinfo_algorithms else {}
        client, _ = await op.register(id_token_signed_response_alg=algorithm, **signed_userinfo)
        tokens = await op.tokens(client)
        if algorithm == "none":
            assert header_of(tokens["id_token"]) == {"alg": "none"}
            continue
        keys = await op.keys()
        assert verified(tokens["id_token"], keys, algorithm)["aud"] == client.client_id
        told = is_jwt(await userinfo(op.deployment, tokens["access_token"]))
        assert verified(told, keys, algorithm)["sub"] == op.user.id
    assert set(userinfo_algorithms) == set(jose.SIGNING_ALGORITHMS)


async def test_N07_every_encryption_of_id_tokens_and_userinfo_opens(op: Advertised) -> None:
    alg, enc = ("encryption_alg_values_supported", "encryption_enc_values_supported")
    assert op.document[f"id_token_{alg}"] == op.document[f"userinfo_{alg}"]
    assert op.document[f"id_token_{enc}"] == op.document[f"userinfo_{enc}"]
    for way in [(one, other) for one in op.document[f"id_token_{alg}"] for other in op.document[f"id_token_{enc}"]]:
        named = zip(("alg", "enc"), way, strict=True)
        members = {
            f"{kind}_encrypted_response_{name}": value for name, value in named for kind in ("id_token", "userinfo")
        }
        client, _ = await op.register(jwks=OWN, **members)
        tokens = await op.tokens(client)
        assert opened(tokens["id_token"], *way, cty="JWT").count(".") == 2
        told = opened(is_jwt(await userinfo(op.deployment, tokens["access_token"])), *way, cty=None)
        assert json.loads(told)["sub"] == op.user.id


async def is_asked(op: Advertised, client: Client, token: str, **outside: Any) -> bool:
    """Whether a request object is taken: what stands in it alone decides where the answer goes."""
    landing = await op.arrive(
        client, request=token, redirect_uri=None, state=None, nonce=None, code_challenge=None,
        code_challenge_method=None, **outside,
    )  # fmt: skip
    return "code" in landing.fields and landing.fields["state"] == "inside"


async def test_N07_every_signature_of_request_objects_is_taken(op: Advertised) -> None:
    for algorithm in op.document["request_object_signing_alg_values_supported"]:
        if algorithm == "none":
            client, _ = await op.register()
            assert await is_asked(op, client, unsigned(request_claims(client, state="inside")))
            continue
        key = AppKey(algorithm)
        client, _ = await op.register(jwks=key_set(key), request_object_signing_alg=algorithm)
        assert await is_asked(op, client, key.sign(request_claims(client, state="inside")))
    assert op.document["request_parameter_supported"] is True


async def test_N07_every_encryption_of_request_objects_opens(op: Advertised) -> None:
    client, _ = await op.register()
    object_ = unsigned(request_claims(client, state="inside")).encode()
    ours = [key for key in await op.keys() if key.as_dict().get("use") == "enc"]
    for alg in op.document["request_object_encryption_alg_values_supported"]:
        (key,) = [each for each in ours if isinstance(each, RSAKey if alg.startswith("RSA") else ECKey)]
        for enc in op.document["request_object_encryption_enc_values_supported"]:
            header = {"alg": alg, "enc": enc, "kid": key.kid, "cty": "oauth-authz-req+jwt"}
            token = jwe.encrypt_compact(header, object_, key, algorithms=[alg, enc])
            assert await is_asked(op, client, token), (alg, enc)


async def test_N07_request_uris_are_taken_when_they_are_registered(op: Advertised, app_site: AppServer) -> None:
    address = app_site.url("/object")
    client, _ = await op.register(request_uris=[address])
    app_site.show("/object", unsigned(request_claims(client, state="inside")), kind="application/jwt")
    inside = {name: None for name in request(client) if name not in ("client_id", "response_type", "scope")}

    landing = await op.arrive(client, **inside, request_uri=address)

    assert landing.fields["state"] == "inside"
    assert (op.document["request_uri_parameter_supported"], op.document["require_request_uri_registration"]) == (
        True,
        True,
    )
    app_site.show("/other", unsigned(request_claims(client)), kind="application/jwt")
    refused = await op.answered(client, request_uri=app_site.url("/other"))
    assert refused.fields["error"] == "invalid_request_uri"


async def proven(op: Advertised, endpoint: str, method: str, algorithm: str | None) -> httpx2.Response:
    """Call an endpoint as a client that is registered for a method, and for an algorithm if that needs one."""
    members: dict[str, Any] = {"token_endpoint_auth_method": method, **CODE}
    form = {"grant_type": "client_credentials", "token": "any"}
    if method == "none":
        client, _ = await op.register()
        return await op.post(endpoint, data={**form, "client_id": client.client_id})
    if algorithm is None:
        client, told = await op.register(**members)
        if method == "client_secret_basic":
            return await op.post(endpoint, data=form, auth=(client.client_id, told["client_secret"]))
        named = {"client_id": client.client_id, "client_secret": told["client_secret"]}
        return await op.post(endpoint, data={**form, **named})
    members["token_endpoint_auth_signing_alg"] = algorithm
    if method == "client_secret_jwt":
        client, told = await op.register(**members)
        assertion = mac(told["client_secret"], claims_for(op, client), algorithm)
    else:
        key = AppKey(algorithm)
        client, _ = await op.register(jwks=key_set(key), **members)
        assertion = key.sign(claims_for(op, client))
    return await op.post(endpoint, data=asserted(assertion, **form))


def claims_for(op: Advertised, client: Client) -> dict[str, Any]:
    """What a good assertion says."""
    return assertion_claims(client.client_id, now=op.deployment.op.now())


@pytest.mark.parametrize("endpoint", ["token", "introspection", "revocation"])
async def test_N07_every_method_and_algorithm_authenticates(op: Advertised, endpoint: str) -> None:
    methods = op.document[f"{endpoint}_endpoint_auth_methods_supported"]
    algorithms = op.document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
    assert set(algorithms) == {*jose.SIGNING_ALGORITHMS, *jose.SECRET_ALGORITHMS}
    for method in {*methods, "none"}:
        by_secret = method == "client_secret_jwt"
        signing = [each for each in algorithms if (each in jose.SECRET_ALGORITHMS) == by_secret]
        for algorithm in signing if method.endswith("_jwt") else [None]:
            response = await proven(op, f"{endpoint}_endpoint", method, algorithm)
            if method not in methods:
                assert error_of(response) == "invalid_client"
            elif method == "none" and endpoint == "token":
                assert error_of(response) == "unauthorized_client", "known, but not allowed this grant"
            else:
                assert response.status_code == 200, (method, algorithm, response.text)


async def test_published_keys_are_named_public_and_good_for_one_thing(op: Advertised) -> None:
    for algorithm in jose.SIGNING_ALGORITHMS:
        await op.register(id_token_signed_response_alg=algorithm)
    keys: KeySet = await op.keys()
    told = [key.as_dict() for key in keys]
    assert len({key["kid"] for key in told}) == len(told)
    assert not any({"d", "p", "q", "k"} & key.keys() for key in told)
    assert {key["use"] for key in told} == {"sig", "enc"}
    assert {key["alg"] for key in told if key["use"] == "sig"} == set(jose.SIGNING_ALGORITHMS)
