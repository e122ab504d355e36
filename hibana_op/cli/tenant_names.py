"""How commands name a tenant and what is in it, and whom they say is acting."""

from dataclasses import replace

import click

from hibana_op.cli.people import find_person
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import memberships, positions, roles, tenants, units
from hibana_op.records.invitations import Invitation
from hibana_op.records.join_codes import JoinCode
from hibana_op.records.memberships import ROLES, Membership
from hibana_op.records.tenants import Tenant
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import Actor
from hibana_op.tenancy.seats import Seat

tenant_option = click.option("--tenant", "slug", required=True, metavar="S", help="The tenant, by its slug.")
person_option = click.option(
    "--as", "by", metavar="PERSON", help="Who does this, for the record; a second person's approval needs a name."
)
unit_option = click.option("--unit", metavar="U", help="The unit, by its id or code.")
within_option = click.option("--unit", metavar="U", help="Only this unit and those below, by its id or code.")
role_option = click.option(
    "--role",
    default="member",
    show_default=True,
    metavar="R",
    help="member, admin, owner, or the name of a role of the tenant.",
)


async def find_tenant(op: Provider, named: str) -> Tenant:
    """The tenant that a command means, by its slug or its id."""
    found = await tenants.find(op.db, named) or await tenants.find_by_slug(op.db, named)
    if found is None:
        raise NotFound(f"no tenant has the slug {named}")
    return found


async def acting(op: Provider, by: str | None) -> Actor:
    """Whoever runs the command, by name where they say it."""
    actor = await actors.command(op)
    return actor if by is None else replace(actor, user_id=(await find_person(op.db, by)).id)


async def find_unit(op: Provider, tenant: Tenant, named: str | None) -> str | None:
    """The id of the unit that a command means, by its id or code."""
    if named is None:
        return None
    after = ""
    while page := await units.page(op.db, tenant.id, after=after):
        for each in page:
            if named in (each.id, each.code):
                return each.id
        after = page[-1].id
    raise NotFound(f"no unit of {tenant.slug} has the id or code {named}")


async def path_of_unit(op: Provider, tenant: Tenant, named: str | None) -> str:
    """The path of the unit that a list is narrowed to, or of the whole tenant."""
    unit_id = await find_unit(op, tenant, named)
    return "" if unit_id is None else (await units.locate(op.db, unit_id)).path


async def find_seat(op: Provider, tenant: Tenant, role: str, unit: str | None) -> Seat:
    """What somebody is to become: a plain member with a role of the tenant's own, where it is none of the three."""
    unit_id = await find_unit(op, tenant, unit)
    if role in ROLES:
        return Seat(role=role, unit_id=unit_id)
    found = await roles.find_by_name(op.db, tenant.id, role)
    if found is None:
        raise NotFound(f"no role of {tenant.slug} is named {role}")
    return Seat(role_id=found.id, unit_id=unit_id)


async def named_position(op: Provider, by: JoinCode | Invitation) -> dict[str, str | None]:
    """What somebody becomes by a join code or an invitation: the role, as `--role` names it, and the unit."""
    position = await positions.offered(op.db, by)
    names = [each.role.name for each in position.held]
    return {"role_name": names[0] if names else position.membership, "unit": position.unit}


async def find_member(op: Provider, tenant: Tenant, person: str) -> Membership:
    """The membership that a command means, by the person or its id."""
    found = await memberships.find(op.db, tenant.id, person)
    if found is None:
        found = await memberships.of_person(op.db, tenant.id, (await find_person(op.db, person)).id)
    if found is None:
        raise NotFound(f"{person} is no member of {tenant.slug}")
    return found
