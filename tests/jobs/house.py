"""A provider without its server, so that only the test tells apps, and the server of an app."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from joserfc import jws
from joserfc.jwk import KeySet

from hibana_op.config import load
from hibana_op.jobs.logout import tell_one
from hibana_op.oauth import logout_tokens
from hibana_op.provider import Provider, open_provider
from hibana_op.records import audit_log, logout_deliveries, session_clients, sessions
from hibana_op.records.clients import Client
from hibana_op.records.logout_deliveries import LogoutDelivery
from hibana_op.records.sessions import Session
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db
from tests import schema
from tests.clock import FrozenClock
from tests.flows.journeys import header_of
from tests.foundation.certificates import Authority
from tests.foundation.strangers import Stranger, stranger
from tests.make import make_client, make_session, make_user
from tests.schema import ISSUER, MASTER_KEY, Stage


@dataclass(slots=True)
class House:
    """Both, and what passes between them."""

    op: Provider
    clock: FrozenClock
    app: Stranger

    async def client(self, path: str = "/ok", **changes: Any) -> Client:
        """An app that is told at this path."""
        return await make_client(self.op, backchannel_logout_uri=self.app.url(path, host="localhost"), **changes)

    async def ended(self, *apps: Client, user: User | None = None) -> Session:
        """A session in which some apps took part, and that has just ended."""
        session = await make_session(self.op, user or await make_user(self.op))

        async def write(tx: Db) -> None:
            for app in apps:
                await session_clients.note(tx, session.id, app.client_id, now=self.op.now())
            await sessions.revoke(tx, session.id, now=self.op.now())

        await self.op.db.transact(write)
        return session

    async def tell(self, client: Client) -> bool:
        """One attempt."""
        return await tell_one(self.op, logout_tokens.make, client.client_id)

    async def delivery(self, session: Session) -> LogoutDelivery:
        """What became of the only delivery of a session."""
        (found,) = await logout_deliveries.of_session(self.op.db, session.id)
        return found

    async def is_told(self, session: Session) -> bool:
        """Whether every app of a session was told."""
        return all(each.delivered_at for each in await logout_deliveries.of_session(self.op.db, session.id))

    def told(self, number: int = -1) -> str:
        """The token of a request that the app got."""
        fields = parse_qsl(self.app.bodies[number].decode(), strict_parsing=True)
        assert [name for name, _ in fields] == ["logout_token"]
        return fields[0][1]

    async def opened(self, token: str, algorithm: str) -> dict[str, Any]:
        """The claims of a logout token, checked as an app does."""
        keys = KeySet.import_key_set(json.loads((await self.op.remembered.keyring()).jwks(self.op.now())))
        assert header_of(token)["typ"] == "logout+jwt"
        claims: dict[str, Any] = json.loads(jws.deserialize_compact(token, keys, algorithms=[algorithm]).payload)
        return claims

    async def outcomes(self) -> list[tuple[str, dict[str, Any]]]:
        """What the audit log says of deliveries, the earliest first."""
        entries = [entry async for entry in audit_log.forwards(self.op.db)]
        return [(each.action, each.metadata) for each in entries if each.action.startswith("client:logout:")]


@asynccontextmanager
async def open_house(database_url: str, authority: Authority) -> AsyncIterator[House]:
    """Both on a fresh database."""
    environ = {
        "HIBANA_ISSUER": ISSUER,
        "HIBANA_DATABASE_URL": database_url,
        "HIBANA_MASTER_KEY": MASTER_KEY,
        "HIBANA_OUTBOUND_ALLOW": "localhost",
        "HIBANA_OUTBOUND_CA_FILE": str(authority.file),
    }
    await schema.bring(database_url, Stage.STARTED)
    clock = FrozenClock()
    op = await open_provider(load(environ, file=None, flags={}, mode="serve"), clock=clock, cheap_passwords=True)
    async with stranger(authority.server("localhost")) as app:
        yield House(op, clock, app)
    await op.close()
