"""`/tenants`: the side's own, one to suspend and resume, and one to delete."""

from typing import Any

from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from hibana_op.tenancy import actors, tenants
from tests.api.credentials import ORIGIN
from tests.api.specimens import Side, Specimen


async def seed(op: Provider, side: Side) -> None:
    """Two more tenants that nobody of the side belongs to."""
    command = await actors.command(op)
    for name in ("tenant-acted-on", "tenant-deleted"):
        slug = f"{side.canary.lower()}-{name}"
        made = await tenants.create(op, command, slug=slug, name=f"{name} {side.canary}", origin=ORIGIN)
        side.ids[name] = made.tenant.id


def new(side: Side) -> dict[str, Any]:
    """A tenant that belongs to somebody new."""
    return {
        "slug": f"t-{uuid7()}",
        "name": "Newcomers",
        "owner_id": side.ids["newcomer"],
        "plan": "standard",
        "plan_expires_at": "2099-01-01T00:00:00Z",
        "settings": {"passwords": {"min_length": 12}},
    }


def changed(side: Side) -> dict[str, Any]:
    """Another description."""
    return {"description": f"Known as {side.canary}", "reason": "They asked for it"}


def why(side: Side) -> dict[str, Any]:
    """A reason."""
    return {"reason": "Unpaid"}


ONE, ACTED_ON, DELETED = {"id": "tenant"}, {"id": "tenant-acted-on"}, {"id": "tenant-deleted"}
SPECIMENS = {
    ("GET", "/tenants"): Specimen(of_tenant=False),
    ("POST", "/tenants"): Specimen(of_tenant=False, body=new),
    ("GET", "/tenants/{id}"): Specimen(of_tenant=True, path=ONE),
    ("PATCH", "/tenants/{id}"): Specimen(of_tenant=True, path=ONE, body=changed),
    ("DELETE", "/tenants/{id}"): Specimen(of_tenant=False, path=DELETED, query=why),
    ("POST", "/tenants/{id}/suspend"): Specimen(of_tenant=False, path=ACTED_ON, body=why),
    ("POST", "/tenants/{id}/resume"): Specimen(of_tenant=False, path=ACTED_ON, body=why),
}
