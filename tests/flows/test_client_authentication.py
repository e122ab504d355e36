"""Who a client is: rows C01, C03 and C08, RFC 6749 §2.3."""

import base64
import json
import time
from dataclasses import replace
from statistics import median
from typing import Any
from urllib.parse import quote_plus

import httpx2
import pytest

from hibana_op.foundation import secrets
from hibana_op.foundation.ids import uuid7
from hibana_op.oauth.client_auth import METHODS
from hibana_op.provider import Provider
from hibana_op.records import clients
from hibana_op.records.clients import Client
from tests.app_keys import AppKey, asserted, assertion_claims, key_set, mac
from tests.deployment import Deployment
from tests.flows.journeys import error_of
from tests.make import SECRET, a_client, make_client

ENDPOINTS = ("/token", "/introspect", "/revoke")
STRONG_SECRET = SECRET * 2  # HS256 wants at least 32 octets
GRANT = {"grant_type": "client_credentials", "token": "any"}


def basic(client_id: str, secret: str) -> dict[str, str]:
    """The header of client_secret_basic, both halves form-encoded."""
    text = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


async def test_C01_only_the_registered_method_is_taken(deployment_on_sqlite: Deployment) -> None:
    op, key = deployment_on_sqlite.op, AppKey()
    wrong = {}
    async with deployment_on_sqlite.http() as http:
        for registered in METHODS:
            client = await equipped_client(op, registered, key)
            for path in ENDPOINTS:
                for method in METHODS:
                    headers, form = proof(method, client.client_id, key, now=op.now())
                    response = await http.post(path, data={**GRANT, **form}, headers=headers)
                    refused = response.status_code == 401 and response.json()["error"] == "invalid_client"
                    if refused is (method == registered) and not (method == "none" and path != "/revoke"):
                        wrong[registered, path, method] = (response.status_code, response.text)

    assert wrong == {}


async def equipped_client(op: Provider, method: str, key: AppKey) -> Client:
    """A client that could prove itself in every way: only what it is registered for decides."""
    grants = ("authorization_code", "refresh_token", "client_credentials")
    client = a_client(op.now(), grant_types=grants, jwks=key_set(key), token_endpoint_auth_method=method)
    sealed = op.vault.seal(STRONG_SECRET.encode(), clients.sealed_name(client.client_id))
    client = replace(client, client_secret_hash=secrets.digest(STRONG_SECRET), client_secret_sealed=sealed)
    await op.db.transact(lambda tx: clients.insert(tx, client))
    return client


def proof(method: str, client_id: str, key: AppKey, *, now: int) -> tuple[dict[str, str], dict[str, str]]:
    """The headers and the form with which a client proves itself in a way."""
    claims = assertion_claims(client_id, now=now)
    ways: dict[str, tuple[dict[str, str], dict[str, str]]] = {
        "client_secret_basic": (basic(client_id, STRONG_SECRET), {}),
        "client_secret_post": ({}, {"client_id": client_id, "client_secret": STRONG_SECRET}),
        "client_secret_jwt": ({}, asserted(mac(STRONG_SECRET, claims))),
        "private_key_jwt": ({}, asserted(key.sign(claims))),
        "none": ({}, {"client_id": client_id}),
    }
    return ways[method]


async def test_C01_a_public_client_may_neither_introspect_nor_act_for_itself(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op, token_endpoint_auth_method="none", grant_types=("client_credentials",))

    assert error_of(await deployment_on_sqlite.call("/introspect", client, token="x")) == "invalid_client"
    assert error_of(await deployment_on_sqlite.token(client, grant_type="client_credentials")) == "unauthorized_client"


