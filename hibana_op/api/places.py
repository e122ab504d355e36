"""Where what a request names belongs: a unit of a tenant, or the tenant as a whole."""

from dataclasses import replace

from hibana_op.api.operation import Asked, Operation, Place, in_named_tenant, tenant_named
from hibana_op.api.problems import Fault, Problem, Unprocessable
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.tenancy import roles
from hibana_op.tenancy.access import Actor, Where, may, paths_reached
from hibana_op.tenancy.places import place_of

# How requests name the unit that they are about; a new unit names the one above it.
_OF_UNIT = ("unit_id", "parent_id")


async def in_named_unit_or_tenant(op: Provider, asked: Asked) -> Where:
    """The unit that the query names; without one, the tenant, and without that the deployment."""
    place = in_named_tenant if unit_named(asked) is None else in_named_unit
    return await place(op, asked)


async def in_named_unit(op: Provider, asked: Asked) -> Where:
    """The unit that the query or body names, in the tenant that it names; without one, the tenant."""
    tenant_id, unit_id = tenant_named(asked), unit_named(asked)
    if tenant_id is None:
        raise Unprocessable([Fault("tenant_id", "name the tenant")])
    return await place_of(op.db, tenant_id, unit_id)


def somewhere(actor: Actor, permission: str, tenant_id: str | None) -> Where:
    """A tenant, for what reaches into it as far as the caller's right does: or the first unit where they hold it."""
    inside = paths_reached(actor, permission, tenant_id) if tenant_id is not None else ()
    return Where(tenant_id=tenant_id, unit_path=inside[0] if inside else "")


def somewhere_in_named_tenant(permission: str) -> Place:
    """The same of the tenant that the query or body names."""

    async def place(op: Provider, asked: Asked) -> Where:
        return somewhere(asked.actor, permission, tenant_named(asked))

    return place


async def where_roles_are(op: Provider, asked: Asked) -> Where:
    """The tenant or unit that the query or body names; without one, the deployment, whose roles `system` keeps."""
    where, unit_id = roles.place(tenant_named(asked)), unit_named(asked)
    if unit_id is None:
        return where
    if where.tenant_id is None:
        raise NotFound(f"no unit has the id {unit_id}")
    return await place_of(op.db, where.tenant_id, unit_id)


def ask_for_unit(operation: Operation, asked: Asked, where: Where) -> None:
    """Tell whoever holds the permission in a unit alone, and asks about the tenant as a whole, what is missing."""
    fields = [each for shape in (operation.query, operation.takes) if shape for each in shape.__struct_fields__]
    member = next((each for each in _OF_UNIT if each in fields), None)
    if member is None or where.unit_path or unit_named(asked) is not None:
        return
    units = (each for each in asked.actor.granted if each.unit_path and each.tenant_id == where.tenant_id)
    if any(may(asked.actor, operation.permission, replace(where, unit_path=each.unit_path)) for each in units):
        told = "name the unit: you may do this in a unit, and not in the whole tenant"
        raise Problem(403, told, faults=[Fault(member, told)])


def unit_named(asked: Asked) -> str | None:
    """The unit that a request names, if it names one."""
    for part in (asked.query, asked.body):
        named = getattr(part, "unit_id", None)
        if isinstance(named, str) and named:
            return named
    return None
