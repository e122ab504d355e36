"""`/tenant-domains`: a verified one, and one to take away."""

from typing import Any

from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from hibana_op.tenancy import actors, domains
from tests.api.credentials import ORIGIN
from tests.api.specimens import Side, Specimen, of_tenant


async def seed(op: Provider, side: Side) -> None:
    """Two domains of the tenant."""
    command = await actors.command(op)
    for name in ("domain", "domain-removed"):
        domain = f"{name}.{side.canary.lower()}.example"
        made = await domains.add(op, command, side.tenant_id, domain=domain, origin=ORIGIN)
        await domains.verify(op, command, side.tenant_id, made.id, is_known=True, origin=ORIGIN)
        side.ids[name] = made.id


def new(side: Side) -> dict[str, Any]:
    """A domain that nobody has."""
    return {"tenant_id": side.tenant_id, "domain": f"d{uuid7()}.example"}


def changed(side: Side) -> dict[str, Any]:
    """Nobody joins by it."""
    return {"may_join": False}


ONE = {"id": "domain"}
SPECIMENS = {
    ("GET", "/tenant-domains"): Specimen(of_tenant=True, query=of_tenant),
    ("POST", "/tenant-domains"): Specimen(of_tenant=True, body=new),
    ("GET", "/tenant-domains/{id}"): Specimen(of_tenant=True, path=ONE),
    ("PATCH", "/tenant-domains/{id}"): Specimen(of_tenant=True, path=ONE, body=changed),
    ("DELETE", "/tenant-domains/{id}"): Specimen(of_tenant=True, path={"id": "domain-removed"}),
    ("POST", "/tenant-domains/{id}/verify"): Specimen(of_tenant=True, path=ONE),
    ("POST", "/tenant-domains/{id}/vouch"): Specimen(of_tenant=False, path=ONE),
}
