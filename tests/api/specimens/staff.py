"""`/staff`: two things that somebody must bring."""

from typing import Any

from hibana_op.provider import Provider
from hibana_op.tenancy import actors, staff
from tests.api.credentials import ORIGIN
from tests.api.specimens import Side, Specimen
from tests.make import make_user


async def seed(op: Provider, side: Side) -> None:
    """Somebody of the service provider's."""
    command = await actors.command(op)
    email = f"staff@{side.canary.lower()}.example"
    user = await make_user(op, password=None, name=f"staff {side.canary}", email=email)
    side.ids["staff-person"] = user.id
    for name, auth_type in (("staff-requirement", "password"), ("staff-requirement-removed", "sso")):
        made = await staff.put(op, command, user.id, auth_type=auth_type, origin=ORIGIN)
        side.ids[name] = made.id


def new(side: Side) -> dict[str, Any]:
    """Two factors, from a network."""
    return {"user_id": side.ids["staff-person"], "auth_type": "mfa", "cidrs": ["192.0.2.0/24"]}


def changed(side: Side) -> dict[str, Any]:
    """From another network, for a time."""
    return {"cidrs": ["2001:db8::/32"], "expires_at": "2099-01-01T00:00:00Z"}


SPECIMENS = {
    ("GET", "/staff"): Specimen(of_tenant=False),
    ("POST", "/staff"): Specimen(of_tenant=False, body=new),
    ("GET", "/staff/{id}"): Specimen(of_tenant=False, path={"id": "staff-requirement"}),
    ("PATCH", "/staff/{id}"): Specimen(of_tenant=False, path={"id": "staff-requirement"}, body=changed),
    ("DELETE", "/staff/{id}"): Specimen(of_tenant=False, path={"id": "staff-requirement-removed"}),
}
