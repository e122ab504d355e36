"""`/ip-allowlists`: rules that are switched off, so that the callers of the tests get in."""

from typing import Any

from hibana_op.provider import Provider
from hibana_op.tenancy import actors, ip_rules
from tests.api.credentials import ORIGIN
from tests.api.specimens import Side, Specimen, of_tenant


async def seed(op: Provider, side: Side) -> None:
    """Two rules of the tenant."""
    command = await actors.command(op)
    for name in ("ip-rule", "ip-rule-removed"):
        rule = await ip_rules.create(
            op,
            command,
            side.tenant_id,
            cidr="192.0.2.0/24",
            description=f"{name} {side.canary}",
            is_active=False,
            origin=ORIGIN,
        )
        side.ids[name] = rule.id


def new(side: Side) -> dict[str, Any]:
    """A network of one person."""
    return {
        "tenant_id": side.tenant_id,
        "user_id": side.ids["member"],
        "cidr": "2001:db8::/32",
        "is_active": False,
        "confirm": True,
    }


def changed(side: Side) -> dict[str, Any]:
    """A smaller network."""
    return {"cidr": "192.0.2.0/25", "confirm": True}


def confirmed(side: Side) -> dict[str, Any]:
    """Even so."""
    return {"confirm": "true"}


SPECIMENS = {
    ("GET", "/ip-allowlists"): Specimen(of_tenant=True, query=of_tenant),
    ("POST", "/ip-allowlists"): Specimen(of_tenant=True, body=new),
    ("GET", "/ip-allowlists/{id}"): Specimen(of_tenant=True, path={"id": "ip-rule"}),
    ("PATCH", "/ip-allowlists/{id}"): Specimen(of_tenant=True, path={"id": "ip-rule"}, body=changed),
    ("DELETE", "/ip-allowlists/{id}"): Specimen(of_tenant=True, path={"id": "ip-rule-removed"}, query=confirmed),
}
