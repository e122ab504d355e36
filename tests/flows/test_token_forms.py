"""ID tokens and userinfo in every form a client may register, read by another library: Core §2, §5.3.2 and §10."""

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc import jwe, jws
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from hibana_op.foundation import jose
from hibana_op.foundation.origin import Origin
from hibana_op.oauth import client_registry, resource_registry
from hibana_op.records.clients import Client
from tests.app_server import AppServer
from tests.deployment import Browser, Deployment, deploy
from tests.flows.journeys import arrive, claims_of, error_of, header_of, obtain_tokens, redeem, userinfo
from tests.make import CALLBACK, a_resource, make_client, make_user

COMMAND = Origin.command("0" * 32)
ENCRYPTIONS = [(alg, enc) for alg in jose.KEY_MANAGEMENT for enc in jose.CONTENT_ENCRYPTION]
HASHES = {"256": "sha256", "384": "sha384", "512": "sha512"}
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "enc"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve", "use": "enc"})
OWN = {"keys": [RSA.as_dict(private=False), CURVE.as_dict(private=False)]}


@dataclass(slots=True)
class Forms:
    """One person and a browser in which they are signed in."""

    deployment: Deployment
    browser: Browser
    user: Any

    @classmethod
    async def of(cls, deployment: Deployment) -> "Forms":
        """A person who has every kind of claim."""
        user = await make_user(deployment.op, given_name="Alice", address={"country": "JP"}, email_verified=True)
        return cls(deployment, deployment.browser(), user)

    async def register(self, **metadata: Any) -> Client:
        """Register a client as an administrator does, who lets its people come in without being asked."""
        values = {
            "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": "none",
            "first_party": True,
            "jwks": OWN,
            **metadata,
        }
        client, _ = await client_registry.create(self.deployment.op, values, COMMAND)
        return client

    async def tokens(self, client: Client, **parameters: Any) -> dict[str, Any]:
        """The tokens that the person's client gets."""
        return await obtain_tokens(self.deployment, client, self.user, browser=self.browser, **parameters)

    async def keys(self) -> KeySet:
        """The published keys."""
        async with self.deployment.http() as http:
            return KeySet.import_key_set((await http.get("/jwks")).json())


