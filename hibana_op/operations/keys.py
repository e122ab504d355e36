"""The life of keys in the hands of an administrator: those that sign and decrypt, and the one that seals them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from hibana_op.foundation.errors import Conflict, NotFound
from hibana_op.foundation.events import MasterKeyRotated, SigningKeyPublished, SigningKeyRevoked
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.vault import Vault, generate_master_key, parse_master_key
from hibana_op.provider import Provider, sealed_name
from hibana_op.records import (
    clients,
    deployment_secrets,
    idempotency_keys,
    identity_providers,
    join_codes,
    keyring,
    outbox,
    registry,
    signing_keys,
    two_factor,
)
from hibana_op.records.signing_keys import StoredKey
from hibana_op.storage.database import Session


class Reseal(Protocol):
    """Writes a value that was sealed anew into its row."""

    async def __call__(self, tx: Session, id: str, /, *, sealed: str) -> None:
        """Write it."""
        ...


@dataclass(frozen=True, slots=True)
class Retired:
    """What became of the keys when one was taken out of use."""

    kid: str
    replacement: StoredKey | None  # only when the key was needed


@dataclass(frozen=True, slots=True)
class MasterKeyStep:
    """What changing the master key did; `new_key` is None when one that was configured already was used."""

    new_key: str | None
    sealed: int


async def rotate(op: Provider, algorithm: str, origin: Origin) -> StoredKey:
    """Publish the next key; its time comes once all who need it can know it, or at once when there is no other."""
    now = op.now()
    made = await asyncio.to_thread(keyring.make, algorithm, op.vault, active_from=now, now=now)

    async def write(tx: Session) -> StoredKey:
        await registry.advance(tx)  # takes the row's lock, so that two rotations take turns
        known_by = now + keyring.published_ahead(algorithm)
        uncovered = uncovered_from(await _others(tx, made, now=now), now=now)
        key = replace(made, active_from=known_by if uncovered is None else min(uncovered, known_by))
        await _publish(tx, op, key, origin)
        return key

    return await op.db.transact(write)


async def retire(op: Provider, kid: str, origin: Origin) -> Retired:
    """Revoke a key at once; when it would leave a time without a key for its work, a replacement fills it."""
    now = op.now()
    found = await signing_keys.find(op.db, kid)
    if found is None:
        raise NotFound(f"no key is named {kid}")
    made = await asyncio.to_thread(keyring.make, found.algorithm, op.vault, active_from=now, now=now)

    async def write(tx: Session) -> Retired:
        await registry.advance(tx)
        uncovered = uncovered_from(await _others(tx, found, now=now), now=now)
        replacement = None if uncovered is None else replace(made, active_from=uncovered)
        if not await signing_keys.revoke(tx, kid, now=now):
            raise Conflict(f"the key {kid} was revoked already")
        if replacement is not None:
            await _publish(tx, op, replacement, origin)
        await op.emit(tx, SigningKeyRevoked(target_id=kid, algorithm=found.algorithm), origin)
        return Retired(kid, replacement)

    return await op.db.transact(write)


def uncovered_from(keys: Iterable[StoredKey], *, now: int) -> int | None:
    """The first moment from now on that is no time of any of these keys; None when there is always one."""
    moment = now
    for key in sorted(keys, key=lambda each: each.active_from):
        if key.active_from > moment:
            break
        if key.retires_at is None:
            return None
        moment = max(moment, key.retires_at)
    return moment


async def rotate_master(op: Provider, origin: Origin) -> MasterKeyStep:
    """Change the master key.

    Where a key in front of the old one is configured already, everything is sealed under that one. Otherwise
    a new key is made and everything is sealed under it; servers that run go on with the keys they have opened.
    """
    sealed = await _seal_anew(op, origin)
    if sealed:
        return MasterKeyStep(new_key=None, sealed=sealed)
    new_key = generate_master_key()
    under_new = replace(op, vault=op.vault.with_current(parse_master_key(new_key)))
    return MasterKeyStep(new_key=new_key, sealed=await _seal_anew(under_new, origin))


# One secret a row: all of them, what binds each to its row, and how it is written anew.
_PLACES: tuple[tuple[Callable[[Session], Awaitable[list[tuple[str, str]]]], Callable[[str], str], Reseal], ...] = (
    (deployment_secrets.all_sealed, sealed_name, deployment_secrets.reseal),
    (identity_providers.sealed_secrets, identity_providers.sealed_name, identity_providers.reseal),
    (two_factor.sealed_secrets, two_factor.sealed_name, two_factor.reseal),
    (outbox.sealed_letters, outbox.sealed_name, outbox.reseal),
    (idempotency_keys.sealed_answers, idempotency_keys.sealed_name, idempotency_keys.reseal),
    (join_codes.all_sealed, join_codes.sealed_name, join_codes.reseal),
)


async def _seal_anew(op: Provider, origin: Origin) -> int:
    """Seal under the vault's current key what rests under another; how many values there were."""

    async def write(tx: Session) -> int:
        await registry.advance(tx)
        anew = _Anew(op.vault)
        for key in await signing_keys.every(tx):
            if anew.is_due(key.private_sealed):
                sealed = anew.seal(key.private_sealed, keyring.sealed_name(key.kid))
                await signing_keys.reseal(tx, key.kid, private_sealed=sealed)
        for client_id, *secrets in await clients.sealed_secrets(tx):
            if anew.is_due(*secrets):
                row = clients.sealed_name(client_id)
                present, previous = (None if value is None else anew.seal(value, row) for value in secrets)
                await clients.reseal(tx, client_id, present=present, previous=previous)
        for every, row_of, reseal in _PLACES:
            for id, value in await every(tx):
                if anew.is_due(value):
                    await reseal(tx, id, sealed=anew.seal(value, row_of(id)))
        if anew.count:
            await op.emit(tx, MasterKeyRotated(sealed=anew.count), origin)
        return anew.count

    return await op.db.transact(write)


class _Anew:
    """Seals secrets under the current master key, and counts them."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.count = 0

    def is_due(self, *sealed: str | None) -> bool:
        """Whether one of these values rests under another key."""
        return any(value is not None and not self._vault.is_current(value) for value in sealed)

    def seal(self, sealed: str, row: str) -> str:
        """The same secret under the current key."""
        self.count += not self._vault.is_current(sealed)
        return self._vault.seal(self._vault.open(sealed, row), row)


async def _others(tx: Session, key: StoredKey, *, now: int) -> list[StoredKey]:
    published = await signing_keys.published(tx, now=now)
    return [each for each in published if each.algorithm == key.algorithm and each.kid != key.kid]


async def _publish(tx: Session, op: Provider, key: StoredKey, origin: Origin) -> None:
    await keyring.publish_next(tx, key)
    await op.emit(tx, SigningKeyPublished(target_id=key.kid, algorithm=key.algorithm), origin)
