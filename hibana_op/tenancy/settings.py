"""What a tenant chooses for itself, and the deployment (the tenant `system`) for all: shown, and changed in part."""

from collections.abc import Mapping
from typing import Any

from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import tenants
from hibana_op.records.tenants import SPECIAL, Tenant
from hibana_op.storage.database import Session
from hibana_op.tenancy import tenants as rules
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, Where, require, require_reach
from hibana_op.tenancy.management import Changed


async def show(op: Provider, actor: Actor, tenant_id: str) -> Tenant:
    """A tenant with its settings, for whoever may see them."""

    async def read(tx: Session) -> Tenant:
        require_reach(actor, tenant_id)
        found = await tenants.get(tx, tenant_id)
        require(actor, "settings:read", IN_DEPLOYMENT if found.id in SPECIAL else Where(tenant_id=found.id))
        return found

    return await op.db.read(read)


async def change(
    op: Provider,
    actor: Actor,
    tenant_id: str,
    changes: Mapping[str, Any],
    *,
    reason: str | None = None,
    origin: Origin,
) -> Changed:
    """Change some settings and leave the others; null takes a choice back. Old and new ones are written down."""

    def new(tenant: Tenant) -> dict[str, Any]:
        return {"settings": merged(tenant.settings, changes)}

    return await rules.update(op, actor, tenant_id, new, reason=reason, origin=origin)


def merged(present: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The one document with the other laid over it (RFC 7396)."""
    result = dict(present)
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            below = result.get(name)
            result[name] = merged(below if isinstance(below, dict) else {}, value)
        else:
            result[name] = value
    return result
