"""E-mail domains of tenants: a domain is verified for one tenant at most."""

from dataclasses import dataclass

from hibana_op.foundation.errors import Conflict, NotFound
from hibana_op.records.row import as_columns, as_record, as_record_or_none, insert_into
from hibana_op.records.tenants import IS_OPEN
from hibana_op.storage.database import ConstraintBroken, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantDomain:
    """A domain that a tenant says is its own; `challenge` is what its web server has to show."""

    id: str
    tenant_id: str
    domain: str
    challenge: str
    verified_at: int | None = None
    may_join: bool = False
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTenant:
    """A tenant that somebody may join by their address alone."""

    tenant_id: str
    name: str


_INSERT = insert_into("tenant_domains", TenantDomain)


async def insert(db: Session, domain: TenantDomain) -> bool:
    """Add a domain to a tenant; False when it is there already."""
    return await db.run(f"{_INSERT} ON CONFLICT (tenant_id, domain) DO NOTHING", **as_columns(domain)) > 0


async def find(db: Session, tenant_id: str, domain_id: str) -> TenantDomain | None:
    """A domain of this tenant."""
    row = await db.one(
        "SELECT * FROM tenant_domains WHERE tenant_id = :tenant_id AND id = :id", tenant_id=tenant_id, id=domain_id
    )
    return as_record_or_none(TenantDomain, row)


async def locate(db: Session, domain_id: str) -> TenantDomain:
    """The same in whichever tenant it is, or NotFound."""
    row = await db.one("SELECT * FROM tenant_domains WHERE id = :id", id=domain_id)
    if row is None:
        raise NotFound(f"no domain has the id {domain_id}")
    return as_record(TenantDomain, row)


async def of_tenant(db: Session, tenant_id: str) -> list[TenantDomain]:
    """The domains of a tenant, by name."""
    rows = await db.all("SELECT * FROM tenant_domains WHERE tenant_id = :id ORDER BY domain", id=tenant_id)
    return [as_record(TenantDomain, row) for row in rows]


async def note_verified(db: Session, tenant_id: str, domain_id: str, *, challenge: str, now: int) -> bool:
    """The domain is the tenant's; False when it is gone. Conflict when it is another tenant's."""
    try:
        changed = await db.run(
            """
            UPDATE tenant_domains SET verified_at = COALESCE(verified_at, CAST(:now AS BIGINT))
            WHERE tenant_id = :tenant_id AND id = :id AND challenge = :challenge""",
            tenant_id=tenant_id,
            id=domain_id,
            challenge=challenge,
            now=now,
        )
    except ConstraintBroken as broken:
        raise Conflict("the domain is verified for another organisation") from broken
    return changed > 0


async def set_may_join(db: Session, tenant_id: str, domain_id: str, *, may_join: bool) -> bool:
    """Say whether people with an address of the domain may join; False when it is gone."""
    return (
        await db.run(
            "UPDATE tenant_domains SET may_join = :may_join WHERE tenant_id = :tenant_id AND id = :id",
            tenant_id=tenant_id,
            id=domain_id,
            may_join=may_join,
        )
        > 0
    )


async def delete(db: Session, tenant_id: str, domain_id: str) -> bool:
    """Remove a domain; False when it is gone."""
    return (
        await db.run(
            "DELETE FROM tenant_domains WHERE tenant_id = :tenant_id AND id = :id", tenant_id=tenant_id, id=domain_id
        )
        > 0
    )


async def open_to(db: Session, domain: str, *, now: int) -> list[OpenTenant]:
    """The tenants that people with an address of a domain may join now."""
    rows = await db.all(
        f"""
        SELECT tenants.id AS tenant_id, tenants.name
        FROM tenant_domains JOIN tenants ON tenants.id = tenant_domains.tenant_id
        WHERE tenant_domains.domain = :domain AND verified_at IS NOT NULL AND may_join AND {IS_OPEN}
        ORDER BY tenants.name, tenants.id""",  # noqa: S608 - our own text
        domain=domain,
        now=now,
    )
    return [as_record(OpenTenant, row) for row in rows]
