"""`/users/{id}/fields` and how people are let in: each needs the deployment's permission."""

from typing import Any

from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from hibana_op.records import custom_fields
from hibana_op.records.custom_fields import CustomField
from tests.api.specimens import Side, Specimen, join


async def seed(op: Provider, side: Side) -> None:
    """Somebody with two fields, which are named by their names and no ids."""
    user = await join(op, side.tenant_id, "member", side.canary)
    side.ids["fielded"] = user.id
    for name in ("field", "field-removed"):
        side.ids[name] = f"{name}-of-{side.canary.lower()}"
        field = CustomField(user_id=user.id, field_name=side.ids[name], field_value=side.canary)
        await op.db.transact(lambda tx, field=field: custom_fields.put(tx, field))  # type: ignore[misc]


def new(side: Side) -> dict[str, Any]:
    """Another team."""
    return {"value": "Sales", "type": "string", "editable": False}


def invited(side: Side) -> dict[str, Any]:
    """Somebody who makes an account themselves."""
    return {"email": f"{uuid7()}@new.example", "name": "Dora", "language": "en"}


ONE = {"id": "fielded", "name": "field"}
SPECIMENS = {
    ("GET", "/users/{id}/fields"): Specimen(of_tenant=False, path={"id": "fielded"}),
    ("GET", "/users/{id}/fields/{name}"): Specimen(of_tenant=False, path=ONE),
    ("PUT", "/users/{id}/fields/{name}"): Specimen(of_tenant=False, path=ONE, body=new),
    ("DELETE", "/users/{id}/fields/{name}"): Specimen(of_tenant=False, path={"id": "fielded", "name": "field-removed"}),
    ("POST", "/users/invite"): Specimen(of_tenant=False, body=invited),
    ("POST", "/users/{id}/send-password-link"): Specimen(
        of_tenant=False, path={"id": "fielded"}, body=lambda side: {"language": "en"}
    ),
}
