"""What administrators do with protected resources: register, remove, and say which client may get what."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from hibana_op.foundation import jose
from hibana_op.foundation.errors import InvalidRecord, NotFound
from hibana_op.foundation.events import (
    ResourceCreated,
    ResourceDeleted,
    ResourceGranted,
    ResourceGrantRevoked,
    ResourceUpdated,
)
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.printable import is_line
from hibana_op.oauth import signing_keys
from hibana_op.oauth.claims import supported_scopes
from hibana_op.oauth.client_registry import end_what_it_gave
from hibana_op.oauth.metadata import LONGEST_LIFETIME
from hibana_op.oauth.targets import split_scope
from hibana_op.provider import Provider
from hibana_op.records import clients, machines, resources
from hibana_op.records.clients import Client
from hibana_op.records.resources import OWN_SCOPE, ResourceServer
from hibana_op.storage.database import Session

# Whether whoever acts may: raises a refusal, in the transaction of the change.
Guard = Callable[[Session, ResourceServer], Awaitable[None]]
GrantGuard = Callable[[Session, Client, ResourceServer], Awaitable[None]]

MOST_SCOPES = 200
CHANGEABLE = frozenset(
    {
        *("name", "scopes", "signing_alg", "token_format", "token_lifetime", "allow_offline_access", "skip_consent"),
        "client_id",
    }
)
_VISIBLE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21\x22\x24-\x7e]+")


async def everybody(tx: Session, resource: ResourceServer) -> None:
    """The guard of commands: whoever has a shell on the machine may."""


async def anything(tx: Session, client: Client, resource: ResourceServer) -> None:
    """The same of grants."""


async def create(op: Provider, resource: ResourceServer, origin: Origin, *, guard: Guard = everybody) -> ResourceServer:
    """Register a resource, once it is known to be sound."""
    await op.db.glance(lambda tx: guard(tx, resource))
    if resource.identifier.rstrip("/") == op.issuer:
        raise InvalidRecord("the issuer itself cannot be a resource: its own tokens are for its own endpoints")
    await _provide(op, resource)

    async def write(tx: Session) -> None:
        await guard(tx, resource)
        await resources.insert(tx, resource)
        event = ResourceCreated(target_id=resource.id, tenant_id=resource.tenant_id, identifier=resource.identifier)
        await op.emit(tx, event, origin)

    await op.db.transact(write)
    return resource


async def update(
    op: Provider, resource_id: str, changes: Mapping[str, Any], origin: Origin, *, guard: Guard = everybody
) -> ResourceServer:
    """Change a resource; what apps name it by stays."""
    before = await resources.get(op.db, resource_id)
    await op.db.glance(lambda tx: guard(tx, before))
    _check_foreign(before)
    for name in changes.keys() - CHANGEABLE:
        raise InvalidRecord(f"{name} cannot be changed")
    after = replace(before, **changes, updated_at=op.now())
    await _provide(op, after)

    async def write(tx: Session) -> None:
        await guard(tx, before)
        await resources.update(tx, after)
        event = ResourceUpdated(
            target_id=after.id,
            tenant_id=after.tenant_id,
            identifier=after.identifier,
            fields=tuple(sorted(name for name in changes if getattr(before, name) != getattr(after, name))),
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)
    return after


async def _provide(op: Provider, resource: ResourceServer) -> None:
    """See that a resource is sound, and that there is a key for its tokens."""
    _check(resource)
    identity = supported_scopes(await op.remembered.mappings())
    for value in resource.scope_values:
        if value in identity:
            raise InvalidRecord(f"the scope {value} is about people's accounts and cannot belong to an API")
    if resource.client_id is not None:
        client = await clients.get(op.db, resource.client_id)
        if resource.tenant_id not in (None, client.tenant_id):
            raise NotFound(f"no client has the id {resource.client_id}")
    await signing_keys.provide(op, resource.signing_alg)


def _check_foreign(resource: ResourceServer) -> None:
    if resource.is_own:
        raise InvalidRecord("the management API is a part of the deployment and stays as it is")


def _check(resource: ResourceServer) -> None:
    if not _is_identifier(resource.identifier):
        raise InvalidRecord("identifier must be an absolute URI without a fragment (RFC 8707 §2)")
    if resource.signing_alg not in jose.SIGNING_ALGORITHMS:
        raise InvalidRecord(f"signing_alg must be one of: {', '.join(jose.SIGNING_ALGORITHMS)}")
    if resource.token_lifetime is not None and not 1 <= resource.token_lifetime <= LONGEST_LIFETIME:
        raise InvalidRecord(f"token_lifetime must be 1 to {LONGEST_LIFETIME} seconds")
    if not resource.name.strip() or len(resource.name) > 200 or not is_line(resource.name):
        raise InvalidRecord("name must have 1 to 200 printable characters")
    if OWN_SCOPE in resource.scope_values:
        raise InvalidRecord(f"the scope {OWN_SCOPE} is that of the management API")
    if len(resource.scopes) > MOST_SCOPES or len(resource.scope_values) != len(resource.scopes):
        raise InvalidRecord(f"scopes must be at most {MOST_SCOPES}, each once")
    for value, description in resource.scopes:
        if split_scope(value) != (value,) or len(value) > 128:
            raise InvalidRecord("a scope is a word of printable ASCII without quotes or backslashes")
        if len(description) > 500 or not is_line(description):
            raise InvalidRecord("a scope's description has at most 500 printable characters")


def _is_identifier(uri: str) -> bool:
    """Whether this is an absolute URI without a fragment, with nothing in it that a URI cannot hold."""
    if len(uri) > 2048 or not _VISIBLE.fullmatch(uri):
        return False
    try:
        urlsplit(uri).port  # noqa: B018 - reading it is the check
    except ValueError:
        return False
    return True


async def delete(op: Provider, id_or_identifier: str, origin: Origin, *, guard: Guard = everybody) -> ResourceServer:
    """Remove a resource; tokens for it can no longer be had."""
    resource = await resources.get(op.db, id_or_identifier)
    _check_foreign(resource)

    async def write(tx: Session) -> None:
        await guard(tx, resource)
        if not await resources.delete(tx, resource.id):
            raise NotFound(f"no resource is registered as {id_or_identifier}")
        event = ResourceDeleted(target_id=resource.id, tenant_id=resource.tenant_id, identifier=resource.identifier)
        await op.emit(tx, event, origin)

    await op.db.transact(write)
    return resource


async def allow(
    op: Provider,
    id_or_identifier: str,
    *,
    client_id: str,
    scopes: Sequence[str],
    origin: Origin,
    guard: GrantGuard = anything,
) -> ResourceServer:
    """Set the ceiling of what a client may get for a resource: these scopes, or all when none is named."""
    resource = await resources.get(op.db, id_or_identifier)
    client = await clients.get(op.db, client_id)
    await op.db.glance(lambda tx: guard(tx, client, resource))
    ceiling = frozenset(scopes) or resource.scope_values
    for scope in ceiling - resource.scope_values:
        raise InvalidRecord(f"the resource has no scope {scope}")

    async def write(tx: Session) -> None:
        await guard(tx, client, resource)
        await resources.grant(tx, client_id, resource.id, scopes=ceiling, now=op.now())
        event = ResourceGranted(
            target_id=resource.id, tenant_id=client.tenant_id, client=client_id, scopes=tuple(sorted(ceiling))
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)
    return replace(resource, scopes=tuple(pair for pair in resource.scopes if pair[0] in ceiling))


async def disallow(
    op: Provider, id_or_identifier: str, *, client_id: str, origin: Origin, guard: GrantGuard = anything
) -> None:
    """Take a client's grant for a resource away."""
    resource = await resources.get(op.db, id_or_identifier)

    async def write(tx: Session) -> None:
        client = await clients.get(tx, client_id)
        await guard(tx, client, resource)
        acted = await machines.acts(tx, client)
        if not await resources.revoke_grant(tx, client_id, resource.id):
            raise NotFound("this client has no grant for this resource")
        if acted and not await machines.acts(tx, client):
            await end_what_it_gave(op, tx, client, origin)
        event = ResourceGrantRevoked(target_id=resource.id, tenant_id=client.tenant_id, client=client_id)
        await op.emit(tx, event, origin)

    await op.db.transact(write)
