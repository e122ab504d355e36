"""`/signing-keys`: a key of one's own to retire, for each side."""

from typing import Any

from hibana_op.operations import keys
from hibana_op.provider import Provider
from tests.api.credentials import ORIGIN
from tests.api.specimens import Side, Specimen


async def seed(op: Provider, side: Side) -> None:
    """A key that nothing needs."""
    side.ids["signing-key"] = (await keys.rotate(op, "ES256", ORIGIN)).kid


def algorithm(side: Side) -> dict[str, Any]:
    """A kind of key that is quickly made."""
    return {"algorithm": "ES256"}


ONE = {"id": "signing-key"}
SPECIMENS = {
    ("GET", "/signing-keys"): Specimen(of_tenant=False),
    ("POST", "/signing-keys"): Specimen(of_tenant=False, body=algorithm),
    ("GET", "/signing-keys/{id}"): Specimen(of_tenant=False, path=ONE),
    ("POST", "/signing-keys/{id}/retire"): Specimen(of_tenant=False, path=ONE),
}