def half(value: str, algorithm: str) -> str:
    """The hash of OpenID Connect Core §3.1.3.6; Ed25519 hashes with SHA-512 (RFC 8032 §5.1)."""
    digest = hashlib.new(HASHES.get(algorithm[-3:], "sha512"), value.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")


def verified(token: str, keys: KeySet, algorithm: str) -> dict[str, Any]:
    """The claims of a token that one of these keys signed."""
    header = header_of(token)
    assert (header["alg"], header["typ"]) == (algorithm, "JWT")
    assert header["kid"] in {key.kid for key in keys}
    found: dict[str, Any] = json.loads(jws.deserialize_compact(token, keys, algorithms=[algorithm]).payload)
    return found


def opened(token: str, alg: str, enc: str, *, cty: str | None) -> str:
    """What was encrypted for the app."""
    header = header_of(token)
    assert (header["alg"], header["enc"], header.get("cty")) == (alg, enc, cty)
    key: RSAKey | ECKey | OKPKey = RSA if alg.startswith("RSA") else CURVE
    assert header["kid"] == key.kid
    plaintext = jwe.decrypt_compact(token, key, algorithms=[alg, enc]).plaintext
    assert plaintext is not None
    return plaintext.decode()


def is_jwt(response: httpx2.Response) -> str:
    """The text of a userinfo answer that must be a JWT."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/jwt"
    assert "no-store" in response.headers["cache-control"]
    return response.text


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # as a name; many clients know no other
async def test_every_algorithm_signs_id_tokens_and_userinfo(
    deployment_on_sqlite: Deployment, changes_are_seen_at_once: None
) -> None:
    forms = await Forms.of(deployment_on_sqlite)
    for algorithm in jose.SIGNING_ALGORITHMS:
        client = await forms.register(id_token_signed_response_alg=algorithm, userinfo_signed_response_alg=algorithm)
        code = await forms.browser.obtain_code(client, forms.user)
        tokens = (await redeem(deployment_on_sqlite, client, code)).json()
        keys = await forms.keys()

        claims = verified(tokens["id_token"], keys, algorithm)
        assert claims["at_hash"] == half(tokens["access_token"], algorithm)
        assert claims["c_hash"] == half(code, algorithm)

        told = verified(is_jwt(await userinfo(deployment_on_sqlite, tokens["access_token"])), keys, algorithm)
        assert (told["iss"], told["aud"]) == (deployment_on_sqlite.op.issuer, client.client_id)
        assert told["sub"] == claims["sub"]
        assert told["email"] == forms.user.email
        assert not {"nonce", "auth_time"} & told.keys()


async def test_a_key_is_made_when_the_first_client_asks_for_its_algorithm(
    deployment_on_sqlite: Deployment, changes_are_seen_at_once: None
) -> None:
    forms = await Forms.of(deployment_on_sqlite)
    assert {key.alg for key in await forms.keys() if key.as_dict().get("use") == "sig"} == {"RS256", "ES256"}
    for _ in range(2):
        await forms.register(id_token_signed_response_alg="ES384")
    assert [key.alg for key in await forms.keys()].count("ES384") == 1


async def test_a_missing_key_is_made_when_it_is_needed(
    deployment_on_sqlite: Deployment, changes_are_seen_at_once: None
) -> None:
    forms = await Forms.of(deployment_on_sqlite)
    client = await make_client(deployment_on_sqlite.op, id_token_signed_response_alg="Ed25519")

    tokens = await forms.tokens(client)

    assert verified(tokens["id_token"], await forms.keys(), "Ed25519")["aud"] == client.client_id


async def test_every_way_of_encryption_opens_for_the_client(deployment_on_sqlite: Deployment) -> None:
    forms = await Forms.of(deployment_on_sqlite)
    for alg, enc in ENCRYPTIONS:
        client = await forms.register(
            id_token_encrypted_response_alg=alg,
            id_token_encrypted_response_enc=enc,
            userinfo_encrypted_response_alg=alg,
            userinfo_encrypted_response_enc=enc,
        )
        tokens = await forms.tokens(client)

        signed = opened(tokens["id_token"], alg, enc, cty="JWT")
        claims = verified(signed, await forms.keys(), "RS256")
        told = json.loads(
            opened(is_jwt(await userinfo(deployment_on_sqlite, tokens["access_token"])), alg, enc, cty=None)
        )
        assert claims["at_hash"] == half(tokens["access_token"], "RS256")
        assert (told["sub"], told["email"]) == (claims["sub"], forms.user.email)
        assert not {"iss", "aud"} & told.keys()


async def test_userinfo_is_signed_and_then_encrypted(deployment_on_sqlite: Deployment) -> None:
    forms = await Forms.of(deployment_on_sqlite)
    client = await forms.register(userinfo_signed_response_alg="PS256", userinfo_encrypted_response_alg="ECDH-ES")
    tokens = await forms.tokens(client)

    nested = is_jwt(await userinfo(deployment_on_sqlite, tokens["access_token"]))

    told = verified(opened(nested, "ECDH-ES", "A128CBC-HS256", cty="JWT"), await forms.keys(), "PS256")
    assert (told["sub"], told["aud"]) == (forms.user.id, client.client_id)


async def test_an_encrypted_id_token_passes_through_the_browser_as_well(deployment_on_sqlite: Deployment) -> None:
    forms = await Forms.of(deployment_on_sqlite)
    client = await forms.register(
        id_token_encrypted_response_alg="RSA-OAEP-256", response_types=["id_token"], grant_types=["implicit"]
    )
    await forms.tokens(await forms.register())
    response = await forms.browser.authorize(client, response_type="id_token", response_mode="fragment")

    token = dict(part.split("=", 1) for part in response.headers["location"].partition("#")[2].split("&"))["id_token"]
    signed = opened(token, "RSA-OAEP-256", "A128CBC-HS256", cty="JWT")
    assert verified(signed, await forms.keys(), "RS256")["email"] == forms.user.email


async def test_the_keys_of_a_jwks_uri_are_encrypted_to(reaching_apps: Deployment, app_site: AppServer) -> None:
    forms = await Forms.of(reaching_apps)
    uri = app_site.show("/keys", {"keys": []})
    client = await forms.register(jwks=None, jwks_uri=uri, id_token_encrypted_response_alg="RSA-OAEP")
    refused = await redeem(reaching_apps, client, await forms.browser.obtain_code(client, forms.user))
    assert error_of(refused) == "invalid_request"
    reaching_apps.clock.advance(11)
    app_site.show("/keys", OWN)

    tokens = await forms.tokens(client)

    assert opened(tokens["id_token"], "RSA-OAEP", "A128CBC-HS256", cty="JWT").count(".") == 2
    assert app_site.asked == ["/keys", "/keys"]


async def test_an_app_whose_keys_cannot_be_had_hears_of_it_through_the_browser(
    deployment_on_sqlite: Deployment,
) -> None:
    forms = await Forms.of(deployment_on_sqlite)
    client = await forms.register(
        jwks=None,
        jwks_uri="https://localhost/keys",
        id_token_encrypted_response_alg="RSA-OAEP-256",
        response_types=["code", "id_token", "code id_token"],
    )
    await forms.browser.obtain_code(client, forms.user)

    for response_type in ("id_token", "code id_token"):
        for prompt in (None, "consent"):
            told = (await arrive(forms.browser, client, forms.user, response_type=response_type, prompt=prompt)).fields
            assert (told["error"], told["state"]) == ("invalid_request", "the-state")
            assert "no key to encrypt to" in told["error_description"]
            assert not {"code", "id_token"} & told.keys()


async def test_unsigned_id_tokens_are_for_clients_that_registered_them(deployment_on_sqlite: Deployment) -> None:
    forms = await Forms.of(deployment_on_sqlite)
    client = await forms.register(id_token_signed_response_alg="none")

    token = (await forms.tokens(client))["id_token"]

    assert token.endswith(".")
    assert token.count(".") == 2
    assert header_of(token) == {"alg": "none"}
    claims = claims_of(token)
    assert (claims["aud"], claims["sub"], claims["nonce"]) == (client.client_id, forms.user.id, "the-nonce")
    assert not {"at_hash", "c_hash"} & claims.keys(), "no signature, so no algorithm to hash by"
    # It proves nothing, so nothing is believed of it.
    hinted = await forms.browser.authorize(client, prompt="none", id_token_hint=token)
    assert "error=invalid_request" in hinted.headers["location"]


async def test_D01_a_strict_deployment_signs_everything(tmp_path: Path) -> None:
    async with deploy(f"sqlite:///{tmp_path / 'strict.db'}", tmp_path, HIBANA_PROFILE="oauth21") as strict:
        forms = await Forms.of(strict)
        client = await make_client(strict.op, id_token_signed_response_alg="none", token_endpoint_auth_method="none")
        refused = await redeem(strict, client, await forms.browser.obtain_code(client, forms.user))
        assert error_of(refused) == "unauthorized_client"


@pytest.mark.parametrize("method", ["GET", "POST", "body"])
async def test_userinfo_is_plain_json_for_a_client_that_asked_for_nothing_else(
    deployment: Deployment, method: str
) -> None:
    forms = await Forms.of(deployment)
    client = await make_client(deployment.op)
    token = (await forms.tokens(client, scope="openid address"))["access_token"]
    async with deployment.http() as http:
        if method == "body":
            response = await http.post("/userinfo", data={"access_token": token})
        else:
            response = await http.request(method, "/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert response.headers["content-type"] == "application/json"
    assert "no-store" in response.headers["cache-control"]
    assert response.json() == {"sub": forms.user.id, "address": {"country": "JP"}}


async def test_an_api_brings_the_key_that_signs_its_tokens(
    deployment_on_sqlite: Deployment, changes_are_seen_at_once: None
) -> None:
    forms = await Forms.of(deployment_on_sqlite)
    await resource_registry.create(deployment_on_sqlite.op, a_resource(signing_alg="PS384"), COMMAND)
    assert "PS384" in {key.alg for key in await forms.keys()}

    token = (await forms.tokens(await forms.register(), scope="read", resource="https://api.example/"))["access_token"]

    assert header_of(token)["typ"] == "at+jwt"
    assert jws.deserialize_compact(token, await forms.keys(), algorithms=["PS384"]).payload
