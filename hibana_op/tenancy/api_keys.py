"""API keys: made for oneself, never for more than one may do; shown once, and over at once when revoked."""

import re
import secrets as randomness
import zlib
from collections.abc import Sequence

from hibana_op.foundation import networks, secrets
from hibana_op.foundation.errors import Conflict, InvalidRecord, KeyMakesNoKeys
from hibana_op.foundation.events import ApiKeyCreated, ApiKeyRevoked
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.printable import is_line
from hibana_op.provider import Provider
from hibana_op.records import api_keys, tenants, users
from hibana_op.records.api_keys import ApiKey
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import Actor, Where, check_may_grant, require, require_reach, spelled_out
from hibana_op.tenancy.administrators import require_may_change

MARK = "hib_"
DAY = 86400
LIFETIME, LONGEST_LIFETIME = 90 * DAY, 366 * DAY
MOST_SCOPES, MOST_NETWORKS = 100, 50
_KEY = re.compile(r"hib_[0-9a-f]{12}_[0-9a-f]{40}[0-9a-f]{8}")


def fingerprint(text: str) -> str:
    """What is kept of a key."""
    return secrets.digest(text)


def is_well_formed(text: str) -> bool:
    """Whether the check digits fit, so that a mistyped key is told without asking the database."""
    return _KEY.fullmatch(text) is not None and text[-8:] == _check_digits(text[:-8])


def _check_digits(text: str) -> str:
    return f"{zlib.crc32(text.encode('ascii')):08x}"


def _make() -> tuple[str, str]:
    """A new key, and the part of it that people may know it by."""
    prefix = MARK + randomness.token_hex(6)
    text = f"{prefix}_{randomness.token_hex(20)}"
    return text + _check_digits(text), prefix


async def create(
    op: Provider,
    actor: Actor,
    *,
    name: str,
    scopes: Sequence[str],
    tenant_id: str | None,
    origin: Origin,
    user_id: str | None = None,
    expires_at: int | None = None,
    cidrs: Sequence[str] = (),
) -> tuple[ApiKey, str]:
    """Make a key of whoever acts, and its text, which is never shown again. `user_id` is for commands alone.

    A key makes none: the next one would outlive it, and count where it does not.
    """
    if actor.ceiling is not None:
        raise KeyMakesNoKeys
    owner = user_id if actor.is_command else actor.user_id
    if owner is None:
        raise InvalidRecord("a key belongs to a person; a machine has the secret of its client")
    now = op.now()
    until = now + LIFETIME if expires_at is None else expires_at
    if not now < until <= now + LONGEST_LIFETIME:
        raise InvalidRecord("expires_at must be in the future, and within a year")
    if not name.strip() or len(name) > 200 or not is_line(name):
        raise InvalidRecord("name must have 1 to 200 printable characters")
    where = Where(tenant_id=tenant_id)
    _check_scopes(actor, scopes, where)
    text, prefix = _make()
    key = ApiKey(
        id=uuid7(),
        name=name,
        prefix=prefix,
        key_hash=fingerprint(text),
        user_id=owner,
        tenant_id=tenant_id,
        scopes=tuple(dict.fromkeys(scopes)),
        cidrs=_networks(cidrs),
        expires_at=until,
        created_at=now,
    )

    async def write(tx: Session) -> None:
        acting = await actors.renewed(tx, actor, now=now)
        if tenant_id is not None:
            require_reach(acting, tenant_id)
            await tenants.get(tx, tenant_id)
        require(acting, "api-keys:create", where)
        check_may_grant(acting, scopes, where)
        await users.get(tx, owner)
        await api_keys.insert(tx, key)
        event = ApiKeyCreated(
            user_id=actor.user_id, client_id=actor.client_id, target_id=key.id, tenant_id=tenant_id, prefix=prefix
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)
    return key, text


async def revoke(op: Provider, actor: Actor, key_id: str, *, origin: Origin) -> None:
    """End a key at once."""

    async def write(tx: Session) -> None:
        now = op.now()
        acting = await actors.renewed(tx, actor, now=now)
        key = await api_keys.get(tx, key_id)
        where = Where(tenant_id=key.tenant_id)
        require(acting, "api-keys:delete", where)
        if actor.user_id != key.user_id:
            await require_may_change(tx, acting, key.user_id, where)
        if not await api_keys.revoke(tx, key_id, now=now):
            raise Conflict("the key was revoked already")
        event = ApiKeyRevoked(
            user_id=actor.user_id,
            client_id=actor.client_id,
            target_id=key.id,
            tenant_id=key.tenant_id,
            prefix=key.prefix,
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)


def _check_scopes(actor: Actor, scopes: Sequence[str], where: Where) -> None:
    if not 1 <= len(scopes) <= MOST_SCOPES:
        raise InvalidRecord(f"scopes must be 1 to {MOST_SCOPES} permissions")
    for scope in scopes:
        if not spelled_out(actor.catalogue, (scope,), where):
            raise InvalidRecord(f"there is no permission {scope} here")


def _networks(cidrs: Sequence[str]) -> tuple[str, ...]:
    if len(cidrs) > MOST_NETWORKS:
        raise InvalidRecord(f"cidrs must be at most {MOST_NETWORKS} networks")
    try:
        return tuple(dict.fromkeys(networks.read(each) for each in cidrs))
    except ValueError as wrong:
        raise InvalidRecord(f"cidrs: {wrong}") from None
