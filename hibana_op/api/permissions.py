"""`/permissions`: everything that there is to be allowed, in which places it may be, and what is one's own of it."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from hibana_op.api.operation import SIGNED_IN, Asked, Operation, Page
from hibana_op.api.shapes import Given, Taken, changes, told_of
from hibana_op.provider import Provider
from hibana_op.records import permissions
from hibana_op.records.permissions import Permission
from hibana_op.tenancy import permissions as rules
from hibana_op.tenancy.access import EVERYTHING

PermissionName = Annotated[str, Meta(pattern="^[a-z][a-z0-9_.-]{0,48}:[a-z][a-z0-9_.-]{0,48}$")]
Place = Literal["deployment", "tenant", "organization_unit"]
Places = Annotated[list[Place], Meta(min_length=1, max_length=3)]
Words = Annotated[str, Meta(min_length=1, max_length=200)]


class PermissionShown(Given, frozen=True, kw_only=True):
    """A permission; `held_in` says in which kinds of places it means something."""

    permission: str
    resource_type: str
    resource_pattern: str
    description: str
    held_in: list[str]
    is_active: bool
    is_built_in: bool


class NewPermission(Taken, frozen=True, kw_only=True):
    """A permission of one's own, for apps and APIs that read it in tokens."""

    permission: PermissionName
    held_in: Places
    description: Words
    resource_pattern: Words = "*"
    is_active: bool = True


class PermissionChanges(Taken, frozen=True, kw_only=True):
    """What changes of a permission; of one that is built in, what it is called and whether it is active."""

    held_in: Places | UnsetType = UNSET
    description: Words | UnsetType = UNSET
    resource_pattern: Words | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


async def list_permissions(op: Provider, asked: Asked) -> Page:
    """The catalogue."""
    return Page([_shown(each) for each in await permissions.listed(op.db)], None)


async def show(op: Provider, asked: Asked) -> PermissionShown:
    """One permission."""
    return _shown(await permissions.get(op.db, asked.path["permission"]))


async def create(op: Provider, asked: Asked) -> PermissionShown:
    """Add a permission of one's own."""
    body: NewPermission = asked.body
    made = await rules.create(
        op,
        asked.actor,
        permission=body.permission,
        held_in=body.held_in,
        description=body.description,
        resource_pattern=body.resource_pattern,
        is_active=body.is_active,
        origin=asked.origin,
    )
    return _shown(made)


async def change(op: Provider, asked: Asked) -> PermissionShown:
    """Change a permission."""
    given = changes(asked.body)
    return _shown(await rules.update(op, asked.actor, asked.path["permission"], given, origin=asked.origin))


async def remove(op: Provider, asked: Asked) -> None:
    """Remove a permission of one's own."""
    await rules.delete(op, asked.actor, asked.path["permission"], origin=asked.origin)


def _shown(permission: Permission) -> PermissionShown:
    shown: PermissionShown = told_of(permission, PermissionShown, held_in=list(permission.held_in))
    return shown


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
    Operation(
        method="POST",
        path="/permissions",
        permission=EVERYTHING,
        summary="Add a permission of your own, for apps and APIs that read it in tokens",
        handler=create,
        takes=NewPermission,
        gives=PermissionShown,
        status=201,
        location="/permissions/{permission}",
    ),
    Operation(
        method="GET",
        path="/permissions/{permission}",
        permission=SIGNED_IN,
        summary="Show a permission",
        handler=show,
        gives=PermissionShown,
    ),
    Operation(
        method="PATCH",
        path="/permissions/{permission}",
        permission=EVERYTHING,
        summary="Change a permission, or switch it off for everybody",
        handler=change,
        takes=PermissionChanges,
        gives=PermissionShown,
    ),
    Operation(
        method="DELETE",
        path="/permissions/{permission}",
        permission=EVERYTHING,
        summary="Remove a permission of your own that no role gives any more",
        handler=remove,
        status=204,
    ),
)
