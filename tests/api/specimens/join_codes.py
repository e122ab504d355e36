"""`/join-codes`: one that counts, and one to disable."""

from typing import Any

from hibana_op.provider import Provider
from hibana_op.tenancy import actors, join_codes
from hibana_op.tenancy.seats import Seat
from tests.api.credentials import ORIGIN
from tests.api.specimens import Side, Specimen, of_tenant


async def seed(op: Provider, side: Side) -> None:
    """Two codes of the tenant."""
    command = await actors.command(op)
    for name in ("join-code", "join-code-disabled"):
        code, text = await join_codes.create(
            op, command, side.tenant_id, seat=Seat(), label=f"{name} {side.canary}", origin=ORIGIN
        )
        side.ids[name], side.ids[f"text of {name}"] = code.id, text.lower()


def new(side: Side) -> dict[str, Any]:
    """A code into a unit, with one more role."""
    return {
        "tenant_id": side.tenant_id,
        "label": "Spring",
        "role_id": side.ids["role-guest"],
        "unit_id": side.ids["unit"],
        "max_uses": 3,
    }


SPECIMENS = {
    ("GET", "/join-codes"): Specimen(of_tenant=True, query=of_tenant),
    ("POST", "/join-codes"): Specimen(of_tenant=True, body=new),
    ("GET", "/join-codes/{id}"): Specimen(of_tenant=True, path={"id": "join-code"}),
    ("POST", "/join-codes/{id}/disable"): Specimen(of_tenant=True, path={"id": "join-code-disabled"}),
}
