"""Clients that show their keys at an address and change them when they like: row D04, Core §10.1."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx2

from hibana_op.foundation.documents import KEYS_FRESH_FOR, POLITE_SECONDS
from hibana_op.oauth import client_keys
from hibana_op.oauth.authentication import FAILED
from hibana_op.records import clients
from hibana_op.records.clients import Client
from tests.app_keys import AppKey, asserted, assertion_claims, key_set
from tests.app_server import AppServer
from tests.deployment import Deployment
from tests.make import make_client

KIDS: list[Any] = [
    *("../../etc/passwd", "..", "/", "' OR 1=1 --", "k" * 10_240, "", " ", "\0", "https://evil.example/keys", "é"),
    *(7, 1.5, True, [], ["the key"], {}, {"kid": "the key"}),
]


async def client_at(deployment: Deployment, address: str) -> Client:
    """A client with its keys at an address."""
    members = {"client_secret_hash": None, "grant_types": ("client_credentials",)}
    return await make_client(deployment.op, token_endpoint_auth_method="private_key_jwt", jwks_uri=address, **members)


async def send(deployment: Deployment, client: Client, key: AppKey, **header: Any) -> httpx2.Response:
    """Ask for a token with a fresh assertion."""
    assertion = key.sign(assertion_claims(client.client_id, now=deployment.op.now()), **header)
    async with deployment.http() as http:
        return await http.post("/token", data=asserted(assertion, grant_type="client_credentials"))


async def works(deployment: Deployment, client: Client, key: AppKey, **header: Any) -> bool:
    """Whether a key proves the client; a refusal tells nothing of what was fetched."""
    response = await send(deployment, client, key, **header)
    assert response.status_code == 200 or response.json()["error_description"] == FAILED, response.text
    return response.status_code == 200


async def test_keys_are_fetched_once_and_then_remembered(reaching_apps: Deployment, app_site: AppServer) -> None:
    key = AppKey("RS256")
    client = await client_at(reaching_apps, app_site.show("/keys", key_set(key)))

    assert await asyncio.gather(*(works(reaching_apps, client, key) for _ in range(10))) == [True] * 10
    assert app_site.asked == ["/keys"]


async def test_a_client_that_changes_its_key_is_understood_at_once(
    reaching_apps: Deployment, app_site: AppServer
) -> None:
    old, new = AppKey("RS256"), AppKey("RS256")
    client = await client_at(reaching_apps, app_site.show("/keys", key_set(old)))
    assert await works(reaching_apps, client, old)
    app_site.show("/keys", key_set(new))
    assert await works(reaching_apps, client, new)
    assert not await works(reaching_apps, client, old)
    assert len(app_site.asked) == 2

    app_site.show("/keys", key_set(old))
    assert not await works(reaching_apps, client, old)
    reaching_apps.clock.advance(POLITE_SECONDS)
    assert await works(reaching_apps, client, old)
    assert len(app_site.asked) == 3


async def test_a_key_that_was_withdrawn_stops_counting(reaching_apps: Deployment, app_site: AppServer) -> None:
    stolen, kept = AppKey(), AppKey()
    client = await client_at(reaching_apps, app_site.show("/keys", key_set(stolen, kept)))
    assert await works(reaching_apps, client, stolen)
    app_site.show("/keys", key_set(kept))
    reaching_apps.clock.advance(KEYS_FRESH_FOR)
    assert not await works(reaching_apps, client, stolen)
    assert await works(reaching_apps, client, kept)


async def test_a_token_without_a_kid_is_held_against_the_keys_that_fit(
    reaching_apps: Deployment, app_site: AppServer
) -> None:
    one, other, stranger = AppKey(), AppKey(), AppKey()
    client = await client_at(reaching_apps, app_site.show("/keys", key_set(AppKey("RS256"), one, other)))
    assert await works(reaching_apps, client, one, kid=None)
    assert await works(reaching_apps, client, other, kid=None)
    assert not await works(reaching_apps, client, stranger, kid=None)
    assert app_site.asked == ["/keys"]


async def test_D04_a_storm_of_unknown_kids_makes_no_storm_of_fetches(
    reaching_apps: Deployment, app_site: AppServer
) -> None:
    key = AppKey()
    client = await client_at(reaching_apps, app_site.show("/keys", key_set(key)))
    for start in range(0, 1000, 50):
        kids = [f"random {number}" for number in range(start, start + 50)]
        assert not any(await asyncio.gather(*(works(reaching_apps, client, key, kid=kid) for kid in kids)))
    assert len(app_site.asked) == 2
    assert await works(reaching_apps, client, key)
    assert len(app_site.asked) == 2


async def test_D04_a_kid_is_never_more_than_a_name(reaching_apps: Deployment, app_site: AppServer) -> None:
    key = AppKey(kid="the key")
    client = await client_at(reaching_apps, app_site.show("/keys", key_set(key)))
    for kid in KIDS:
        assert not await works(reaching_apps, client, key, kid=kid), repr(kid)
        reaching_apps.clock.advance(POLITE_SECONDS)
    assert set(app_site.asked) == {"/keys"}
    assert await works(reaching_apps, client, key)


async def test_D04_keys_are_kept_while_their_server_is_down(reaching_apps: Deployment, app_site: AppServer) -> None:
    key = AppKey()
    client = await client_at(reaching_apps, app_site.show("/keys", key_set(key)))
    assert await works(reaching_apps, client, key)
    app_site.show("/keys", "<h1>Sorry</h1>", kind="text/html", status=503)
    assert not await works(reaching_apps, client, key, kid="unknown")
    assert await works(reaching_apps, client, key)
    reaching_apps.clock.advance(KEYS_FRESH_FOR)
    assert await works(reaching_apps, client, key)


async def test_keys_that_cannot_be_had_prove_nothing(reaching_apps: Deployment, app_site: AppServer) -> None:
    key = AppKey()
    for address in (
        app_site.url("/nothing"),
        app_site.show("/page", "<html>", kind="text/html"),
        app_site.show("/secret", {"keys": [{**key.jwk, "d": "AAAA"}]}),
        "https://127.0.0.1:1/keys",
        "https://10.0.0.1/keys",
        "https://nowhere.invalid/keys",
    ):
        client = await client_at(reaching_apps, address)
        assert not await works(reaching_apps, client, key), address


async def test_nothing_is_fetched_for_what_could_never_count(reaching_apps: Deployment, app_site: AppServer) -> None:
    key = AppKey()
    client = await client_at(reaching_apps, app_site.show("/keys", key_set(key)))
    for header in ({"alg": "none"}, {"alg": "HS256"}, {"alg": "XS256"}, {"crit": ["x"]}, {"alg": 7}):
        assert not await works(reaching_apps, client, key, **header)
    assert app_site.asked == []


async def test_registered_keys_that_cannot_be_read_prove_nothing(deployment_on_sqlite: Deployment) -> None:
    key = AppKey()
    members = {"client_secret_hash": None, "grant_types": ("client_credentials",), "jwks": {"keys": [{"kty": "RSA"}]}}
    op = deployment_on_sqlite.op
    client = await make_client(op, token_endpoint_auth_method="private_key_jwt", **members)
    assert not await works(deployment_on_sqlite, client, key)


async def test_a_key_that_was_replaced_is_not_kept_for_whoever_asks_with_the_client_of_before(
    deployment: Deployment,
) -> None:
    op, old, new = deployment.op, AppKey(kid="old"), AppKey(kid="new")
    members = {"client_secret_hash": None, "grant_types": ("client_credentials",)}
    before = await make_client(op, token_endpoint_auth_method="private_key_jwt", jwks=key_set(old), **members)
    after = replace(before, jwks=key_set(new))
    await op.db.transact(lambda tx: clients.update(tx, after))
    op.remembered.forget()

    for known in (before, after):
        found = await client_keys.find(op, known, lambda keys: True)
        assert [key.kid for key in found.keys] == ["new"]
