"""`/identity-providers`."""

from typing import Any

from hibana_op.foundation.ids import uuid7
from hibana_op.login.federation import providers
from hibana_op.provider import Provider
from tests.api.credentials import ORIGIN
from tests.api.specimens import Side, Specimen, of_tenant

CONFIG = {
    "client_id": "hibana",
    "authorization_endpoint": "https://login.partner.example/authorize",
    "token_endpoint": "https://login.partner.example/token",
    "userinfo_endpoint": "https://login.partner.example/me",
}


async def seed(op: Provider, side: Side) -> None:
    """A provider of the tenant, and one to be removed."""
    for name in ("provider", "old provider"):
        made = await providers.create(
            op,
            slug=_slug(),
            name=f"{name} {side.canary}",
            provider_type="oauth",
            config=CONFIG,
            client_secret="a secret of ours",
            domains=(),
            tenant_id=side.tenant_id,
            origin=ORIGIN,
        )
        side.ids[name] = made.id


def _slug() -> str:
    return f"p{uuid7()[-20:]}"


def new(side: Side) -> dict[str, Any]:
    """A provider of the tenant that nobody needs to be asked about."""
    return {
        "tenant_id": side.tenant_id,
        "slug": _slug(),
        "name": "Partner",
        "type": "oauth",
        "config": CONFIG,
        "client_secret": "another secret",
    }


ONE = {"id": "provider"}
SPECIMENS = {
    ("GET", "/identity-providers"): Specimen(of_tenant=True, query=of_tenant),
    ("POST", "/identity-providers"): Specimen(of_tenant=True, body=new),
    ("GET", "/identity-providers/{id}"): Specimen(of_tenant=True, path=ONE),
    ("PATCH", "/identity-providers/{id}"): Specimen(of_tenant=True, path=ONE, body=lambda side: {"enabled": False}),
    ("DELETE", "/identity-providers/{id}"): Specimen(of_tenant=True, path={"id": "old provider"}),
}
