"""Apps that ask with a request object, and whether they are heard."""

from typing import Any
from urllib.parse import urlencode

import httpx2

from hibana_op.records.clients import Client
from tests.app_keys import AppKey, key_set
from tests.deployment import Deployment
from tests.make import make_client

KEY = AppKey("RS256")
NOW = 1_800_000_000


async def an_app(deployment: Deployment, **changes: Any) -> Client:
    """An app that signs with KEY."""
    return await make_client(deployment.op, **{"jwks": key_set(KEY), **changes})


async def ask(deployment: Deployment, client: Client, token: str, **outside: Any) -> httpx2.Response:
    """Send a browser with a request object, and as little beside it as Core §6.1 allows."""
    parameters = {"client_id": client.client_id, "response_type": "code", "scope": "openid", "request": token}
    present = {name: value for name, value in {**parameters, **outside}.items() if value is not None}
    return await deployment.browser().get(f"/authorize?{urlencode(present, doseq=True)}")


def is_sign_in(response: httpx2.Response) -> bool:
    """Whether the request was good, so that the person is asked to sign in."""
    return response.status_code == 200 and "/login" in str(response.url)
