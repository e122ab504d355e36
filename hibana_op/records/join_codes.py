"""Join codes: whoever has one may become a member. Found by a keyed hash, and sealed so that it can be shown again."""

from dataclasses import dataclass

from hibana_op.foundation.errors import NotFound
from hibana_op.records.ordering import Order, by, orders
from hibana_op.records.row import as_columns, as_record, as_record_or_none, insert_into
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinCode:
    """A code of a tenant, and what those who use it become."""

    id: str
    tenant_id: str
    code_hash: str
    code_sealed: str
    label: str = ""
    role: str = "member"
    role_id: str | None = None
    unit_id: str | None = None
    max_uses: int | None = None
    used_count: int = 0
    expires_at: int | None = None
    disabled_at: int | None = None
    created_by: str | None = None
    created_at: int

    def state(self, now: int) -> str:
        """Whether it counts, and if not, why."""
        if self.disabled_at is not None:
            return "disabled"
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return "used up" if self.max_uses is not None and self.used_count >= self.max_uses else "live"


_INSERT = insert_into("tenant_join_codes", JoinCode)


async def insert(db: Session, code: JoinCode) -> None:
    """Add a code."""
    await db.run(_INSERT, **as_columns(code))


async def find(db: Session, tenant_id: str, code_id: str) -> JoinCode | None:
    """A code of this tenant."""
    row = await db.one(
        "SELECT * FROM tenant_join_codes WHERE tenant_id = :tenant_id AND id = :id", tenant_id=tenant_id, id=code_id
    )
    return as_record_or_none(JoinCode, row)


async def locate(db: Session, code_id: str) -> JoinCode:
    """The same in whichever tenant it is, or NotFound."""
    row = await db.one("SELECT * FROM tenant_join_codes WHERE id = :id", id=code_id)
    if row is None:
        raise NotFound(f"no join code has the id {code_id}")
    return as_record(JoinCode, row)


async def find_by_hash(db: Session, code_hash: str) -> JoinCode | None:
    """The code with this hash, whether it counts or not."""
    row = await db.one("SELECT * FROM tenant_join_codes WHERE code_hash = :hash", hash=code_hash)
    return as_record_or_none(JoinCode, row)


ORDERS = orders("tenant_join_codes.id", created_at=None, label=by("tenant_join_codes.label", is_folded=True))


async def page(
    db: Session,
    tenant_id: str,
    *,
    unit_path: str = "",
    order: Order = ORDERS["created_at"],
    after: str = "",
    limit: int = 50,
) -> list[JoinCode]:
    """The codes of a tenant, or those that lead into a unit and below."""
    beyond, end = order.beyond(after)
    rows = await db.all(
        f"""
        SELECT tenant_join_codes.* FROM tenant_join_codes
        LEFT JOIN organization_units ON organization_units.tenant_id = tenant_join_codes.tenant_id
          AND organization_units.id = tenant_join_codes.unit_id
        WHERE tenant_join_codes.tenant_id = :tenant_id AND {beyond}
          AND (:unit_path = '' OR organization_units.path LIKE :beneath)
        ORDER BY {order.clause} LIMIT :limit""",  # noqa: S608 - the text stands in the code
        tenant_id=tenant_id,
        unit_path=unit_path,
        beneath=f"{unit_path}%",
        **end,
        limit=limit,
    )
    return [as_record(JoinCode, row) for row in rows]


async def count_live(db: Session, tenant_id: str, *, now: int) -> int:
    """How many codes of a tenant count now."""
    row = await db.one(
        """
        SELECT COUNT(*) AS codes FROM tenant_join_codes
        WHERE tenant_id = :tenant_id AND disabled_at IS NULL AND (expires_at IS NULL OR expires_at > :now)
          AND (max_uses IS NULL OR used_count < max_uses)""",
        tenant_id=tenant_id,
        now=now,
    )
    return int(row["codes"]) if row else 0


async def spend(db: Session, code_id: str, *, now: int) -> JoinCode | None:
    """Use a code once; None when it does not count any more."""
    row = await db.one(
        """
        UPDATE tenant_join_codes SET used_count = used_count + 1
        WHERE id = :id AND disabled_at IS NULL AND (expires_at IS NULL OR expires_at > :now)
          AND (max_uses IS NULL OR used_count < max_uses)
        RETURNING *""",
        id=code_id,
        now=now,
    )
    return as_record_or_none(JoinCode, row)


async def disable(db: Session, tenant_id: str, code_id: str, *, now: int) -> bool:
    """Let a code count no more; False when it is disabled already, or not there."""
    return (
        await db.run(
            """
            UPDATE tenant_join_codes SET disabled_at = :now
            WHERE tenant_id = :tenant_id AND id = :id AND disabled_at IS NULL""",
            tenant_id=tenant_id,
            id=code_id,
            now=now,
        )
        > 0
    )


async def disable_of_tenant(db: Session, tenant_id: str, *, now: int) -> None:
    """Let no code of a tenant count any more."""
    await db.run(
        "UPDATE tenant_join_codes SET disabled_at = :now WHERE tenant_id = :id AND disabled_at IS NULL",
        id=tenant_id,
        now=now,
    )


async def disable_all(db: Session, *, now: int) -> int:
    """Let no code count that was made so far; how many there were."""
    return await db.run("UPDATE tenant_join_codes SET disabled_at = :now WHERE disabled_at IS NULL", now=now)


async def all_sealed(db: Session) -> list[tuple[str, str]]:
    """The id and the sealed text of every code."""
    rows = await db.all("SELECT id, code_sealed FROM tenant_join_codes ORDER BY id")
    return [(str(row["id"]), str(row["code_sealed"])) for row in rows]


async def reseal(db: Session, code_id: str, *, sealed: str) -> None:
    """Write a code that was sealed anew."""
    await db.run("UPDATE tenant_join_codes SET code_sealed = :sealed WHERE id = :id", id=code_id, sealed=sealed)


def sealed_name(code_id: str) -> str:
    """What binds a sealed code to its row."""
    return f"tenant_join_codes:code_sealed:{code_id}"
