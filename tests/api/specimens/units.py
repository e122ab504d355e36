"""`/units`: one with another below, and one to remove."""

from typing import Any

from hibana_op.provider import Provider
from hibana_op.tenancy import actors, units
from tests.api.credentials import ORIGIN
from tests.api.specimens import Side, Specimen


async def seed(op: Provider, side: Side) -> None:
    """Three units of the tenant."""
    command = await actors.command(op)
    for name, above in (("unit", None), ("unit-below", "unit"), ("unit-removed", None)):
        parent_id = side.ids[above] if above else None
        unit = await units.create(
            op, command, side.tenant_id, name=f"{name} {side.canary}", parent_id=parent_id, origin=ORIGIN
        )
        side.ids[name] = unit.id


def asked(side: Side) -> dict[str, Any]:
    """A unit and what is below."""
    return {"tenant_id": side.tenant_id, "unit_id": side.ids["unit"]}


def new(side: Side) -> dict[str, Any]:
    """A team below."""
    return {"tenant_id": side.tenant_id, "name": "Team", "type": "team", "parent_id": side.ids["unit"]}


def changed(side: Side) -> dict[str, Any]:
    """A manager, and another place."""
    return {"manager_user_id": side.ids["member"], "parent_id": side.ids["unit"]}


def taken_over(side: Side) -> dict[str, Any]:
    """Where everything goes."""
    return {"reassign_to": side.ids["unit"]}


SPECIMENS = {
    ("GET", "/units"): Specimen(of_tenant=True, query=asked),
    ("POST", "/units"): Specimen(of_tenant=True, body=new),
    ("GET", "/units/{id}"): Specimen(of_tenant=True, path={"id": "unit"}),
    ("PATCH", "/units/{id}"): Specimen(of_tenant=True, path={"id": "unit-below"}, body=changed),
    ("DELETE", "/units/{id}"): Specimen(of_tenant=True, path={"id": "unit-removed"}, query=taken_over),
}
