"""What a worker keeps in memory of the records that change rarely, dropped within a second of a change.

Clients, resources, grants, mappings and keys are read at nearly every request and written by people. Each
write raises `registry_version` in its own transaction; a worker asks for that number at most once a second.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from hibana_op.foundation.clock import Clock
from hibana_op.foundation.vault import Unsealable, Vault
from hibana_op.records import clients, keyring, permissions, registry, resources, scope_mappings, tenants
from hibana_op.records.clients import Client
from hibana_op.records.keyring import Keyring
from hibana_op.records.permissions import Catalogue
from hibana_op.records.resources import ResourceServer
from hibana_op.records.scope_mappings import ScopeMapping
from hibana_op.storage.database import Database

T = TypeVar("T")

_log = logging.getLogger(__name__)

FRESH_FOR = 0.9  # seconds; with the read itself, a change is seen everywhere within one second
MOST_ENTRIES = 20_000


class Remembered:
    """Read-through memory of the registry."""

    def __init__(self, db: Database, vault: Vault, clock: Clock) -> None:
        self._db = db
        self._vault = vault
        self._clock = clock
        self._version = -1
        self._checked_at = float("-inf")
        self._kept: dict[object, Any] = {}
        self._keyring: Keyring | None = None

    async def client(self, client_id: str) -> Client | None:
        """The client with this id, while its tenant is open."""
        now = self._clock.now()
        found = await self._keep(("client", client_id), lambda: clients.find_usable(self._db, client_id, now=now))
        return found if found is not None and await self._is_open(found.tenant_id) else None

    async def resource(self, identifier: str) -> ResourceServer | None:
        """The resource that is registered under this identifier, while its tenant is open."""
        now = self._clock.now()
        found = await self._keep(
            ("resource", identifier), lambda: resources.find_by_identifier(self._db, identifier, now=now)
        )
        return found if found is not None and await self._is_open(found.tenant_id) else None

    async def every_resource(self) -> list[ResourceServer]:
        """All resources."""
        return await self._keep("resources", lambda: resources.every(self._db))

    async def resource_by_id(self, resource_id: str) -> ResourceServer | None:
        """The resource with this id, while its tenant is open."""
        found = await self._keep(("resource id", resource_id), lambda: resources.find(self._db, resource_id))
        return found if found is not None and await self._is_open(found.tenant_id) else None

    async def grants(self, client_id: str) -> dict[str, frozenset[str]]:
        """The ceilings of a client, by the id of the resource."""
        return await self._keep(("grants", client_id), lambda: resources.grants_of(self._db, client_id))

    async def mappings(self) -> list[ScopeMapping]:
        """All scope mappings."""
        return await self._keep("mappings", lambda: scope_mappings.every(self._db))

    async def catalogue(self) -> Catalogue:
        """The catalogue of permissions."""
        return await self._keep("permissions", lambda: permissions.catalogue(self._db))

    async def keyring(self) -> Keyring:
        """The keys that sign and verify."""
        return await self._keep("keyring", self._load_keyring)

    async def made(self, name: str, make: Callable[[], Awaitable[T]]) -> T:
        """A document made from the registry (discovery, JWKS), kept until something changes."""
        return await self._keep(("made", name), make)

    def forget(self) -> None:
        """Drop everything; the next question is answered from the database."""
        self._kept.clear()
        self._checked_at = float("-inf")

    async def _is_open(self, tenant_id: str | None) -> bool:
        """Whether a tenant is open at this moment: a plan runs out by the clock, and nothing is written then."""
        if tenant_id is None:
            return True
        tenant = await self._keep(("tenant", tenant_id), lambda: tenants.find(self._db, tenant_id))
        return tenant is not None and tenant.is_open(now=self._clock.now())

    async def _load_keyring(self) -> Keyring:
        try:
            self._keyring = await keyring.load(self._db, self._vault, now=self._clock.now())
        except Unsealable:
            # The master key was changed under a server that runs: it goes on with what it has opened.
            if self._keyring is None:
                raise
            _log.warning("the signing keys rest under another master key; start this server anew with it")
        return self._keyring

    async def _keep(self, key: object, read: Callable[[], Awaitable[T]]) -> T:
        if time.monotonic() - self._checked_at > FRESH_FOR:
            await self._refresh()
        if key in self._kept:
            return self._kept[key]  # type: ignore[no-any-return]
        version = self._version
        value = await read()
        # A miss is not kept, so that a client or resource registered a moment ago is found at once.
        if value is not None and version == self._version and len(self._kept) < MOST_ENTRIES:
            self._kept[key] = value
        return value

    async def _refresh(self) -> None:
        asked_at = time.monotonic()
        version = await registry.version(self._db)
        if version != self._version:
            self._kept.clear()
            self._version = version
        self._checked_at = asked_at
