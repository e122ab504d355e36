"""`/api-keys`."""

from typing import Any

from hibana_op.provider import Provider
from hibana_op.tenancy import actors, api_keys
from tests.api.credentials import ORIGIN
from tests.api.specimens import Side, Specimen, of_tenant


async def seed(op: Provider, side: Side) -> None:
    """A key of a plain member, which nobody is too weak to end."""
    key, _ = await api_keys.create(
        op,
        await actors.command(op),
        user_id=side.member.id,
        name=f"Key {side.canary}",
        scopes=("tenants:read",),
        tenant_id=side.tenant_id,
        origin=ORIGIN,
    )
    side.ids["api-key"] = key.id


def new(side: Side) -> dict[str, Any]:
    """A key for a program of the tenant."""
    return {"name": "A program", "scopes": ["api-keys:read"], "tenant_id": side.tenant_id}


ONE = {"id": "api-key"}
SPECIMENS = {
    ("GET", "/api-keys"): Specimen(of_tenant=True, query=of_tenant),
    ("POST", "/api-keys"): Specimen(of_tenant=True, body=new),
    ("GET", "/api-keys/{id}"): Specimen(of_tenant=True, path=ONE),
    ("DELETE", "/api-keys/{id}"): Specimen(of_tenant=True, path=ONE),
}
