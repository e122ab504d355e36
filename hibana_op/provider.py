"""The Provider: everything a rule needs, passed as the first argument and never fetched."""

import dataclasses
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from hibana_op.config import Settings
from hibana_op.foundation import documents
from hibana_op.foundation.allowance import Allowances
from hibana_op.foundation.bell import Bell
from hibana_op.foundation.clock import Clock, SystemClock
from hibana_op.foundation.documents import Documents
from hibana_op.foundation.errors import WrongSettings
from hibana_op.foundation.events import Event
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.jose import KeySet, Signer
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.outbound import Outbound
from hibana_op.foundation.passwords import Passwords
from hibana_op.foundation.seldom import Seldom
from hibana_op.foundation.turns import Turns
from hibana_op.foundation.vault import Unsealable, Vault, parse_master_key
from hibana_op.records import audit_log, deployment_secrets, keyring, resources
from hibana_op.records.audit_log import AuditEntry
from hibana_op.records.remembered import Remembered
from hibana_op.records.resources import OWN_API, OWN_SCOPE, ResourceServer
from hibana_op.storage import migrate, open_database
from hibana_op.storage.database import Database, Session

WRONG_MASTER_KEY = (
    "HIBANA_MASTER_KEY does not open the secrets in this database; give the key they were sealed with, or put "
    "it into HIBANA_MASTER_KEY_PREVIOUS when the key was changed"
)
_EVENT_FIELDS = frozenset({"user_id", "client_id", "target_id", "tenant_id"})


@dataclass(frozen=True, slots=True)
class Provider:
    """One deployment, open and ready."""

    settings: Settings
    db: Database
    vault: Vault
    clock: Clock
    remembered: Remembered
    signer: Signer
    passwords: Passwords
    turns: Turns
    outbound: Outbound
    key_sets: Documents[KeySet]
    request_objects: Documents[str]
    upstream_metadata: Documents[dict[str, Any]]
    upstream_keys: Documents[KeySet]
    seldom: Seldom
    audit_key: bytes = field(repr=False)
    form_key: bytes = field(repr=False)
    pairwise_key: bytes = field(repr=False)
    logout_bell: Bell = field(default_factory=Bell, repr=False)
    allowances: Allowances = field(default_factory=Allowances, repr=False)

    @property
    def issuer(self) -> str:
        """The issuer, as it stands in every token."""
        return self.settings.issuer

    def now(self) -> int:
        """The time in epoch seconds."""
        return self.clock.now()

    async def emit(self, tx: Session, event: Event, origin: Origin) -> None:
        """Write an event to the audit log, in the transaction of the change and as its last statement."""
        await audit_log.append(tx, _entry(event, origin, self.now()), key=self.audit_key)

    async def close(self) -> None:
        """Let go of threads and connections."""
        self.signer.close()
        self.passwords.close()
        await self.outbound.close()
        await self.db.close()


def _entry(event: Event, origin: Origin, now: int) -> AuditEntry:
    kind: Any = type(event)
    told = {name: getattr(event, name) for name in _told_by(kind)}
    return AuditEntry(
        id=uuid7(),
        created_at=now,
        action=event.tag,
        outcome=event.outcome,
        actor_kind=_actor_kind(event, origin),
        user_id=event.user_id or origin.user_id,
        impersonator_id=origin.impersonator_id,
        client_id=event.client_id or origin.client_id,
        tenant_id=event.tenant_id,
        resource_type=event.target if event.target_id else None,
        resource_id=event.target_id,
        ip_address=origin.ip,
        user_agent=origin.user_agent,
        trace_id=origin.trace_id,
        metadata={name: value for name, value in told.items() if value is not None},
    )


@cache
def _told_by(kind: Any) -> tuple[str, ...]:
    """What an event says beside whom and what it is about, which have columns of their own."""
    return tuple(field.name for field in dataclasses.fields(kind) if field.name not in _EVENT_FIELDS)


