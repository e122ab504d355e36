"""What a worker keeps in memory of the records that change rarely, dropped within a second of a change.

Clients, resources, grants, mappings and keys are read at nearly every request and written by people. Each
write raises `registry_version` in its own transaction; a worker asks for that number at most once a second.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from hibana_op.foundation.clock import Clock
from hibana_op.foundation.errors import InvalidRecord
from hibana_op.foundation.vault import Unsealable, Vault
from hibana_op.records import (
    clients,
    keyring,
    permissions,
    registry,
    resources,
    scope_mappings,
    tenant_settings,
    tenants,
)
from hibana_op.records.clients import Client
from hibana_op.records.keyring import Keyring
from hibana_op.records.permissions import Catalogue
from hibana_op.records.resources import ResourceServer
from hibana_op.records.scope_mappings import ScopeMapping
from hibana_op.records.tenants import SYSTEM, Tenant
from hibana_op.storage.database import Database

T = TypeVar("T")

_log = logging.getLogger(__name__)

FRESH_FOR = 0.9  # seconds; with the read itself, a change is seen everywhere within one second
MOST_ENTRIES = 20_000
BRAND = "Hibana"  # of a deployment that has chosen no name of its own


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
        self.brand = BRAND  # what the deployment calls itself, as of the last question

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

    async def tenant(self, tenant_id: str) -> Tenant | None:
        """The tenant with this id, while it is open."""
        found = await self._keep(("tenant", tenant_id), lambda: tenants.find(self._db, tenant_id))
        return found if found is not None and found.is_open(now=self._clock.now()) else None

    async def tenant_called(self, slug: str) -> Tenant | None:
        """The same, by its slug."""
        found = await self._keep(("slug", slug), lambda: tenants.find_by_slug(self._db, slug))
        return found if found is not None and found.is_open(now=self._clock.now()) else None

    async def catalogue(self) -> Catalogue:
        """The catalogue of permissions."""
        return await self._keep("permissions", lambda: permissions.catalogue(self._db))

    async def keyring(self) -> Keyring:
        """The keys that sign and verify."""
        return await self._keep("keyring", self._load_keyring)

    async def made(self, name: str, make: Callable[[], Awaitable[T]], *, most: int = MOST_ENTRIES) -> T:
        """A document made from the registry (discovery, JWKS), kept until something changes.

        `make` asks for what it stands on itself: what was asked before may be older. `most`: what is large is kept
        only while there are so few entries.
        """
        return await self._keep(("made", name), make, most=most)

    def forget(self) -> None:
        """Drop everything; the next question is answered from the database."""
        self._kept.clear()
        self._checked_at = float("-inf")

    async def _is_open(self, tenant_id: str | None) -> bool:
        """Whether a tenant is open at this moment: a plan runs out by the clock, and nothing is written then."""
        return tenant_id is None or await self.tenant(tenant_id) is not None

    async def _load_keyring(self) -> Keyring:
        try:
            self._keyring = await keyring.load(self._db, self._vault, now=self._clock.now())
        except Unsealable:
            # The master key was changed under a server that runs: it goes on with what it has opened.
            if self._keyring is None:
                raise
            _log.warning("the signing keys rest under another master key; start this server anew with it")
        return self._keyring

    async def _keep(self, key: object, read: Callable[[], Awaitable[T]], *, most: int = MOST_ENTRIES) -> T:
        await self.catch_up()
        if key in self._kept:
            return self._kept[key]  # type: ignore[no-any-return]
        version = self._version
        value = await read()
        # A miss is not kept, so that a client or resource registered a moment ago is found at once.
        if value is not None and version == self._version and len(self._kept) < most:
            self._kept[key] = value
        return value

    async def catch_up(self) -> None:
        """Drop what has changed, where nobody has asked for a second."""
        if time.monotonic() - self._checked_at <= FRESH_FOR:
            return
        asked_at = time.monotonic()
        version = await registry.version(self._db)
        if version != self._version:
            self.brand = await _brand(self._db)
            self._kept.clear()
            self._version = version
        self._checked_at = asked_at


async def _brand(db: Database) -> str:
    system = await tenants.find(db, SYSTEM)
    try:
        chosen = tenant_settings.read(system.settings).branding.name if system is not None else None
    except InvalidRecord:  # settings that cannot be read are said by whoever needs them
        chosen = None
    return chosen or BRAND
