"""Where what a request names belongs: a unit of a tenant, or the tenant as a whole."""

from hibana_op.api.operation import Asked, tenant_named
from hibana_op.api.problems import Fault, Unprocessable
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.tenancy import roles
from hibana_op.tenancy.access import Where
from hibana_op.tenancy.places import place_of


async def in_named_unit(op: Provider, asked: Asked) -> Where:
    """The unit that the query or body names, in the tenant that it names; without one, the tenant."""
    tenant_id, unit_id = tenant_named(asked), unit_named(asked)
    if tenant_id is None:
        raise Unprocessable([Fault("tenant_id", "name the tenant")])
    return await place_of(op.db, tenant_id, unit_id)


async def where_roles_are(op: Provider, asked: Asked) -> Where:
    """The tenant or unit that the query or body names; without one, the deployment, whose roles `system` keeps."""
    where, unit_id = roles.place(tenant_named(asked)), unit_named(asked)
    if unit_id is None:
        return where
    if where.tenant_id is None:
        raise NotFound(f"no unit has the id {unit_id}")
    return await place_of(op.db, where.tenant_id, unit_id)


def unit_named(asked: Asked) -> str | None:
    """The unit that a request names, if it names one."""
    for part in (asked.query, asked.body):
        named = getattr(part, "unit_id", None)
        if isinstance(named, str) and named:
            return named
    return None
