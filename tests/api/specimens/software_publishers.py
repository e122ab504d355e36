"""`/software-publishers`, of the whole deployment."""

from typing import Any

from hibana_op.foundation import base64url
from hibana_op.foundation.ids import uuid7
from hibana_op.oauth import software_statements
from hibana_op.provider import Provider
from tests.api.credentials import ORIGIN
from tests.api.specimens import Side, Specimen


async def seed(op: Provider, side: Side) -> None:
    """A publisher to look at, and one to remove."""
    for name in ("publisher", "publisher-removed"):
        issuer = f"https://{name}.{side.canary.lower()}.example"
        await software_statements.trust(op, issuer=issuer, jwks=None, jwks_uri=f"{issuer}/jwks.json", origin=ORIGIN)
        side.ids[name] = base64url.encode(issuer.encode())


def new(side: Side) -> dict[str, Any]:
    """A publisher that shows its keys."""
    issuer = f"https://{uuid7()}.example"
    return {"issuer": issuer, "jwks_uri": f"{issuer}/jwks.json"}


def changed(side: Side) -> dict[str, Any]:
    """Another address of its keys."""
    return {"jwks_uri": "https://keys.example/jwks.json"}


ONE = {"id": "publisher"}
SPECIMENS = {
    ("GET", "/software-publishers"): Specimen(of_tenant=False),
    ("POST", "/software-publishers"): Specimen(of_tenant=False, body=new),
    ("GET", "/software-publishers/{id}"): Specimen(of_tenant=False, path=ONE),
    ("PATCH", "/software-publishers/{id}"): Specimen(of_tenant=False, path=ONE, body=changed),
    ("DELETE", "/software-publishers/{id}"): Specimen(of_tenant=False, path={"id": "publisher-removed"}),
}
