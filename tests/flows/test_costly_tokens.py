"""Tokens that would be costly to open or ambiguous to read, at every door for tokens of others: row D03."""

import json
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from hibana_op.foundation import jose
from hibana_op.foundation.base64url import encode
from hibana_op.records.clients import Client
from tests.app_keys import asserted, assertion_claims, key_set, part, request_claims
from tests.deployment import Deployment
from tests.flows.asking import KEY, ask, is_sign_in
from tests.flows.asserting import BY_KEY, FORM
from tests.flows.journeys import error_of, refusal_of
from tests.make import CALLBACK, make_client

MOST_SECONDS, MOST_BYTES = 0.1, 5_000_000
LONGEST = 10_000  # what still fits into a request
PBES2 = {"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 2_000_000_000, "p2s": encode(b"s" * 16)}
Claims = dict[str, Any]
Published = list[dict[str, Any]]


def by_us(alg: str, published: Published) -> jose.KeySet:
    """Our keys, as whoever encrypts to us reads them."""
    return jose.read_key_set({"keys": published})


def nested(claims: Claims, published: Published, *, layers: int) -> str:
    """A good token in that many layers, each encrypted to us; fewer where it grows too long."""
    token, keys = KEY.sign(claims), by_us("ECDH-ES", published)
    for _ in range(layers):
        token = jose.encrypt(token.encode(), keys, alg="ECDH-ES", enc="A128GCM", cty="JWT")
        if len(token) > LONGEST:
            break
    return token


def deflated(_: Claims, published: Published) -> str:
    """Eight megabytes in eight kilobytes, encrypted to us."""
    jwk = next(each for each in published if each.get("use") == "enc" and each["kty"] == "EC")
    header = {"alg": "ECDH-ES", "enc": "A128GCM", "kid": jwk["kid"], "zip": "DEF"}
    key = ECKey.import_key(jwk)
    registry = jwe.JWERegistry(algorithms=["ECDH-ES", "A128GCM", "DEF"])
    return jwe.encrypt_compact(header, b"\0" * 8_000_000, key, registry=registry)


def by_password(claims: Claims, published: Published) -> str:
    """A JWE whose key would take two thousand million rounds to derive; its second part says whose it is."""
    return ".".join([part(PBES2), part(claims), encode(bytes(12)), encode(KEY.sign(claims).encode()), "A" * 22])


def by_password_inside(claims: Claims, published: Published) -> str:
    """The same, encrypted to us."""
    inner = by_password(claims, published).encode()
    return jose.encrypt(inner, by_us("ECDH-ES", published), alg="ECDH-ES", enc="A128GCM", cty="JWT")


def clear(claims: Claims, _: Published) -> str:
    """RFC 7797: signed over the payload as it is, so that readers who know nothing of it read something unsigned."""
    header = part({"alg": KEY.algorithm, "kid": KEY.kid, "b64": False, "crit": ["b64"]})
    signature = KEY.sign_bytes(f"{header}.{json.dumps(claims)}".encode())
    return f"{header}.{part(claims)}.{encode(signature)}"


BOMBS: dict[str, Callable[[Claims, Published], str]] = {
    "crit that nobody knows": lambda claims, _: KEY.sign(claims, crit=["color"], color="red"),
    "crit with what everybody knows": lambda claims, _: KEY.sign(claims, crit=["exp"], exp=1),
    "crit with thousands of names": lambda claims, _: KEY.sign(claims, crit=[f"n{each}" for each in range(1000)]),
    "b64 false": clear,
    "b64 false without crit": lambda claims, _: KEY.sign(claims, b64=False),
    "zip in a signed token": lambda claims, _: KEY.sign(claims, zip="DEF"),
    "zip in an encrypted token": deflated,
    "a JWE in a JWE": lambda claims, published: nested(claims, published, layers=2),
    "a JWE in a JWE in a JWE": lambda claims, published: nested(claims, published, layers=99),
    "PBES2": by_password,
    "PBES2 in a JWE": by_password_inside,
    "PBES2 in three segments": lambda claims, _: f"{part(PBES2)}.{part(claims)}.AAAA",
}


async def at_authorize(http: httpx2.AsyncClient, client: Client, token: str) -> bool:
    """Send a request object; whether it is refused."""
    form = {"client_id": client.client_id, "redirect_uri": CALLBACK, "request": token}
    response = await http.post("/authorize", data=form)
    return response.headers["location"].startswith(CALLBACK) and refusal_of(response) == "invalid_request_object"


async def as_hint(http: httpx2.AsyncClient, client: Client, token: str) -> bool:
    """Send a hint; whether it is refused."""
    form = {**request_claims(client, iss=None, aud=None), "id_token_hint": token}
    response = await http.post("/authorize", data=form)
    return response.headers["location"].startswith(CALLBACK) and refusal_of(response) == "invalid_request"


async def at_token(http: httpx2.AsyncClient, _: Client, token: str) -> bool:
    """Send a client assertion; whether it is refused."""
    response = await http.post("/token", data=asserted(token, **FORM))
    return response.status_code == 401 and error_of(response) == "invalid_client"


DOORS = {"request": at_authorize, "id_token_hint": as_hint, "client_assertion": at_token}


async def an_app_with_keys(deployment: Deployment) -> Client:
    """An app that signs its requests and its assertions with KEY."""
    grants = ("authorization_code", "client_credentials")
    members = {"jwks": key_set(KEY), "grant_types": grants, "client_secret_hash": None}
    return await make_client(deployment.op, token_endpoint_auth_method=BY_KEY, **members)


def claims_at(door: str, client: Client, *, now: int) -> Claims:
    """What a good token says there: only what is around it may be wrong."""
    return request_claims(client) if door == "request" else assertion_claims(client.client_id, now=now)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("bomb", BOMBS)
async def test_D03_a_token_that_would_be_costly_is_refused_cheaply(
    deployment_on_sqlite: Deployment, bomb: str, door: str
) -> None:
    op, client = deployment_on_sqlite.op, await an_app_with_keys(deployment_on_sqlite)
    async with deployment_on_sqlite.http() as http:
        published = (await http.get("/jwks")).json()["keys"]
        token = BOMBS[bomb](claims_at(door, client, now=op.now()), published)
        assert len(token) < jose.LONGEST_TOKEN

        async def attempt() -> None:
            assert await DOORS[door](http, client, token)

        await attempt()  # what is made at the first call is not what this token costs
        assert min([await seconds_of(attempt) for _ in range(3)]) < MOST_SECONDS
        assert await bytes_of(attempt) < MOST_BYTES


async def seconds_of(attempt: Callable[[], Awaitable[None]]) -> float:
    """The time that the processor spends: what the machine does beside it does not count."""
    begun = time.process_time()
    await attempt()
    return time.process_time() - begun


async def bytes_of(attempt: Callable[[], Awaitable[None]]) -> int:
    """The most memory that is held at once."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        await attempt()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


async def test_D03_the_same_tokens_without_the_trick_are_taken(deployment_on_sqlite: Deployment) -> None:
    op, client = deployment_on_sqlite.op, await an_app_with_keys(deployment_on_sqlite)
    async with deployment_on_sqlite.http() as http:
        published = (await http.get("/jwks")).json()["keys"]
        asking = claims_at("request", client, now=op.now())
        for token in (KEY.sign(asking), nested(asking, published, layers=1)):
            assert is_sign_in(await ask(deployment_on_sqlite, client, token))
        proof = asserted(KEY.sign(claims_at("client_assertion", client, now=op.now())), **FORM)
        assert (await http.post("/token", data=proof)).status_code == 200
