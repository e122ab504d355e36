"""`/invitations`: an open one, and one to cancel."""

from typing import Any

from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from hibana_op.tenancy import actors, invitations
from hibana_op.tenancy.seats import Seat
from tests.api.credentials import ORIGIN
from tests.api.specimens import Side, Specimen, of_tenant


async def seed(op: Provider, side: Side) -> None:
    """Two invitations into the tenant."""
    command = await actors.command(op)
    for name in ("invitation", "invitation-cancelled"):
        email = f"{name}@{side.canary.lower()}.example"
        sent = await invitations.create(op, command, side.tenant_id, email=email, seat=Seat(), origin=ORIGIN)
        side.ids[name] = sent.invitation.id


def new(side: Side) -> dict[str, Any]:
    """Somebody else into a unit, with one more role."""
    return {
        "tenant_id": side.tenant_id,
        "email": f"{uuid7()}@new.example",
        "role_id": side.ids["role-guest"],
        "unit_id": side.ids["unit"],
    }


def again(side: Side) -> dict[str, Any]:
    """In another language."""
    return {"language": "en"}


SPECIMENS = {
    ("GET", "/invitations"): Specimen(of_tenant=True, query=of_tenant),
    ("POST", "/invitations"): Specimen(of_tenant=True, body=new),
    ("GET", "/invitations/{id}"): Specimen(of_tenant=True, path={"id": "invitation"}),
    ("POST", "/invitations/{id}/resend"): Specimen(of_tenant=True, path={"id": "invitation"}, body=again),
    ("DELETE", "/invitations/{id}"): Specimen(of_tenant=True, path={"id": "invitation-cancelled"}),
}
