"""`/role-assignments`: one that is left alone, and one to take away."""

from typing import Any

from hibana_op.provider import Provider
from hibana_op.tenancy import actors, assignments, roles
from tests.api.credentials import ORIGIN
from tests.api.specimens import Side, Specimen, join


async def seed(op: Provider, side: Side) -> None:
    """Two people who are guests, too; what their role gives may be held in a unit as well."""
    command = await actors.command(op)
    guest = await roles.create(
        op,
        command,
        side.tenant_id,
        name="visitor",
        permissions=["tenants:read", "units:read"],
        description=side.canary,
        origin=ORIGIN,
    )
    side.ids["role-guest"] = guest.id
    for name in ("role-assignment", "role-assignment-removed"):
        user = await join(op, side.tenant_id, "member", side.canary)
        made = await assignments.assign(
            op, command, user_id=user.id, role_id=guest.id, tenant_id=side.tenant_id, origin=ORIGIN
        )
        side.ids[name], side.ids[f"holder of {name}"] = made.id, user.id


def asked(side: Side) -> dict[str, Any]:
    """Who holds the role where it reaches a unit."""
    holder, unit = side.ids["holder of role-assignment"], side.ids["unit"]
    return {
        "tenant_id": side.tenant_id,
        "role_id": side.ids["role-guest"],
        "user_id": holder,
        "unit_id": unit,
        "from_above": "true",
    }


def new(side: Side) -> dict[str, Any]:
    """The member, in a unit."""
    return {
        "tenant_id": side.tenant_id,
        "user_id": side.ids["member"],
        "role_id": side.ids["role-guest"],
        "unit_id": side.ids["unit"],
    }


SPECIMENS = {
    ("GET", "/role-assignments"): Specimen(of_tenant=True, query=asked),
    ("POST", "/role-assignments"): Specimen(of_tenant=True, body=new),
    ("GET", "/role-assignments/{id}"): Specimen(of_tenant=True, path={"id": "role-assignment"}),
    ("DELETE", "/role-assignments/{id}"): Specimen(of_tenant=True, path={"id": "role-assignment-removed"}),
}
