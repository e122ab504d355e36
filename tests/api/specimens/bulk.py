"""`/users/bulk`, `/memberships/bulk` and `/invitations/bulk`: each about somebody of the tenant."""

from typing import Any

from hibana_op.foundation.ids import uuid7
from tests.api.specimens import Side, Specimen


def people(side: Side) -> dict[str, Any]:
    """A member who is to sign in again."""
    return {"action": "resume", "user_ids": [side.ids["member"]]}


def changed(side: Side) -> dict[str, Any]:
    """A member who is to be in a unit."""
    ids = [side.ids["membership-changed"]]
    return {"tenant_id": side.tenant_id, "membership_ids": ids, "unit_id": side.ids["unit"], "status": "active"}


def removed(side: Side) -> dict[str, Any]:
    """A member who is to go."""
    return {"tenant_id": side.tenant_id, "membership_ids": [side.ids["membership-removed-by-job"]]}


def invited(side: Side) -> dict[str, Any]:
    """Two addresses, into a unit and with one more role."""
    return {
        "tenant_id": side.tenant_id,
        "emails": [f"{uuid7()}@new.example", f"{uuid7()}@new.example"],
        "role_id": side.ids["role-guest"],
        "unit_id": side.ids["unit"],
    }


SPECIMENS = {
    ("POST", "/users/bulk"): Specimen(of_tenant=False, body=people),
    ("POST", "/memberships/bulk"): Specimen(of_tenant=True, body=changed),
    ("POST", "/memberships/bulk/remove"): Specimen(of_tenant=True, body=removed),
    ("POST", "/invitations/bulk"): Specimen(of_tenant=True, body=invited),
}
