"""`/client-grants`."""

from typing import Any

from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from hibana_op.records import client_grants, resources
from tests.api.specimens import Side, Specimen
from tests.make import make_client, make_resource


async def seed(op: Provider, side: Side) -> None:
    """A grant of an app of the tenant for an API of the tenant, and another app and API without one."""
    for name in ("granted", "to grant"):
        client = await make_client(op, client_name=f"{name} {side.canary}", tenant_id=side.tenant_id)
        resource = await make_resource(
            op,
            identifier=f"https://{uuid7()}.{side.canary.lower()}.example/",
            name=f"{name} {side.canary}",
            tenant_id=side.tenant_id,
        )
        side.ids |= {f"client {name}": client.client_id, f"resource {name}": resource.id}
    ids = side.ids["client granted"], side.ids["resource granted"]
    await op.db.transact(lambda tx: resources.grant(tx, *ids, scopes=frozenset({"read"}), now=op.now()))
    grant = await client_grants.of(op.db, *ids)
    assert grant is not None
    side.ids["grant"] = grant.id


def new(side: Side) -> dict[str, Any]:
    """A grant within the tenant."""
    return {"client_id": side.ids["client to grant"], "resource_id": side.ids["resource to grant"], "scopes": ["read"]}


def one_client(side: Side) -> dict[str, Any]:
    """The grants of the app."""
    return {"tenant_id": side.tenant_id, "client_id": side.ids["client granted"]}


ONE = {"id": "grant"}
SPECIMENS = {
    ("GET", "/client-grants"): Specimen(of_tenant=True, query=one_client),
    ("POST", "/client-grants"): Specimen(of_tenant=True, body=new),
    ("GET", "/client-grants/{id}"): Specimen(of_tenant=True, path=ONE),
    ("PATCH", "/client-grants/{id}"): Specimen(of_tenant=True, path=ONE, body=lambda side: {"scopes": ["write"]}),
    ("DELETE", "/client-grants/{id}"): Specimen(of_tenant=True, path=ONE),
}