async def test_C01_two_ways_at_once_are_refused(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, other = await make_client(op), await make_client(op, token_endpoint_auth_method="client_secret_post")
    own = basic(client.client_id, SECRET)
    async with deployment_on_sqlite.http() as http:
        for path in ENDPOINTS:
            for form in (
                {"client_id": client.client_id, "client_secret": SECRET},
                {"client_id": other.client_id, "client_secret": SECRET},
                {"client_secret": SECRET},
                {"client_id": other.client_id},
            ):
                response = await http.post(path, data={**GRANT, **form}, headers=own)
                assert (response.status_code, error_of(response)) == (400, "invalid_request"), form
            same = await http.post(path, data={**GRANT, "client_id": client.client_id}, headers=own)
            assert same.status_code == 400 if path == "/token" else same.status_code == 200
            twice = await http.post(path, data=GRANT, headers=[*own.items(), *own.items()])
            assert error_of(twice) == "invalid_client"


async def test_malformed_credentials_are_refused(deployment: Deployment) -> None:
    client = await make_client(deployment.op)
    right = basic(client.client_id, SECRET)["Authorization"].removeprefix("Basic ")
    headers = (
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic " + base64.b64encode(b"%00:x").decode(),
        "Basic " + base64.b64encode(b"a\x00b:x").decode(),
        "Basic " + base64.b64encode(b"%ff%fe:%zz").decode(),
        "Basic " + base64.b64encode(b":").decode(),
        "Basic " + base64.b64encode(b"x" * 3500 + b":y").decode(),
        "Basic " + base64.b64encode(client.client_id.encode() + b":").decode(),
        "Basic " + base64.b64encode(client.client_id.encode() + b":" + "é€🔑".encode()).decode(),
        f"Bearer {right}",
        f"Digest {right}",
        f"{right}",
        "",
    )
    async with deployment.http() as http:
        for header in headers:
            for path in ENDPOINTS:
                response = await http.post(path, data=GRANT, headers={"Authorization": header})
                assert (response.status_code, error_of(response)) == (401, "invalid_client"), header
                assert response.headers["www-authenticate"].startswith("Basic ")
        nothing = await http.post("/token", data=GRANT)
        assert (nothing.status_code, error_of(nothing)) == (401, "invalid_client")
        lower = await http.post("/introspect", data=GRANT, headers={"Authorization": f"basic {right}"})
        assert lower.status_code == 200


async def test_credentials_are_form_encoded_inside_the_header(deployment_on_sqlite: Deployment) -> None:
    secret = "p%a+s s:w&o=rd é"
    client = await make_client(deployment_on_sqlite.op)
    await deployment_on_sqlite.op.db.transact(
        lambda tx: clients.set_secret(
            tx, client.client_id, secret_hash=secrets.digest(secret), previous_expires_at=None, now=1
        )
    )
    async with deployment_on_sqlite.http() as http:
        response = await http.post("/introspect", data={"token": "x"}, headers=basic(client.client_id, secret))

    assert response.json() == {"active": False}


async def test_C03_unknown_client_and_wrong_secret_look_the_same(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    confidential = await make_client(op)
    posting = await make_client(op, token_endpoint_auth_method="client_secret_post")
    public = await make_client(op, token_endpoint_auth_method="none")
    right, wrong = AppKey(), AppKey(kid="the key")
    by_key = await make_client(op, token_endpoint_auth_method="private_key_jwt", jwks=key_set(right))
    by_secret = await equipped_client(op, "client_secret_jwt", right)
    async with deployment_on_sqlite.http() as http:
        for path in ENDPOINTS:
            seen = set()
            for client_id in (confidential.client_id, posting.client_id, public.client_id, "unknown", "x" * 255):
                by_header = await http.post(path, data=GRANT, headers=basic(client_id, "wrong"))
                by_body = await http.post(path, data={**GRANT, "client_id": client_id, "client_secret": "wrong"})
                seen |= {shown(by_header), shown(by_body)}
            for client_id in (confidential.client_id, posting.client_id, "unknown"):
                seen.add(shown(await http.post(path, data={**GRANT, "client_id": client_id})))
            for client_id in (by_key.client_id, by_secret.client_id, confidential.client_id, "unknown", "\0", ""):
                claims = assertion_claims(client_id, now=op.now())
                for assertion in (wrong.sign(claims), wrong.sign(claims, alg="RS256"), mac("x" * 99, claims), "a.b.c"):
                    seen.add(shown(await http.post(path, data={**GRANT, **asserted(assertion)})))
            assert len(seen) == 1, seen


@pytest.mark.parametrize("way", ["header", "body"])
async def test_C03_an_unknown_client_takes_as_long_as_a_wrong_secret(
    deployment_on_sqlite: Deployment, way: str
) -> None:
    method = {"header": "client_secret_basic", "body": "client_secret_post"}[way]
    client = await make_client(deployment_on_sqlite.op, token_endpoint_auth_method=method)
    samples: dict[str, list[float]] = {client.client_id: [], uuid7(): []}
    seen = set()
    async with deployment_on_sqlite.http() as http:
        for _ in range(200):  # taken in turns, so that what the machine does meanwhile falls on both alike
            for client_id, seconds in samples.items():
                headers = basic(client_id, "wrong") if way == "header" else {}
                form = {"client_id": client_id, "client_secret": "wrong"} if way == "body" else {}
                begun = time.process_time()
                response = await http.post("/token", data={**GRANT, **form}, headers=headers)
                seconds.append(time.process_time() - begun)
                seen.add(shown(response))

    assert len(seen) == 1, seen
    wrong_secret, unknown = (median(seconds) for seconds in samples.values())
    assert 0.5 < unknown / wrong_secret < 2


def shown(response: httpx2.Response) -> str:
    """All that a caller can tell an answer by, but for what differs in every answer."""
    headers: dict[str, Any] = {
        name: value for name, value in response.headers.items() if name not in {"x-request-id", "date"}
    }
    return json.dumps([response.status_code, headers, response.text])


async def test_C08_a_secret_is_kept_as_a_hash_and_its_predecessor_for_a_while(
    deployment: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment.op
    client = await make_client(op)
    until = op.now() + 3600

    async def works(secret: str) -> bool:
        async with deployment.http() as http:
            response = await http.post("/introspect", data={"token": "x"}, headers=basic(client.client_id, secret))
        return response.status_code == 200

    async def rotate(secret: str, previous_expires_at: int | None) -> None:
        hashed = secrets.digest(secret)
        await op.db.transact(
            lambda tx: clients.set_secret(
                tx, client.client_id, secret_hash=hashed, previous_expires_at=previous_expires_at, now=op.now()
            )
        )

    await rotate("the-second-secret", until)
    assert [await works(SECRET), await works("the-second-secret"), await works("")] == [True, True, False]
    deployment.clock.advance(3600)
    assert [await works(SECRET), await works("the-second-secret")] == [False, True]
    await rotate("the-third-secret", None)
    assert [await works("the-second-secret"), await works("the-third-secret")] == [False, True]
    kept = str([dict(row) for row in await op.db.all("SELECT * FROM oauth_clients")])
    for secret in (SECRET, "the-second-secret", "the-third-secret"):
        assert secret not in kept
