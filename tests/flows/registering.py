"""Registering clients as a developer does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from hibana_op.foundation.origin import Origin
from hibana_op.oauth import initial_access
from hibana_op.records import clients
from hibana_op.records.clients import Client
from tests.deployment import Deployment, deploy
from tests.make import CALLBACK

COMMAND = Origin.command("the-trace")
MOST_TOLD = {"client_secret", "client_secret_expires_at"}


@dataclass(slots=True)
class Registered:
    """A client as its developer knows it."""

    told: dict[str, Any]
    token: str = field(init=False)

    def __post_init__(self) -> None:
        self.token = self.told["registration_access_token"]

    @property
    def client_id(self) -> str:
        """Its id."""
        return str(self.told["client_id"])

    @property
    def path(self) -> str:
        """Where it is managed."""
        return f"/register/{self.client_id}"

    def metadata(self, **changes: Any) -> dict[str, Any]:
        """What a change has to send: the metadata, without what answers tell beside it; None takes a member out."""
        beside = ("client_secret", "client_secret_expires_at", "client_id_issued_at")
        sent = {
            name: value
            for name, value in self.told.items()
            if name not in beside and not name.startswith("registration_")
        }
        return {name: value for name, value in {**sent, **changes}.items() if value is not None}


async def post(deployment: Deployment, body: Any, *, token: str | None = None, **options: Any) -> httpx2.Response:
    """Send a registration request: a mapping as JSON, bytes as they are."""
    content = {"content": body} if isinstance(body, bytes) else {"json": body}
    headers = {"Content-Type": "application/json", **bearer(token), **options.pop("headers", {})}
    async with deployment.http(**options) as http:
        return await http.post("/register", headers=headers, **content)


async def register(deployment: Deployment, *, token: str | None = None, **members: Any) -> Registered:
    """Register a client, which has to succeed."""
    response = await post(deployment, {"redirect_uris": [CALLBACK], **members}, token=token)
    assert response.status_code == 201, response.text
    return Registered(response.json())


async def manage(deployment: Deployment, method: str, path: str, token: str | None, **options: Any) -> httpx2.Response:
    """Call the address of a client."""
    async with deployment.http() as http:
        return await http.request(method, path, headers=bearer(token), **options)


def bearer(token: str | None) -> dict[str, str]:
    """The header that carries a token."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}


async def initial_token(deployment: Deployment, *, max_uses: int = 1, lifetime: int = 3600) -> str:
    """An initial access token."""
    made = await initial_access.create_token(
        deployment.op, max_uses=max_uses, lifetime=lifetime, note="", origin=COMMAND
    )
    return made[1]


async def kept(deployment: Deployment, registered: Registered) -> Client:
    """The client as it rests in the database."""
    return await clients.get(deployment.op.db, registered.client_id)


async def how_many(deployment: Deployment) -> int:
    """How many clients there are."""
    row = await deployment.op.db.one("SELECT COUNT(*) AS clients FROM oauth_clients")
    return int(row["clients"]) if row else 0


@asynccontextmanager
async def open_to_all(database_url: str, tmp_path: Path, **settings: str) -> AsyncIterator[Deployment]:
    """A deployment in which everybody may register clients."""
    async with deploy(database_url, tmp_path, HIBANA_REGISTRATION="open", **settings) as deployed:
        yield deployed
