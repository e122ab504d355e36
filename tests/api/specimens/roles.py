"""`/roles`: of the tenant's own, one to change and one to remove."""

from typing import Any

from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from hibana_op.tenancy import actors, roles
from tests.api.credentials import ORIGIN
from tests.api.specimens import Side, Specimen, of_tenant


async def seed(op: Provider, side: Side) -> None:
    """Two roles of the tenant."""
    command = await actors.command(op)
    for name in ("role", "role-removed"):
        made = await roles.create(
            op,
            command,
            side.tenant_id,
            name=f"{name}-{side.canary.lower()}",
            permissions=("tenants:read",),
            description=side.canary,
            origin=ORIGIN,
        )
        side.ids[name] = made.id


def new(side: Side) -> dict[str, Any]:
    """A role that reads."""
    return {"tenant_id": side.tenant_id, "name": f"r-{uuid7()}", "permissions": ["tenants:read", "users:read"]}


def changed(side: Side) -> dict[str, Any]:
    """Another name to read, and more permissions."""
    return {"display_name": "Readers", "permissions": ["tenants:read", "users:read"]}


SPECIMENS = {
    ("GET", "/roles"): Specimen(of_tenant=True, query=of_tenant),
    ("POST", "/roles"): Specimen(of_tenant=True, body=new),
    ("GET", "/roles/{id}"): Specimen(of_tenant=True, path={"id": "role"}),
    ("PATCH", "/roles/{id}"): Specimen(of_tenant=True, path={"id": "role"}, body=changed),
    ("DELETE", "/roles/{id}"): Specimen(of_tenant=True, path={"id": "role-removed"}),
}
