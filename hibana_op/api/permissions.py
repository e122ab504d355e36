"""`/permissions`: everything that there is to be allowed, and in which places it may be."""

from itertools import groupby

from hibana_op.api.operation import SIGNED_IN, Asked, Operation, Page
from hibana_op.api.shapes import Given
from hibana_op.provider import Provider
from hibana_op.records import permissions
from hibana_op.records.permissions import EVERYWHERE


class PermissionShown(Given, frozen=True, kw_only=True):
    """A permission; `held_in` says in which kinds of places it means something."""

    permission: str
    resource_type: str
    description: str
    held_in: list[str]


async def list_permissions(op: Provider, asked: Asked) -> Page:
    """The catalogue."""
    every = [each for each in await permissions.every(op.db) if each.scope_id == EVERYWHERE and each.is_active]
    items = []
    for name, scopes in groupby(every, key=lambda each: each.permission):
        found = list(scopes)
        items.append(
            PermissionShown(
                permission=name,
                resource_type=found[0].resource_type,
                description=found[0].description,
                held_in=[each.scope_type for each in found],
            )
        )
    return Page(items, None)


OPERATIONS = (
    Operation(
        method="GET",
        path="/permissions",
        permission=SIGNED_IN,
        summary="List every permission there is",
        handler=list_permissions,
        gives=PermissionShown,
        is_list=True,
    ),
)
