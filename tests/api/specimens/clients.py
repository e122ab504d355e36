"""`/clients`."""

from typing import Any

from hibana_op.provider import Provider
from tests.api.specimens import Side, Specimen, of_tenant
from tests.make import make_client


async def seed(op: Provider, side: Side) -> None:
    """An app of the tenant, and one to be removed."""
    made = await make_client(op, client_name=f"App {side.canary}", tenant_id=side.tenant_id)
    old = await make_client(op, client_name=f"Old app {side.canary}", tenant_id=side.tenant_id)
    side.ids |= {"client": made.client_id, "old client": old.client_id}


def new(side: Side) -> dict[str, Any]:
    """An app of the tenant."""
    return {
        "tenant_id": side.tenant_id,
        "client_name": "Shop",
        "redirect_uris": ["https://shop.example/callback"],
        "localized": {"client_name#ja": "お店"},
    }


def choice(side: Side) -> dict[str, Any]:
    """The tenant's own provider."""
    return {"identity_provider_ids": [side.ids["provider"]]}


ONE = {"id": "client"}
PROVIDERS = "/clients/{id}/identity-providers"
SPECIMENS = {
    ("GET", "/clients"): Specimen(of_tenant=True, query=of_tenant),
    ("POST", "/clients"): Specimen(of_tenant=True, body=new),
    ("GET", "/clients/{id}"): Specimen(of_tenant=True, path=ONE),
    ("PATCH", "/clients/{id}"): Specimen(of_tenant=True, path=ONE, body=lambda side: {"scope": "openid"}),
    ("DELETE", "/clients/{id}"): Specimen(of_tenant=True, path={"id": "old client"}),
    ("POST", "/clients/{id}/rotate-secret"): Specimen(of_tenant=True, path=ONE, body=lambda side: {"overlap": 60}),
    ("GET", PROVIDERS): Specimen(of_tenant=True, path=ONE),
    ("PUT", PROVIDERS): Specimen(of_tenant=True, path=ONE, body=choice),
}
