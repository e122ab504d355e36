"""Who belongs to which tenant. Whoever left stays as a row, which becomes active again when they come back."""

from dataclasses import dataclass

from hibana_op.foundation.errors import NotFound
from hibana_op.records.row import as_columns, as_record, as_record_or_none, insert_into
from hibana_op.records.tenants import IS_OPEN, containing
from hibana_op.storage.database import Session

ROLES = ("member", "admin", "owner")
# The tenant's role that each of these stands for.
ROLE_NAMES = {"owner": "tenant_owner", "admin": "tenant_admin", "member": "user"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """One person in one tenant."""

    id: str
    tenant_id: str
    user_id: str
    role: str = "member"
    status: str = "active"
    unit_id: str | None = None
    joined_at: int | None = None
    left_at: int | None = None
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """A tenant as one of its people sees it."""

    membership_id: str
    tenant_id: str
    slug: str
    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shut:
    """A tenant that one of its people may not enter now: it is closed, or they are suspended there."""

    tenant_id: str
    slug: str
    name: str
    is_suspended: bool


_INSERT = insert_into("tenant_memberships", Membership)
# A membership counts while it is active in a tenant that people may enter.
COUNTS = f"""
  tenant_memberships.status = 'active' AND {IS_OPEN}"""
# What is held in a unit counts while the unit is active, and every unit above it: its path names them all.
UNIT_COUNTS = """
  organization_units.status = 'active' AND NOT EXISTS (
    SELECT 1 FROM organization_units AS above
    WHERE above.tenant_id = organization_units.tenant_id AND above.status <> 'active'
      AND organization_units.path LIKE above.path || '%')"""


async def insert(db: Session, membership: Membership) -> bool:
    """Let somebody in who was never in this tenant; False when they are, or were."""
    statement = f"{_INSERT} ON CONFLICT (tenant_id, user_id) DO NOTHING"
    return await db.run(statement, **as_columns(membership)) > 0


async def find(db: Session, tenant_id: str, membership_id: str) -> Membership | None:
    """A membership of this tenant."""
    row = await db.one(
        "SELECT * FROM tenant_memberships WHERE tenant_id = :tenant_id AND id = :id",
        tenant_id=tenant_id,
        id=membership_id,
    )
    return as_record_or_none(Membership, row)


async def locate(db: Session, membership_id: str) -> Membership:
    """The same in whichever tenant it is, or NotFound."""
    row = await db.one("SELECT * FROM tenant_memberships WHERE id = :id", id=membership_id)
    if row is None:
        raise NotFound(f"no membership has the id {membership_id}")
    return as_record(Membership, row)


async def of_person(db: Session, tenant_id: str, user_id: str) -> Membership | None:
    """What a person is in a tenant, whatever its status."""
    row = await db.one(
        "SELECT * FROM tenant_memberships WHERE tenant_id = :tenant_id AND user_id = :user_id",
        tenant_id=tenant_id,
        user_id=user_id,
    )
    return as_record_or_none(Membership, row)


async def is_of_one_alone(db: Session, user_id: str, tenant_id: str) -> bool:
    """Whether a person is nobody beyond one tenant: not shut out of it, in no other, without a role of the deployment.

    Whoever is new, and in no tenant yet, is nobody beyond it either.
    """
    row = await db.one(
        """
        SELECT id FROM users WHERE id = :user_id
          AND NOT EXISTS (SELECT 1 FROM user_roles WHERE user_roles.user_id = users.id AND tenant_id IS NULL)
          AND NOT EXISTS (
            SELECT 1 FROM tenant_memberships WHERE tenant_memberships.user_id = users.id
              AND ((tenant_id = :tenant_id AND tenant_memberships.status <> 'active')
                OR (tenant_id <> :tenant_id AND tenant_memberships.status <> 'left')))""",
        user_id=user_id,
        tenant_id=tenant_id,
    )
    return row is not None


async def belongings(db: Session, user_id: str, *, now: int) -> list[Belonging]:
    """The tenants that a person may enter now, by name."""
    rows = await db.all(
        f"""
        SELECT tenant_memberships.id AS membership_id, tenants.id AS tenant_id, tenants.slug, tenants.name,
               tenant_memberships.role
        FROM tenant_memberships JOIN tenants ON tenants.id = tenant_memberships.tenant_id
        WHERE tenant_memberships.user_id = :user_id AND {COUNTS}
        ORDER BY tenants.name, tenants.id""",  # noqa: S608 - the text stands in the code
        user_id=user_id,
        now=now,
    )
    return [as_record(Belonging, row) for row in rows]


async def shut(db: Session, user_id: str, *, now: int) -> list[Shut]:
    """The tenants that a person belongs to and may not enter now, by name."""
    rows = await db.all(
        f"""
        SELECT tenants.id AS tenant_id, tenants.slug, tenants.name,
               (tenant_memberships.status = 'suspended') AS is_suspended
        FROM tenant_memberships JOIN tenants ON tenants.id = tenant_memberships.tenant_id
        WHERE tenant_memberships.user_id = :user_id AND tenant_memberships.status IN ('active', 'suspended')
          AND tenants.status <> 'deleted' AND NOT ({COUNTS})
        ORDER BY tenants.name, tenants.id""",  # noqa: S608 - the text stands in the code
        user_id=user_id,
        now=now,
    )
    return [as_record(Shut, row) for row in rows]


async def hold_counting(db: Session, membership_id: str, *, user_id: str, now: int) -> bool:
    """Keep a membership from ending before this transaction does; False when it does not count.

    So whatever is issued on it is there to be found by whoever suspends or removes the member.
    """
    held = await db.run(
        f"""
        UPDATE tenant_memberships SET updated_at = updated_at
        WHERE id = :id AND user_id = :user_id AND EXISTS (
          SELECT 1 FROM tenants WHERE tenants.id = tenant_memberships.tenant_id AND {COUNTS})""",  # noqa: S608
        id=membership_id,
        user_id=user_id,
        now=now,
    )
    return held > 0


async def as_seen(db: Session, membership_id: str, *, user_id: str) -> Belonging | None:
    """A membership of a person, whether it counts or not."""
    row = await db.one(
        """
        SELECT tenant_memberships.id AS membership_id, tenants.id AS tenant_id, tenants.slug, tenants.name,
               tenant_memberships.role
        FROM tenant_memberships JOIN tenants ON tenants.id = tenant_memberships.tenant_id
        WHERE tenant_memberships.id = :id AND tenant_memberships.user_id = :user_id""",
        id=membership_id,
        user_id=user_id,
    )
    return as_record_or_none(Belonging, row)


async def page(
    db: Session,
    tenant_id: str,
    *,
    q: str = "",
    status: str = "",
    role: str = "",
    unit_path: str = "",
    after: str = "",
    limit: int = 50,
) -> list[Membership]:
    """The people of a tenant, or of a unit and below; those who left only when they are asked for."""
    rows = await db.all(
        """
        SELECT tenant_memberships.* FROM tenant_memberships
        JOIN users ON users.id = tenant_memberships.user_id
        LEFT JOIN organization_units ON organization_units.tenant_id = tenant_memberships.tenant_id
          AND organization_units.id = tenant_memberships.unit_id
        WHERE tenant_memberships.tenant_id = :tenant_id AND tenant_memberships.id > :after
          AND ((:status = '' AND tenant_memberships.status <> 'left') OR tenant_memberships.status = :status)
          AND (:role = '' OR tenant_memberships.role = :role)
          AND (:unit_path = '' OR organization_units.path LIKE :beneath)
          AND (:q = '' OR users.email_key LIKE :pattern ESCAPE '\\' OR LOWER(users.name) LIKE :pattern ESCAPE '\\')
        ORDER BY tenant_memberships.id LIMIT :limit""",
        tenant_id=tenant_id,
        after=after,
        status=status,
        role=role,
        unit_path=unit_path,
        beneath=f"{unit_path}%",
        q=q,
        pattern=containing(q),
        limit=limit,
    )
    return [as_record(Membership, row) for row in rows]


async def update(db: Session, membership: Membership) -> bool:
    """Write what may change of a membership; False when it is not there."""
    return (
        await db.run(
            """
            UPDATE tenant_memberships SET role = :role, status = :status, unit_id = :unit_id, joined_at = :joined_at,
              left_at = :left_at, updated_at = :updated_at
            WHERE id = :id AND tenant_id = :tenant_id""",
            **{name: value for name, value in as_columns(membership).items() if name not in ("user_id", "created_at")},
        )
        > 0
    )


async def count_seats(db: Session, tenant_id: str) -> int:
    """How many of a tenant's seats are taken."""
    row = await db.one(
        "SELECT COUNT(*) AS seats FROM tenant_memberships WHERE tenant_id = :id AND status IN ('active', 'suspended')",
        id=tenant_id,
    )
    return int(row["seats"]) if row else 0


async def count_other_owners(db: Session, tenant_id: str, membership_id: str) -> int:
    """How many active owners a tenant has beside one membership."""
    row = await db.one(
        """
        SELECT COUNT(*) AS owners FROM tenant_memberships
        JOIN users ON users.id = tenant_memberships.user_id AND users.status = 'active'
        WHERE tenant_id = :tenant_id AND role = 'owner' AND tenant_memberships.status = 'active'
          AND tenant_memberships.id <> :id""",
        tenant_id=tenant_id,
        id=membership_id,
    )
    return int(row["owners"]) if row else 0
