"""`/registration-tokens`, of the whole deployment."""

from typing import Any

from hibana_op.oauth import initial_access
from hibana_op.provider import Provider
from tests.api.credentials import ORIGIN
from tests.api.specimens import Side, Specimen


async def seed(op: Provider, side: Side) -> None:
    """A token to look at, and one to revoke."""
    for name in ("registration-token", "registration-token-revoked"):
        made, _ = await initial_access.create_token(op, max_uses=1, lifetime=3600, note=side.canary, origin=ORIGIN)
        side.ids[name] = made.id


def new(side: Side) -> dict[str, Any]:
    """A token for two apps."""
    return {"note": "The shop team", "max_uses": 2}


SPECIMENS = {
    ("GET", "/registration-tokens"): Specimen(of_tenant=False),
    ("POST", "/registration-tokens"): Specimen(of_tenant=False, body=new),
    ("GET", "/registration-tokens/{id}"): Specimen(of_tenant=False, path={"id": "registration-token"}),
    ("DELETE", "/registration-tokens/{id}"): Specimen(of_tenant=False, path={"id": "registration-token-revoked"}),
}
