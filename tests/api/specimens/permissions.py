"""`/permissions`: of the deployment's own one to change and one to remove; both sides see the same."""

from typing import Any

from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from hibana_op.records import permissions
from hibana_op.tenancy import actors
from hibana_op.tenancy import permissions as rules
from tests.api.credentials import ORIGIN
from tests.api.specimens import Side, Specimen


async def seed(op: Provider, side: Side) -> None:
    """Two permissions, unless the other side has made them."""
    command = await actors.command(op)
    known = {each.permission for each in await permissions.listed(op.db)}
    for name in ("permission", "permission-removed"):
        side.ids[name] = f"specimens:{name}"
        if side.ids[name] not in known:
            await rules.create(
                op, command, permission=side.ids[name], held_in=["tenant"], description="Ours", origin=ORIGIN
            )


def new(side: Side) -> dict[str, Any]:
    """A permission of a noun that there was not."""
    return {"permission": f"n-{uuid7()}:read", "held_in": ["deployment", "tenant"], "description": "Read it"}


def changed(side: Side) -> dict[str, Any]:
    """Another description."""
    return {"description": f"Read it {uuid7()}"}


ONE = {"permission": "permission"}
SPECIMENS = {
    ("GET", "/permissions"): Specimen(of_tenant=False),
    ("POST", "/permissions"): Specimen(of_tenant=False, body=new),
    ("GET", "/permissions/{permission}"): Specimen(of_tenant=False, path=ONE),
    ("PATCH", "/permissions/{permission}"): Specimen(of_tenant=False, path=ONE, body=changed),
    ("DELETE", "/permissions/{permission}"): Specimen(of_tenant=False, path={"permission": "permission-removed"}),
}
