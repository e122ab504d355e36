"""Keys of programs: kept as hashes, good for no more than their owner may do, and only for a while."""

from dataclasses import dataclass

from hibana_op.foundation.errors import NotFound
from hibana_op.records.ordering import Order, by, orders
from hibana_op.records.row import as_columns, as_record, as_record_or_none, insert_into
from hibana_op.records.tenants import IS_OPEN
from hibana_op.storage.database import Session

USED_TO_THE = 300  # how exactly the last use is known, in seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key. `prefix` is what people know it by, `scopes` the permissions that it was limited to."""

    id: str
    name: str
    prefix: str
    key_hash: str
    user_id: str
    tenant_id: str | None
    scopes: tuple[str, ...]
    cidrs: tuple[str, ...] = ()
    expires_at: int | None
    last_used_at: int | None = None
    revoked_at: int | None = None
    created_at: int


_INSERT = insert_into("api_keys", ApiKey)


async def insert(db: Session, key: ApiKey) -> None:
    """Keep a new key."""
    await db.run(_INSERT, **as_columns(key))


# It counts while its owner may sign in, and its tenant is open.
_LIVE = f"""
  SELECT api_keys.* FROM api_keys
  JOIN users ON users.id = api_keys.user_id AND users.status = 'active'
  LEFT JOIN tenants ON tenants.id = api_keys.tenant_id
  WHERE api_keys.revoked_at IS NULL AND (api_keys.expires_at IS NULL OR api_keys.expires_at > :now)
    AND (api_keys.tenant_id IS NULL OR ({IS_OPEN}))"""  # noqa: S608 - our own text


async def find_live(db: Session, key_hash: str, *, now: int) -> ApiKey | None:
    """The key of a text, while it counts."""
    row = await db.one(f"{_LIVE} AND api_keys.key_hash = :key_hash", key_hash=key_hash, now=now)
    return as_record_or_none(ApiKey, row)


async def is_live(db: Session, key_id: str, *, now: int) -> bool:
    """Whether a key counts."""
    return await db.one(f"{_LIVE} AND api_keys.id = :id", id=key_id, now=now) is not None


async def find(db: Session, key_id: str) -> ApiKey | None:
    """The key with this id."""
    return as_record_or_none(ApiKey, await db.one("SELECT * FROM api_keys WHERE id = :id", id=key_id))


async def get(db: Session, key_id: str) -> ApiKey:
    """The same, or NotFound."""
    key = await find(db, key_id)
    if key is None:
        raise NotFound(f"no API key has the id {key_id}")
    return key


def _last_used(key: ApiKey) -> int:
    return key.last_used_at or 0


ORDERS = orders(
    "api_keys.id",
    created_at=None,
    name=by("api_keys.name", is_folded=True, is_quick=False),
    last_used_at=by("COALESCE(api_keys.last_used_at, 0)", value=_last_used, is_quick=False),
)


async def page(
    db: Session,
    *,
    tenant_id: str | None,
    user_id: str = "",
    q: str = "",
    order: Order = ORDERS["created_at"],
    after: str = "",
    limit: int = 50,
) -> list[ApiKey]:
    """Keys: of a tenant, or with None of every place."""
    beyond, end = order.beyond(after)
    rows = await db.all(
        f"""
        SELECT * FROM api_keys
        WHERE {beyond} AND (:tenant_id = '' OR tenant_id = :tenant_id) AND (:user_id = '' OR user_id = :user_id)
          AND (:q = '' OR prefix = :q OR name = :q)
        ORDER BY {order.clause} LIMIT :limit""",  # noqa: S608 - the text stands in the code
        **end,
        tenant_id=tenant_id or "",
        user_id=user_id,
        q=q,
        limit=limit,
    )
    return [as_record(ApiKey, row) for row in rows]


async def note_used(db: Session, key_id: str, *, now: int) -> None:
    """Note that a key was used, to some minutes."""
    await db.run("UPDATE api_keys SET last_used_at = :now WHERE id = :id", id=key_id, now=now)


async def revoke_of_member(db: Session, tenant_id: str, user_id: str, *, now: int) -> None:
    """End what somebody's programs call a tenant with: they do not come back with the person."""
    await db.run(
        """
        UPDATE api_keys SET revoked_at = :now
        WHERE tenant_id = :tenant_id AND user_id = :user_id AND revoked_at IS NULL""",
        tenant_id=tenant_id,
        user_id=user_id,
        now=now,
    )


async def revoked(db: Session) -> list[str]:
    """The keys that ended before their time."""
    return [row["id"] for row in await db.all("SELECT id FROM api_keys WHERE revoked_at IS NOT NULL")]


async def revoke(db: Session, key_id: str, *, now: int) -> bool:
    """End a key; False when it had ended already."""
    return (
        await db.run("UPDATE api_keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL", id=key_id, now=now)
        > 0
    )
