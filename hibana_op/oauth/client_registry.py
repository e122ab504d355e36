"""What administrators do with clients: register, change, give a new secret, remove."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from hibana_op.foundation.errors import InvalidClientMetadata, NotFound
from hibana_op.foundation.events import ClientCreated, ClientDeleted, ClientSecretRotated, ClientUpdated
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.oauth import client_checks, client_secrets, metadata
from hibana_op.provider import Provider
from hibana_op.records import clients, given_seats, machines
from hibana_op.records.clients import Client
from hibana_op.storage.database import Session

# Whether whoever acts may: raises a refusal, in the transaction of the change. A client that is to be has no
# `before`, one that goes has no `after`.
Guard = Callable[[Session, Client | None, Client | None], Awaitable[None]]

# A rotated secret may go on counting for at most this long.
LONGEST_OVERLAP = 30 * 86400


async def everybody(tx: Session, before: Client | None, after: Client | None) -> None:
    """The guard of commands: whoever has a shell on the machine may."""


def draft(op: Provider, values: Mapping[str, Any], tenant_id: str | None = None) -> Client:
    """A new client from metadata, with the defaults of RFC 7591 §2 for what is left out."""
    given = metadata.read_members(values, by_administrator=True)
    members = {"profile": op.settings.profile, **metadata.complete(given, with_refresh=True)}
    now = op.now()
    made = Client(client_id=uuid7(), tenant_id=tenant_id, created_at=now, updated_at=now, **members)
    return metadata.check_together(made)


async def create(
    op: Provider,
    values: Mapping[str, Any],
    origin: Origin,
    *,
    tenant_id: str | None = None,
    guard: Guard = everybody,
) -> tuple[Client, str | None]:
    """Register a client, perhaps of a tenant; its secret, if it has one, is returned this once."""
    client = draft(op, values, tenant_id)
    # Before anything is fetched or made for it, and again where it counts.
    await op.db.glance(lambda tx: guard(tx, None, client))
    await client_checks.check_here(op, client)
    await client_checks.provide_keys(op, client)
    secret = client_secrets.make(op, client)
    if secret is not None:
        client = replace(client, client_secret_hash=secret.hashed, client_secret_sealed=secret.sealed)

    async def write(tx: Session) -> None:
        await guard(tx, None, client)
        await clients.insert(tx, client)
        await op.emit(tx, ClientCreated(target_id=client.client_id, tenant_id=tenant_id), origin)

    await op.db.transact(write)
    return client, secret.text if secret else None


async def update(
    op: Provider, client_id: str, values: Mapping[str, Any], origin: Origin, *, guard: Guard = everybody
) -> Client:
    """Change the members that are given and leave the others; null takes one back to its default."""
    before = await clients.get(op.db, client_id)
    members = metadata.read_changes(values, before)
    after = metadata.check_together(replace(before, **members, updated_at=op.now()))
    check_method_change(before, after)
    await op.db.glance(lambda tx: guard(tx, before, after))
    await client_checks.check_here(op, after, before=before)
    await client_checks.provide_keys(op, after)

    async def write(tx: Session) -> None:
        await guard(tx, before, after)
        await write_change(op, tx, before, after, origin)
        fields = changed_fields(before, after)
        await op.emit(tx, ClientUpdated(target_id=client_id, tenant_id=after.tenant_id, fields=fields), origin)

    await op.db.transact(write)
    return after


def changed_fields(before: Client, after: Client) -> tuple[str, ...]:
    """The names of what a change changed, for the audit log."""
    return tuple(
        field.name
        for field in dataclasses.fields(Client)
        if field.name != "updated_at" and getattr(before, field.name) != getattr(after, field.name)
    )


def check_method_change(before: Client, after: Client) -> None:
    """Refuse a method of authentication for which the client would need a credential that it does not have."""
    if before.is_public != after.is_public:
        raise InvalidClientMetadata(
            "token_endpoint_auth_method cannot turn a public client into a confidential one or back; register anew"
        )
    needed = client_secrets.kind(after)
    if needed not in (None, client_secrets.kind(before)):
        raise InvalidClientMetadata(
            f"token_endpoint_auth_method {after.token_endpoint_auth_method} needs a secret of another kind than this "
            "client has; register anew"
        )


async def rotate_secret(
    op: Provider, client_id: str, *, overlap: int, origin: Origin, guard: Guard = everybody
) -> tuple[Client, str]:
    """Give a client a new secret; the one before counts for `overlap` more seconds."""
    client = await clients.get(op.db, client_id)
    secret = client_secrets.make(op, client)
    if secret is None:
        raise InvalidClientMetadata(
            f"a client that authenticates with {client.token_endpoint_auth_method} has no secret"
        )
    if not 0 <= overlap <= LONGEST_OVERLAP:
        raise InvalidClientMetadata(f"an overlap lasts at most {LONGEST_OVERLAP // 86400} days")
    now = op.now()

    async def write(tx: Session) -> None:
        await guard(tx, client, client)
        expires_at = now + overlap if overlap else None
        await clients.set_secret(
            tx,
            client_id,
            secret_hash=secret.hashed,
            sealed=secret.sealed,
            previous_expires_at=expires_at,
            now=now,
        )
        await op.emit(tx, ClientSecretRotated(target_id=client_id, tenant_id=client.tenant_id), origin)

    await op.db.transact(write)
    return client, secret.text


async def delete(op: Provider, client_id: str, origin: Origin, *, guard: Guard = everybody) -> None:
    """Remove a client and everything that was issued to it."""

    async def write(tx: Session) -> None:
        client = await clients.get(tx, client_id)
        await guard(tx, client, None)
        if not await clients.delete(tx, client_id):
            raise NotFound(f"no client has the id {client_id}")
        if "client_credentials" in client.grant_types:
            await end_what_it_gave(op, tx, client, origin)
        await op.emit(tx, ClientDeleted(target_id=client_id, tenant_id=client.tenant_id), origin)

    await op.db.transact(write)


async def write_change(op: Provider, tx: Session, before: Client, after: Client, origin: Origin) -> None:
    """Write what changed of a client, and end what it gave if it acts as itself no more."""
    acted = await machines.acts(tx, before)
    await clients.update(tx, after)
    if acted and not await machines.acts(tx, after):
        await end_what_it_gave(op, tx, after, origin)


async def end_what_it_gave(op: Provider, tx: Session, client: Client, origin: Origin) -> None:
    """Let no join code and no invitation of a machine that is one no more give more than a plain seat."""
    for event in await given_seats.end_of_client(tx, client.client_id, client.tenant_id, now=op.now()):
        await op.emit(tx, event, origin)
