"""Where things of a tenant are: in the tenant as a whole, or in one of its units."""

from hibana_op.foundation.errors import NotFound
from hibana_op.records import tenants, units
from hibana_op.records.tenants import Tenant
from hibana_op.records.units import Unit
from hibana_op.storage.database import Session
from hibana_op.tenancy.access import Actor, Where, require_reach


async def tenant_for(tx: Session, actor: Actor, tenant_id: str) -> Tenant:
    """A tenant that the actor has to do with; to all others it does not exist."""
    require_reach(actor, tenant_id)
    return await tenants.get(tx, tenant_id)


async def held_tenant_for(tx: Session, actor: Actor, tenant_id: str) -> Tenant:
    """The same, and nobody else changes it or counts its people before this transaction ends."""
    require_reach(actor, tenant_id)
    await tenants.hold(tx, tenant_id)
    return await tenants.get(tx, tenant_id)


async def unit_of(tx: Session, tenant_id: str, unit_id: str) -> Unit:
    """A unit of this tenant, or NotFound."""
    unit = await units.find(tx, tenant_id, unit_id)
    if unit is None:
        raise NotFound(f"no unit has the id {unit_id}")
    return unit


async def place_of(tx: Session, tenant_id: str, unit_id: str | None) -> Where:
    """Where somebody or something is that belongs to a unit, or to none."""
    if unit_id is None:
        return Where(tenant_id=tenant_id)
    return at(await unit_of(tx, tenant_id, unit_id))


def at(unit: Unit) -> Where:
    """In a unit."""
    return Where(tenant_id=unit.tenant_id, unit_path=unit.path)
