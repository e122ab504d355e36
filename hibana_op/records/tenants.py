"""Tenants: the organisations inside a deployment. A deleted one stays as a row, so that nothing of it comes back."""

from dataclasses import dataclass, field
from typing import Any

from hibana_op.foundation.errors import Conflict, NotFound
from hibana_op.records import registry
from hibana_op.records.ordering import Order, by, orders
from hibana_op.records.row import as_columns, as_record, as_record_or_none, assignments, insert_into
from hibana_op.storage.database import ConstraintBroken, Session

SYSTEM, ROLE_TEMPLATE = "system", "role-template"
SPECIAL = (SYSTEM, ROLE_TEMPLATE)

# The one rule that Tenant.is_open is, for statements that have `tenants` and say what time it is.
IS_OPEN = """
  tenants.status = 'active' AND (tenants.plan_expires_at IS NULL OR tenants.plan_expires_at > :now)
  AND (tenants.license_expires_at IS NULL OR tenants.license_expires_at > :now)"""
# The same of whatever belongs to a tenant or to none.
OWNER_IS_OPEN = f"""
  (tenant_id IS NULL OR tenant_id IN (SELECT tenants.id FROM tenants WHERE {IS_OPEN}))"""  # noqa: S608 - our own text


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """An organisation. What `settings` may hold, login/policy.py says."""

    id: str
    organization_id: str = "default"
    slug: str
    name: str
    description: str = ""
    tenant_type: str | None = None
    company_size: str | None = None
    status: str = "active"
    plan: str = "free"
    plan_started_at: int | None = None
    plan_expires_at: int | None = None
    license_type: str = "trial"
    license_expires_at: int | None = None
    max_users: int | None = 100
    settings: dict[str, Any] = field(default_factory=dict)
    created_at: int
    updated_at: int
    deleted_at: int | None = None

    def is_open(self, *, now: int) -> bool:
        """Whether people may enter it and its apps and keys count: active, plan and licence not run out."""
        return self.status == "active" and all(
            end is None or end > now for end in (self.plan_expires_at, self.license_expires_at)
        )


_INSERT = insert_into("tenants", Tenant)
_UPDATE = assignments(Tenant, without=("id", "organization_id", "slug", "created_at", "deleted_at", "status"))


async def insert(db: Session, tenant: Tenant) -> None:
    """Add a tenant; Conflict when its slug is taken, or was once."""
    try:
        await db.run(_INSERT, **as_columns(tenant))
    except ConstraintBroken as broken:
        raise Conflict(f"the slug {tenant.slug} is taken") from broken


async def find(db: Session, tenant_id: str) -> Tenant | None:
    """The tenant with this id, unless it was deleted."""
    row = await db.one("SELECT * FROM tenants WHERE id = :id AND status <> 'deleted'", id=tenant_id)
    return as_record_or_none(Tenant, row)


async def get(db: Session, tenant_id: str) -> Tenant:
    """The same, or NotFound."""
    tenant = await find(db, tenant_id)
    if tenant is None:
        raise NotFound(f"no tenant has the id {tenant_id}")
    return tenant


async def find_by_slug(db: Session, slug: str) -> Tenant | None:
    """The tenant that addresses and requests call so, unless it was deleted."""
    row = await db.one("SELECT * FROM tenants WHERE slug = :slug AND status <> 'deleted'", slug=slug)
    return as_record_or_none(Tenant, row)


async def slugs(db: Session) -> dict[str, str]:
    """What every tenant is called, by its id; those that were deleted, too."""
    return {row["id"]: row["slug"] for row in await db.all("SELECT id, slug FROM tenants")}


async def is_taken(db: Session, slug: str) -> bool:
    """Whether a tenant has this slug, or had it once."""
    return await db.one("SELECT id FROM tenants WHERE slug = :slug", slug=slug) is not None


async def get_by_slug(db: Session, slug: str) -> Tenant:
    """The same, or NotFound."""
    tenant = await find_by_slug(db, slug)
    if tenant is None:
        raise NotFound(f"no tenant has the slug {slug}")
    return tenant


ORDERS = orders("tenants.id", created_at=None, slug=by("tenants.slug", is_unique=True))


async def page(
    db: Session,
    *,
    q: str = "",
    status: str = "",
    order: Order = ORDERS["created_at"],
    after: str = "",
    limit: int = 50,
) -> list[Tenant]:
    """Tenants, the special ones left out."""
    beyond, end = order.beyond(after)
    rows = await db.all(
        f"""
        SELECT * FROM tenants
        WHERE {beyond} AND id NOT IN ('system', 'role-template')
          AND ((:status = '' AND status <> 'deleted') OR status = :status)
          AND (:q = '' OR slug LIKE :pattern ESCAPE '\\' OR LOWER(name) LIKE :pattern ESCAPE '\\')
        ORDER BY {order.clause} LIMIT :limit""",  # noqa: S608 - the text stands in the code
        **end,
        status=status,
        q=q,
        pattern=containing(q),
        limit=limit,
    )
    return [as_record(Tenant, row) for row in rows]


def containing(text: str) -> str:
    """The LIKE pattern (escaped with a backslash) for values that contain a text, in small letters."""
    plain = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"


async def update(db: Session, tenant: Tenant) -> bool:
    """Write what may change of a tenant; its status changes by `set_status` alone. False when it is gone."""
    columns = as_columns(tenant)
    changed = await db.run(
        f"UPDATE tenants SET {_UPDATE} WHERE id = :id AND status <> 'deleted'",  # noqa: S608 - names of the code
        **{
            name: value
            for name, value in columns.items()
            if name not in ("organization_id", "slug", "created_at", "deleted_at", "status")
        },
    )
    if changed:
        await registry.advance(db)  # workers remember until when it is open
    return changed > 0


async def set_status(db: Session, tenant_id: str, status: str, *, now: int) -> bool:
    """Suspend, resume or delete; False when it has that status already, or was deleted."""
    changed = await db.run(
        """
        UPDATE tenants SET status = :status, updated_at = :now,
          deleted_at = CASE WHEN :status = 'deleted' THEN CAST(:now AS BIGINT) END
        WHERE id = :id AND status <> :status AND status <> 'deleted'""",
        id=tenant_id,
        status=status,
        now=now,
    )
    if changed:
        await registry.advance(db)  # workers remember its apps and APIs
    return changed > 0


async def hold(db: Session, tenant_id: str) -> bool:
    """Keep other transactions from changing a tenant, or counting its people, before this one ends."""
    return await db.run("UPDATE tenants SET updated_at = updated_at WHERE id = :id", id=tenant_id) > 0
