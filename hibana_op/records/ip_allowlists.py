"""From where a tenant's people may act. Who has rules of their own goes by these, everybody else by the tenant's."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from hibana_op.foundation import networks
from hibana_op.foundation.errors import NotFound
from hibana_op.records.row import as_columns, as_record, as_record_or_none, insert_into
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class IpRule:
    """One network; with `user_id` for that person alone."""

    id: str
    tenant_id: str
    user_id: str | None = None
    cidr: str
    description: str = ""
    is_active: bool = True
    created_at: int
    updated_at: int


_INSERT = insert_into("ip_allowlists", IpRule)


def admits(rules: Iterable[IpRule], user_id: str | None, ip: str | None) -> bool:
    """Whether these rules of one tenant let a person act from an address; without any rule, from anywhere."""
    active = [each for each in rules if each.is_active]
    own = [each.cidr for each in active if each.user_id is not None and each.user_id == user_id]
    applying = own or [each.cidr for each in active if each.user_id is None]
    return not applying or networks.covers(applying, ip)


async def allows(db: Session, tenant_id: str, user_id: str | None, ip: str | None) -> bool:
    """Whether a person, or with None a machine, may act in a tenant from an address.

    `ip` is the caller's as we believe it (origin.ip), never what a request says of itself.
    """
    return not await closed_to(db, (tenant_id,), user_id, ip)


async def closed_to(
    db: Session, tenant_ids: Collection[str], user_id: str | None, ip: str | None
) -> frozenset[str | None]:
    """Which of these tenants a person may not act in from an address."""
    found: dict[str, list[IpRule]] = {}
    for tenant_id in tenant_ids:
        rows = await db.all(
            """
            SELECT * FROM ip_allowlists
            WHERE tenant_id = :tenant_id AND is_active AND (user_id IS NULL OR user_id = :user_id)""",
            tenant_id=tenant_id,
            user_id=user_id or "",
        )
        found[tenant_id] = [as_record(IpRule, row) for row in rows]
    return frozenset(tenant_id for tenant_id, rules in found.items() if not admits(rules, user_id, ip))


async def insert(db: Session, rule: IpRule) -> None:
    """Add a rule."""
    await db.run(_INSERT, **as_columns(rule))


async def find(db: Session, tenant_id: str, rule_id: str) -> IpRule | None:
    """A rule of this tenant."""
    row = await db.one(
        "SELECT * FROM ip_allowlists WHERE tenant_id = :tenant_id AND id = :id", tenant_id=tenant_id, id=rule_id
    )
    return as_record_or_none(IpRule, row)


async def locate(db: Session, rule_id: str) -> IpRule:
    """The same in whichever tenant it is, or NotFound."""
    row = await db.one("SELECT * FROM ip_allowlists WHERE id = :id", id=rule_id)
    if row is None:
        raise NotFound(f"no rule has the id {rule_id}")
    return as_record(IpRule, row)


async def every(db: Session, tenant_id: str) -> list[IpRule]:
    """All rules of a tenant, in the order in which they were made."""
    rows = await db.all("SELECT * FROM ip_allowlists WHERE tenant_id = :tenant_id ORDER BY id", tenant_id=tenant_id)
    return [as_record(IpRule, row) for row in rows]


async def page(db: Session, tenant_id: str, *, user_id: str = "", after: str = "", limit: int = 50) -> Sequence[IpRule]:
    """The rules of a tenant, or those of one person in it."""
    rows = await db.all(
        """
        SELECT * FROM ip_allowlists
        WHERE tenant_id = :tenant_id AND id > :after AND (:user_id = '' OR user_id = :user_id)
        ORDER BY id LIMIT :limit""",
        tenant_id=tenant_id,
        user_id=user_id,
        after=after,
        limit=limit,
    )
    return [as_record(IpRule, row) for row in rows]


async def update(db: Session, rule: IpRule) -> bool:
    """Write what may change of a rule; False when it is not there."""
    return (
        await db.run(
            """
            UPDATE ip_allowlists SET cidr = :cidr, description = :description, is_active = :is_active,
              updated_at = :updated_at
            WHERE tenant_id = :tenant_id AND id = :id""",
            **{name: value for name, value in as_columns(rule).items() if name not in ("user_id", "created_at")},
        )
        > 0
    )


async def delete(db: Session, tenant_id: str, rule_id: str) -> bool:
    """Remove a rule; False when it is not there."""
    return (
        await db.run(
            "DELETE FROM ip_allowlists WHERE tenant_id = :tenant_id AND id = :id", tenant_id=tenant_id, id=rule_id
        )
        > 0
    )


async def places_of_owners(db: Session, tenant_id: str, *, now: int) -> dict[str, set[str]]:
    """The active owners of a tenant, each with the addresses that they were last seen at."""
    rows = await db.all(
        """
        SELECT users.id, users.last_ip, sessions.ip_address
        FROM tenant_memberships JOIN users ON users.id = tenant_memberships.user_id AND users.status = 'active'
        LEFT JOIN sessions ON sessions.user_id = users.id AND sessions.revoked_at IS NULL
          AND sessions.expires_at > :now AND sessions.idle_expires_at > :now AND sessions.impersonator_id IS NULL
        WHERE tenant_memberships.tenant_id = :tenant_id AND tenant_memberships.role = 'owner'
          AND tenant_memberships.status = 'active'""",
        tenant_id=tenant_id,
        now=now,
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        seen = {row["ip_address"] or row["last_ip"]} - {None}
        found.setdefault(row["id"], set()).update(seen)
    return found
