"""`/users/{id}/fields`: fields that a deployment adds to people, for claims."""

from typing import Annotated, Literal

from msgspec import Meta

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page
from hibana_op.api.shapes import Given, Listing, Taken
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import custom_fields, users
from hibana_op.records.custom_fields import CustomField
from hibana_op.tenancy import custom_fields as rules

FieldType = Literal["string", "number", "date", "boolean"]


class FieldShown(Given, frozen=True, kw_only=True):
    """A field of a person; `value` has the type of the field, and is null where it lacks the type's form."""

    name: str
    type: FieldType
    value: str | int | float | bool | None
    editable: bool


class FieldSet(Taken, frozen=True, kw_only=True):
    """What a field holds, as text. With `editable`, people may change it themselves."""

    value: Annotated[str, Meta(max_length=2000)]
    type: FieldType = "string"
    editable: bool = False


async def list_fields(op: Provider, asked: Asked) -> Page:
    """The fields of a person, by name."""
    user = await users.get(op.db, asked.id)

    async def read(after: str, limit: int) -> list[CustomField]:
        found = sorted(await custom_fields.of_user(op.db, user.id), key=lambda each: each.field_name)
        return [each for each in found if each.field_name > after][:limit]

    of = f"fields {user.id}"
    return await paging.page(op, asked.query, read, of=of, key=lambda each: each.field_name, told=_shown)


async def show(op: Provider, asked: Asked) -> FieldShown:
    """One field."""
    found = await custom_fields.find(op.db, asked.id, asked.path["name"])
    if found is None:
        raise NotFound(f"this person has no field {asked.path['name']}")
    return _shown(found)


async def put(op: Provider, asked: Asked) -> FieldShown:
    """Set a field."""
    body: FieldSet = asked.body
    field = CustomField(
        user_id=asked.id,
        field_name=asked.path["name"],
        field_value=body.value,
        field_type=body.type,
        namespace="user" if body.editable else "app",
    )
    await rules.put(op, asked.actor, field, origin=asked.origin)
    return _shown(field)


async def remove(op: Provider, asked: Asked) -> None:
    """Take a field away."""
    await rules.delete(op, asked.actor, asked.id, asked.path["name"], origin=asked.origin)


def _shown(field: CustomField) -> FieldShown:
    return FieldShown(
        name=field.field_name,
        type=field.field_type,  # type: ignore[arg-type] # the column holds no other
        value=field.value,
        editable=field.namespace == "user",
    )


ALL, ONE = "/users/{id}/fields", "/users/{id}/fields/{name}"
OPERATIONS = (
    Operation(
        method="GET",
        path=ALL,
        permission="users:read",
        summary="List the fields of a person that the deployment added",
        handler=list_fields,
        query=Listing,
        gives=FieldShown,
        is_list=True,
    ),
    Operation(
        method="GET",
        path=ONE,
        permission="users:read",
        summary="Show a field of a person",
        handler=show,
        gives=FieldShown,
    ),
    Operation(
        method="PUT",
        path=ONE,
        permission="users:update",
        summary="Set a field of a person",
        handler=put,
        takes=FieldSet,
        gives=FieldShown,
    ),
    Operation(
        method="DELETE",
        path=ONE,
        permission="users:update",
        summary="Take a field away from a person",
        handler=remove,
        status=204,
    ),
)
