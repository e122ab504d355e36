"""`/resource-servers`."""

from typing import Any

from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from tests.api.specimens import Side, Specimen, of_tenant
from tests.make import make_resource


async def seed(op: Provider, side: Side) -> None:
    """An API of the tenant, and one to be removed."""
    for name in ("resource", "old resource"):
        made = await make_resource(
            op,
            identifier=f"https://{uuid7()}.{side.canary.lower()}.example/",
            name=f"{name} {side.canary}",
            tenant_id=side.tenant_id,
        )
        side.ids[name] = made.id


def new(side: Side) -> dict[str, Any]:
    """An API whose tokens the tenant's app may introspect."""
    return {
        "tenant_id": side.tenant_id,
        "identifier": f"https://{uuid7()}.api.example/",
        "name": "Orders",
        "scopes": [{"value": "orders:read", "description": "See your orders"}],
        "client_id": side.ids["client"],
    }


def change(side: Side) -> dict[str, Any]:
    """Other words for it, and who may introspect."""
    return {"name": "Things", "client_id": side.ids["client"]}


ONE = {"id": "resource"}
SPECIMENS = {
    ("GET", "/resource-servers"): Specimen(of_tenant=True, query=of_tenant),
    ("POST", "/resource-servers"): Specimen(of_tenant=True, body=new),
    ("GET", "/resource-servers/{id}"): Specimen(of_tenant=True, path=ONE),
    ("PATCH", "/resource-servers/{id}"): Specimen(of_tenant=True, path=ONE, body=change),
    ("DELETE", "/resource-servers/{id}"): Specimen(of_tenant=True, path={"id": "old resource"}),
}
