"""What administrators do with clients: register, change, give a new secret, remove."""

import dataclasses
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hibana_op.foundation import secrets
from hibana_op.foundation.errors import InvalidClientMetadata, NotFound
from hibana_op.foundation.events import ClientCreated, ClientDeleted, ClientSecretRotated, ClientUpdated
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.oauth import metadata
from hibana_op.provider import Provider
from hibana_op.records import clients
from hibana_op.records.clients import Client
from hibana_op.storage.database import Session

# A rotated secret may go on counting for at most this long.
LONGEST_OVERLAP = 30 * 86400


def draft(op: Provider, values: Mapping[str, Any]) -> Client:
    """A new client from metadata, with the defaults of RFC 7591 §2 for what is left out."""
    members = metadata.read_members(values, by_administrator=True)
    members.setdefault("client_name", "Unnamed client")
    members.setdefault("profile", op.settings.profile)
    grants = members.setdefault("grant_types", ("authorization_code", "refresh_token"))
    members.setdefault("response_types", ("code",) if "authorization_code" in grants else ())
    now = op.now()
    return metadata.check_together(Client(client_id=uuid7(), created_at=now, updated_at=now, **members))


async def create(op: Provider, values: Mapping[str, Any], origin: Origin) -> tuple[Client, str | None]:
    """Register a client; its secret, if it has one, is returned this once."""
    client = draft(op, values)
    secret = None if client.is_public else secrets.token()
    if secret is not None:
        client = replace(client, client_secret_hash=secrets.digest(secret))

    async def write(tx: Session) -> None:
        await clients.insert(tx, client)
        await op.emit(tx, ClientCreated(target_id=client.client_id), origin)

    await op.db.transact(write)
    return client, secret


async def update(op: Provider, client_id: str, values: Mapping[str, Any], origin: Origin) -> Client:
    """Change the members that are given and leave the others."""
    before = await clients.get(op.db, client_id)
    members = metadata.read_members(values, by_administrator=True)
    if "localized" in members:
        members["localized"] = {**before.localized, **members["localized"]}
    after = metadata.check_together(replace(before, **members, updated_at=op.now()))
    if before.is_public != after.is_public:
        raise InvalidClientMetadata(
            "token_endpoint_auth_method cannot turn a public client into a confidential one or back; register anew"
        )
    changed = tuple(
        field.name
        for field in dataclasses.fields(Client)
        if field.name != "updated_at" and getattr(before, field.name) != getattr(after, field.name)
    )

    async def write(tx: Session) -> None:
        await clients.update(tx, after)
        await op.emit(tx, ClientUpdated(target_id=client_id, fields=changed), origin)

    await op.db.transact(write)
    return after


async def rotate_secret(op: Provider, client_id: str, *, overlap: int, origin: Origin) -> tuple[Client, str]:
    """Give a client a new secret; the one before counts for `overlap` more seconds."""
    client = await clients.get(op.db, client_id)
    if client.is_public:
        raise InvalidClientMetadata("a public client has no secret")
    if not 0 <= overlap <= LONGEST_OVERLAP:
        raise InvalidClientMetadata(f"an overlap lasts at most {LONGEST_OVERLAP // 86400} days")
    secret = secrets.token()
    now = op.now()

    async def write(tx: Session) -> None:
        expires_at = now + overlap if overlap else None
        await clients.set_secret(
            tx, client_id, secret_hash=secrets.digest(secret), previous_expires_at=expires_at, now=now
        )
        await op.emit(tx, ClientSecretRotated(target_id=client_id), origin)

    await op.db.transact(write)
    return client, secret


async def delete(op: Provider, client_id: str, origin: Origin) -> None:
    """Remove a client and everything that was issued to it."""

    async def write(tx: Session) -> None:
        if not await clients.delete(tx, client_id):
            raise NotFound(f"no client has the id {client_id}")
        await op.emit(tx, ClientDeleted(target_id=client_id), origin)

    await op.db.transact(write)
