"""`/groups`: one with somebody in it, and one to remove."""

from typing import Any

from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from hibana_op.records import memberships
from hibana_op.tenancy import actors, groups
from tests.api.credentials import ORIGIN
from tests.api.specimens import Side, Specimen, join, of_tenant


async def seed(op: Provider, side: Side) -> None:
    """Two groups of the tenant, one of its people in the first."""
    command = await actors.command(op)
    for name in ("group", "group-removed"):
        made = await groups.create(op, command, side.tenant_id, name=f"{name} {side.canary}", origin=ORIGIN)
        side.ids[name] = made.id
    user = await join(op, side.tenant_id, "member", side.canary)
    member = await memberships.of_person(op.db, side.tenant_id, user.id)
    assert member is not None
    side.ids["grouped"] = member.id
    await groups.add_member(op, command, side.tenant_id, side.ids["group"], member.id, origin=ORIGIN)


def new(side: Side) -> dict[str, Any]:
    """A group."""
    return {"tenant_id": side.tenant_id, "name": f"Choir {uuid7()}"}


def changed(side: Side) -> dict[str, Any]:
    """Another description."""
    return {"description": "They sing"}


ONE, MEMBER = {"id": "group"}, {"id": "group", "membership_id": "grouped"}
SPECIMENS = {
    ("GET", "/groups"): Specimen(of_tenant=True, query=of_tenant),
    ("POST", "/groups"): Specimen(of_tenant=True, body=new),
    ("GET", "/groups/{id}"): Specimen(of_tenant=True, path=ONE),
    ("PATCH", "/groups/{id}"): Specimen(of_tenant=True, path=ONE, body=changed),
    ("DELETE", "/groups/{id}"): Specimen(of_tenant=True, path={"id": "group-removed"}),
    ("GET", "/groups/{id}/members"): Specimen(of_tenant=True, path=ONE),
    ("GET", "/groups/{id}/members/{membership_id}"): Specimen(of_tenant=True, path=MEMBER),
    ("PUT", "/groups/{id}/members/{membership_id}"): Specimen(of_tenant=True, path=MEMBER),
    ("DELETE", "/groups/{id}/members/{membership_id}"): Specimen(of_tenant=True, path=MEMBER),
}
