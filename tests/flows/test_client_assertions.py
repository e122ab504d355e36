"""Clients that prove themselves with a signature: rows C02, C08 and N04, RFC 7523, OpenID Connect Core §9."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hibana_op.foundation import jose
from hibana_op.oauth import client_registry
from tests.app_keys import AppKey, asserted, mac
from tests.deployment import Deployment, deploy
from tests.flows.asserting import COMMAND, ENDPOINTS, FORM, by_key, by_secret, claims_for, send
from tests.flows.journeys import error_of
from tests.schema import ISSUER


async def seen(deployment: Deployment) -> int:
    """How many jti are remembered."""
    row = await deployment.op.db.one("SELECT COUNT(*) AS rows FROM jti_seen")
    assert row is not None
    return int(row["rows"])


@pytest.mark.parametrize("algorithm", jose.SIGNING_ALGORITHMS)
async def test_a_client_signs_with_any_asymmetric_algorithm(deployment_on_sqlite: Deployment, algorithm: str) -> None:
    key = AppKey(algorithm)
    client = await by_key(deployment_on_sqlite, key)
    for path in ENDPOINTS:
        response = await send(deployment_on_sqlite, key.sign(claims_for(deployment_on_sqlite, client)), path=path)
        assert response.status_code == 200, (path, response.text)


@pytest.mark.parametrize("algorithm", jose.SECRET_ALGORITHMS)
async def test_a_client_signs_with_its_secret(deployment: Deployment, algorithm: str) -> None:
    client, secret = await by_secret(deployment)
    for path in ENDPOINTS:
        response = await send(deployment, mac(secret, claims_for(deployment, client), algorithm), path=path)
        assert response.status_code == 200, (path, response.text)


async def test_client_id_beside_an_assertion_must_be_the_same(deployment_on_sqlite: Deployment) -> None:
    key = AppKey()
    client = await by_key(deployment_on_sqlite, key)
    for client_id, status in ((client.client_id, 200), ("another", 400)):
        assertion = key.sign(claims_for(deployment_on_sqlite, client))
        assert (await send(deployment_on_sqlite, assertion, client_id=client_id)).status_code == status


async def test_an_assertion_and_its_type_belong_together(deployment_on_sqlite: Deployment) -> None:
    key = AppKey()
    client = await by_key(deployment_on_sqlite, key)
    good = asserted(key.sign(claims_for(deployment_on_sqlite, client)), **FORM)
    saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"
    async with deployment_on_sqlite.http() as http:
        for form in (
            {**good, "client_assertion_type": ""},
            {**good, "client_assertion_type": saml},
            {**good, "client_assertion": ""},
            {**good, "client_secret": "and a secret", "client_id": client.client_id},
        ):
            assert error_of(await http.post("/token", data=form)) == "invalid_request"
        assert (await http.post("/token", data=good)).status_code == 200


ISSUER_ONLY = "oauth21"
AUDIENCES: list[tuple[Any, str]] = [
    (ISSUER, "both"),
    (f"{ISSUER}/token", "oidc"),
    (f"{ISSUER}/introspect", "oidc"),
    ([ISSUER], "oidc"),
    ([ISSUER, f"{ISSUER}/token"], "oidc"),
    ([ISSUER, "https://other.example"], "nobody"),
    (["https://other.example"], "nobody"),
    ([], "nobody"),
    ([[ISSUER]], "nobody"),
    ([None, ISSUER], "nobody"),
    ({"iss": ISSUER}, "nobody"),
    (None, "nobody"),
    ("", "nobody"),
    (7, "nobody"),
    (f"{ISSUER}/", "nobody"),
    (f"{ISSUER}/authorize", "nobody"),
    (f"{ISSUER}/token?x=1", "nobody"),
    (f"{ISSUER}.evil.example", "nobody"),
    (ISSUER.upper(), "nobody"),
    ("https://other.example", "nobody"),
    (f"{ISSUER} https://other.example", "nobody"),
]


@pytest.mark.parametrize("profile", ["oidc", ISSUER_ONLY])
async def test_C02_an_assertion_is_for_us_and_nobody_else(deployment_on_sqlite: Deployment, profile: str) -> None:
    key = AppKey()
    client = await by_key(deployment_on_sqlite, key, profile=profile)
    for path in ENDPOINTS:
        for audience, takers in AUDIENCES:
            claims = claims_for(deployment_on_sqlite, client, aud=audience)
            response = await send(deployment_on_sqlite, key.sign(claims), path=path)
            expected = 200 if takers in ("both", profile) else 401
            assert response.status_code == expected, (audience, response.text)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "iss is missing": ({"iss": None}, "iss and sub"),
    "iss is another": ({"iss": "another"}, "iss and sub"),
    "iss is a list": ({"iss": ["x"]}, "iss and sub"),
    "jti is missing": ({"jti": None}, "jti"),
    "jti is empty": ({"jti": ""}, "jti"),
    "jti is a number": ({"jti": 7}, "jti"),
    "exp is missing": ({"exp": None}, "exp is missing"),
    "exp is text": ({"exp": "1800000060"}, "exp is not a number"),
    "exp is true": ({"exp": True}, "exp is not a number"),
    "exp is long past": ({"exp": 1_800_000_000 - 60}, "expired"),
    "exp is far ahead": ({"exp": 1_800_000_000 + 601}, "10 minutes"),
    "exp is in 2099": ({"exp": 4_070_908_800}, "10 minutes"),
    "exp is without end": ({"exp": 2**53 - 1}, "10 minutes"),
    "iat is ahead": ({"iat": 1_800_000_061}, "iat lies in the future"),
    "iat is text": ({"iat": "now"}, "iat is not a number"),
    "nbf is ahead": ({"nbf": 1_800_000_061}, "nbf lies in the future"),
    "nbf is an object": ({"nbf": {}}, "nbf is not a number"),
}
RIGHT: dict[str, dict[str, Any]] = {
    "exp is just ahead enough": {"exp": 1_800_000_600},
    "exp is just past": {"exp": 1_800_000_000 - 59},
    "exp is a fraction": {"exp": 1_800_000_030.5},
    "no iat": {"iat": None},
    "iat is of a clock ahead of ours": {"iat": 1_800_000_060},
    "nbf is of a clock ahead of ours": {"nbf": 1_800_000_008},
    "claims that nobody knows": {"color": "red"},
}


async def test_C02_what_an_assertion_says_must_be_right(deployment: Deployment) -> None:
    key = AppKey()
    client = await by_key(deployment, key)
    for name, (changes, why) in WRONG.items():
        for path in ENDPOINTS:
            response = await send(deployment, key.sign(claims_for(deployment, client, **changes)), path=path)
            assert (response.status_code, error_of(response)) == (401, "invalid_client"), name
            assert why in response.json()["error_description"], name
    assert await seen(deployment) == 0
    for name, changes in RIGHT.items():
        response = await send(deployment, key.sign(claims_for(deployment, client, **changes)))
        assert response.status_code == 200, (name, response.text)


async def test_C02_sub_names_the_client(deployment_on_sqlite: Deployment) -> None:
    key = AppKey()
    client, other = await by_key(deployment_on_sqlite, key), await by_key(deployment_on_sqlite, key)
    for sub in (None, "", "nobody", 7, ["x"], "a\0b", "é", "x" * 300, "\ud800"):
        claims = claims_for(deployment_on_sqlite, client, sub=sub)
        assert error_of(await send(deployment_on_sqlite, key.sign(claims))) == "invalid_client", repr(sub)
    confused = claims_for(deployment_on_sqlite, client, sub=other.client_id)
    assert error_of(await send(deployment_on_sqlite, key.sign(confused))) == "invalid_client"


async def test_C02_a_jti_is_used_once_by_each_client_at_all_endpoints(deployment: Deployment) -> None:
    key = AppKey()
    one, other = await by_key(deployment, key), await by_key(deployment, key)
    assertion = key.sign(claims_for(deployment, one, jti="the same"))
    assert (await send(deployment, assertion)).status_code == 200
    anew = key.sign(claims_for(deployment, one, jti="the same", exp=deployment.op.now() + 90))
    for again in (assertion, anew):
        for path in ENDPOINTS:
            response = await send(deployment, again, path=path)
            assert (response.status_code, error_of(response)) == (401, "invalid_client")
            assert "jti was used before" in response.json()["error_description"]
    assert (await send(deployment, key.sign(claims_for(deployment, other, jti="the same")))).status_code == 200

    deployment.clock.advance(119)  # within the leeway it would still be valid
    assert "jti was used before" in (await send(deployment, assertion)).json()["error_description"]
    deployment.clock.advance(1)
    assert "expired" in (await send(deployment, assertion)).json()["error_description"]


async def test_C02_one_of_many_at_once_wins(deployment: Deployment) -> None:
    client, secret = await by_secret(deployment)
    for _ in range(5):
        assertion = mac(secret, claims_for(deployment, client))
        answers = await asyncio.gather(*(send(deployment, assertion, path=path) for path in ENDPOINTS * 7))
        assert sorted(answer.status_code for answer in answers) == [200] + [401] * 20


async def test_C02_a_jti_stays_used_after_a_restart(database_url: str, tmp_path: Path) -> None:
    key = AppKey()
    async with deploy(database_url, tmp_path) as before:
        client = await by_key(before, key)
        assertion = key.sign(claims_for(before, client))
        assert (await send(before, assertion)).status_code == 200
    async with deploy(database_url, tmp_path) as after:
        assert "jti was used before" in (await send(after, assertion)).json()["error_description"]
        assert (await send(after, key.sign(claims_for(after, client)))).status_code == 200


async def test_N04_nothing_is_remembered_for_long(deployment: Deployment) -> None:
    key = AppKey()
    client = await by_key(deployment, key)
    far = [key.sign(claims_for(deployment, client, exp=4_070_908_800)) for _ in range(50)]
    assert {(await send(deployment, assertion)).status_code for assertion in far} == {401}
    assert await seen(deployment) == 0
    assert (await send(deployment, key.sign(claims_for(deployment, client, jti="j" * 8000)))).status_code == 200
    row = await deployment.op.db.one("SELECT jti_hash, expires_at FROM jti_seen")
    assert row is not None
    assert len(row["jti_hash"]) == 43
    assert row["expires_at"] <= deployment.op.now() + 660


async def test_C02_a_registered_algorithm_is_the_only_one(deployment_on_sqlite: Deployment) -> None:
    keys = {algorithm: AppKey(algorithm) for algorithm in ("RS256", "PS256", "ES256")}
    client = await by_key(deployment_on_sqlite, *keys.values(), token_endpoint_auth_signing_alg="PS256")
    answers = {
        algorithm: await send(deployment_on_sqlite, key.sign(claims_for(deployment_on_sqlite, client)))
        for algorithm, key in keys.items()
    }
    assert {algorithm: answer.status_code for algorithm, answer in answers.items()} == {
        "RS256": 401,
        "PS256": 200,
        "ES256": 401,
    }
    signing, secret = await by_secret(deployment_on_sqlite, token_endpoint_auth_signing_alg="HS384")
    for algorithm, status in (("HS256", 401), ("HS384", 200), ("HS512", 401)):
        assertion = mac(secret, claims_for(deployment_on_sqlite, signing), algorithm)
        assert (await send(deployment_on_sqlite, assertion)).status_code == status


@pytest.mark.parametrize(("registered", "signed"), [("EdDSA", "Ed25519"), ("Ed25519", "EdDSA")])
async def test_one_algorithm_of_two_names_is_known_by_either(
    deployment_on_sqlite: Deployment, registered: str, signed: str
) -> None:
    key = AppKey(registered)
    client = await by_key(deployment_on_sqlite, key, token_endpoint_auth_signing_alg=registered)
    response = await send(deployment_on_sqlite, key.sign(claims_for(deployment_on_sqlite, client), alg=signed))
    assert response.status_code == 200, response.text


async def test_C08_a_secret_that_signs_is_kept_sealed_and_its_predecessor_for_a_while(
    deployment: Deployment, changes_are_seen_at_once: None
) -> None:
    client, first = await by_secret(deployment)

    async def works(secret: str) -> bool:
        return (await send(deployment, mac(secret, claims_for(deployment, client)))).status_code == 200

    _, second = await client_registry.rotate_secret(deployment.op, client.client_id, overlap=3600, origin=COMMAND)
    assert [await works(first), await works(second), await works("x")] == [True, True, False]
    deployment.clock.advance(3600)
    assert [await works(first), await works(second)] == [False, True]
    _, third = await client_registry.rotate_secret(deployment.op, client.client_id, overlap=0, origin=COMMAND)
    assert [await works(second), await works(third)] == [False, True]
    kept = str([dict(row) for row in await deployment.op.db.all("SELECT * FROM oauth_clients")])
    assert all(secret not in kept for secret in (first, second, third))