def _actor_kind(event: Event, origin: Origin) -> str:
    if origin.is_command:
        return "command"
    if event.user_id or origin.user_id:
        return "user"
    return "client" if event.client_id or origin.client_id else "system"


async def open_provider(settings: Settings, *, clock: Clock | None = None, cheap_passwords: bool = False) -> Provider:
    """Open the database and read or make what the deployment stands on: its secrets and its signing keys."""
    clock = clock or SystemClock()
    vault = Vault([parse_master_key(key.reveal()) for key in settings.require_master_keys()])
    db = await open_database(settings.database_url.reveal())
    try:
        await _bring_schema(db)
        audit_key = await _deployment_secret(db, vault, "audit", now=clock.now())
        form_key = await _deployment_secret(db, vault, "forms", now=clock.now())
        pairwise_key = await _deployment_secret(db, vault, "pairwise", now=clock.now())
        await keyring.ensure_keys(db, vault, now=clock.now())
        await keyring.load(db, vault, now=clock.now())
        await _ensure_own_api(db, settings.issuer, now=clock.now())
        remembered = Remembered(db, vault, clock)
        await remembered.catch_up()
    except Unsealable:
        await db.close()
        raise WrongSettings([WRONG_MASTER_KEY]) from None
    except BaseException:
        await db.close()
        raise
    outbound = Outbound(allow=settings.outbound.allow, ca_file=settings.outbound.ca_file)
    return Provider(
        settings=settings,
        db=db,
        vault=vault,
        clock=clock,
        remembered=remembered,
        signer=Signer(),
        passwords=Passwords(cheap=cheap_passwords),
        turns=Turns(),
        outbound=outbound,
        key_sets=documents.key_sets(outbound, clock),
        request_objects=documents.request_objects(outbound, clock),
        upstream_metadata=documents.provider_metadata(outbound, clock),
        upstream_keys=documents.key_sets(outbound, clock, plain_here=True),
        seldom=Seldom(seconds=3600),
        audit_key=audit_key,
        form_key=form_key,
        pairwise_key=pairwise_key,
    )


async def _bring_schema(db: Database) -> None:
    """An embedded database follows the program by itself; a server's is migrated by its administrator."""
    if db.engine == "sqlite":
        await migrate.up(db)
    await migrate.require_current(db)


async def _ensure_own_api(db: Database, issuer: str, *, now: int) -> None:
    """The management API is a resource like any other, so that apps get tokens for it in the usual way."""
    own = ResourceServer(
        id=OWN_API,
        identifier=f"{issuer}/api/v1",
        name="Hibana",
        signing_alg="ES256",
        skip_consent=False,
        scopes=((OWN_SCOPE, "Manage this deployment, as far as you may yourself"),),
        created_at=now,
        updated_at=now,
    )
    if await resources.find_by_identifier(db, own.identifier, now=now) is None and not await db.transact(
        lambda tx: resources.ensure_own(tx, own)
    ):
        raise WrongSettings([f"another resource is registered as {own.identifier}, which is the management API's own"])


async def _deployment_secret(db: Database, vault: Vault, name: str, *, now: int) -> bytes:
    """A random key of this deployment; the first worker that needs it makes it."""
    sealed = await deployment_secrets.find(db, name)
    if sealed is None:
        fresh = vault.seal(urlsafe_b64encode(secrets.token_bytes(32)), sealed_name(name))
        await deployment_secrets.insert_once(db, name, sealed=fresh, now=now)
        sealed = await deployment_secrets.find(db, name)
    if sealed is None:
        raise RuntimeError(f"the deployment secret {name} could not be kept")
    return opened_secret(vault, name, sealed)


def opened_secret(vault: Vault, name: str, sealed: str) -> bytes:
    """The deployment secret that rests sealed in the row of this name."""
    return urlsafe_b64decode(vault.open(sealed, sealed_name(name)))


def sealed_name(name: str) -> str:
    """What binds a sealed deployment secret to its row."""
    return f"deployment_secrets:sealed:{name}"
