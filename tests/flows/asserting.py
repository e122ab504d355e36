"""Clients that prove themselves with a signature, and their calls."""

from typing import Any

import httpx2

from hibana_op.foundation.origin import Origin
from hibana_op.oauth import client_registry
from hibana_op.records.clients import Client
from tests.app_keys import AppKey, asserted, assertion_claims, key_set
from tests.deployment import Deployment
from tests.make import make_client

ENDPOINTS = ("/token", "/introspect", "/revoke")
FORM = {"grant_type": "client_credentials", "token": "any"}
COMMAND = Origin.command("0" * 32)
BY_KEY, BY_SECRET = "private_key_jwt", "client_secret_jwt"


async def by_key(deployment: Deployment, *keys: AppKey, **changes: Any) -> Client:
    """A client that signs with one of these keys."""
    members = {"jwks": key_set(*keys), "client_secret_hash": None, "grant_types": ("client_credentials",), **changes}
    return await make_client(deployment.op, token_endpoint_auth_method=BY_KEY, **members)


async def by_secret(deployment: Deployment, **metadata: Any) -> tuple[Client, str]:
    """A client that signs with its secret."""
    values = {"token_endpoint_auth_method": BY_SECRET, "grant_types": ["client_credentials"], **metadata}
    client, secret = await client_registry.create(deployment.op, values, COMMAND)
    assert secret is not None
    return client, secret


def claims_for(deployment: Deployment, client: Client, **changes: Any) -> dict[str, Any]:
    """What a good assertion of a client says."""
    return assertion_claims(client.client_id, now=deployment.op.now(), **changes)


async def send(deployment: Deployment, assertion: str, *, path: str = "/token", **form: str) -> httpx2.Response:
    """Call an endpoint with an assertion."""
    async with deployment.http() as http:
        return await http.post(path, data=asserted(assertion, **{**FORM, **form}))
