"""`/memberships`: members to look at, to change and to remove, and somebody who belongs to no tenant."""

from typing import Any

from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from hibana_op.records import memberships
from tests.api.specimens import Side, Specimen, join
from tests.make import make_user


async def seed(op: Provider, side: Side) -> None:
    """Members besides those who call, and a newcomer."""
    for name in ("membership", "membership-changed", "membership-removed", "membership-removed-by-job"):
        user = await join(op, side.tenant_id, "member", side.canary)
        member = await memberships.of_person(op.db, side.tenant_id, user.id)
        assert member is not None
        side.ids[name] = member.id
    email = f"newcomer.{uuid7()}@{side.canary.lower()}.example"
    side.ids["newcomer"] = (await make_user(op, password=None, name=f"newcomer {side.canary}", email=email)).id


def asked(side: Side) -> dict[str, Any]:
    """Those who are in."""
    return {"tenant_id": side.tenant_id, "status": "active"}


def new(side: Side) -> dict[str, Any]:
    """The newcomer in a unit."""
    return {"tenant_id": side.tenant_id, "user_id": side.ids["newcomer"], "unit_id": side.ids["unit"]}


def changed(side: Side) -> dict[str, Any]:
    """Another unit."""
    return {"role": "member", "unit_id": side.ids["unit"]}


SPECIMENS = {
    ("GET", "/memberships"): Specimen(of_tenant=True, query=asked),
    ("POST", "/memberships"): Specimen(of_tenant=True, body=new),
    ("GET", "/memberships/{id}"): Specimen(of_tenant=True, path={"id": "membership"}),
    ("PATCH", "/memberships/{id}"): Specimen(of_tenant=True, path={"id": "membership-changed"}, body=changed),
    ("DELETE", "/memberships/{id}"): Specimen(of_tenant=True, path={"id": "membership-removed"}),
}
