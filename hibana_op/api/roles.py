"""`/roles`: what the roles of a tenant give, and those of the deployment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, tenant_named
from hibana_op.api.places import where_roles_are
from hibana_op.api.shapes import Given, Id, Listing, Taken, changes, told_of
from hibana_op.provider import Provider
from hibana_op.records import roles
from hibana_op.records.ordering import by, orders
from hibana_op.records.roles import Role
from hibana_op.records.tenants import SYSTEM
from hibana_op.tenancy import roles as rules
from hibana_op.tenancy.access import Where, held_in_units
from hibana_op.web.role_names import called

RoleName = Annotated[str, Meta(pattern="^[a-z][a-z0-9_-]{0,63}$")]
DisplayName = Annotated[str, Meta(max_length=100)]
About = Annotated[str, Meta(max_length=500)]
Permissions = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...], Meta(max_length=200)]
Acr = Annotated[str, Meta(min_length=1, max_length=100)]


class RoleShown(Given, frozen=True, kw_only=True):
    """A role; those of the deployment have no tenant.

    `permissions_in_units`: what of it counts where a tenant's role is held in a unit alone.
    """

    id: str
    tenant_id: str | None
    name: str
    display_name: str
    description: str
    is_system_role: bool
    permissions: list[str]
    permissions_in_units: list[str]
    requires_acr: str | None
    created_at: datetime | None
    updated_at: datetime | None


class NewRole(Taken, frozen=True, kw_only=True):
    """A role that is to be: in a tenant, or without one in the deployment."""

    name: RoleName
    permissions: Permissions
    tenant_id: Id | None = None
    display_name: DisplayName = ""
    description: About = ""
    requires_acr: Acr | None = None


class RoleChanged(Taken, frozen=True, kw_only=True):
    """What changes of a role."""

    display_name: DisplayName | UnsetType = UNSET
    description: About | UnsetType = UNSET
    permissions: Permissions | UnsetType = UNSET
    requires_acr: Acr | UnsetType | None = UNSET


class RolesAsked(Listing, frozen=True, kw_only=True):
    """Which roles."""

    tenant_id: Annotated[str, Meta(max_length=255, description="Of which tenant; without it, the deployment's.")] = ""
    sort: Literal["created_at", "-created_at", "name", "-name"] = "created_at"


# A tenant has few of them, and they are all read at once.
ORDERS = orders("roles.id", created_at=None, name=by("roles.name", is_unique=True))


async def place(op: Provider, asked: Asked) -> Where:
    """The tenant of the role, or the deployment."""
    return rules.place((await roles.locate(op.db, asked.id)).tenant_id)


async def list_roles(op: Provider, asked: Asked) -> Page:
    """The roles of a tenant, or of the deployment."""
    query: RolesAsked = asked.query
    order = ORDERS[query.sort]
    every = await rules.every(op.db, asked.actor, tenant_named(asked))

    async def read(after: str, limit: int) -> Sequence[Role]:
        return order.page_of(every, after=after, limit=limit)

    return await paging.page(op, query, read, of="roles", key=order.key, told=lambda each: _shown(asked, each))


async def show(op: Provider, asked: Asked) -> RoleShown:
    """One role."""
    return _shown(asked, await roles.locate(op.db, asked.id))


async def create(op: Provider, asked: Asked) -> RoleShown:
    """Add a role."""
    body: NewRole = asked.body
    made = await rules.create(
        op,
        asked.actor,
        tenant_named(asked),
        name=body.name,
        permissions=body.permissions,
        display_name=body.display_name,
        description=body.description,
        requires_acr=body.requires_acr,
        origin=asked.origin,
    )
    return _shown(asked, made)


async def change(op: Provider, asked: Asked) -> RoleShown:
    """Change a role."""
    role = await roles.locate(op.db, asked.id)
    given = changes(asked.body)
    changed = await rules.update(op, asked.actor, role.tenant_id, role.id, given, origin=asked.origin)
    return _shown(asked, changed)


async def remove(op: Provider, asked: Asked) -> None:
    """Remove a role."""
    role = await roles.locate(op.db, asked.id)
    await rules.delete(op, asked.actor, role.tenant_id, role.id, origin=asked.origin)


def _shown(asked: Asked, role: Role) -> RoleShown:
    tenant_id = None if role.tenant_id == SYSTEM else role.tenant_id
    shown: RoleShown = told_of(
        role,
        RoleShown,
        tenant_id=tenant_id,
        display_name=called("en", role),
        permissions=list(role.permissions),
        permissions_in_units=held_in_units(asked.actor.catalogue, role.permissions) if tenant_id else [],
    )
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/roles",
        permission="roles:read",
        summary="List the roles of a tenant, or of the deployment",
        handler=list_roles,
        where=where_roles_are,
        query=RolesAsked,
        gives=RoleShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/roles",
        permission="roles:create",
        summary="Add a role that gives no more than its maker holds",
        handler=create,
        where=where_roles_are,
        takes=NewRole,
        gives=RoleShown,
        status=201,
    ),
    Operation(
        method="GET",
        path="/roles/{id}",
        permission="roles:read",
        summary="Show a role",
        handler=show,
        where=place,
        gives=RoleShown,
    ),
    Operation(
        method="PATCH",
        path="/roles/{id}",
        permission="roles:update",
        summary="Change a role",
        handler=change,
        where=place,
        takes=RoleChanged,
        gives=RoleShown,
    ),
    Operation(
        method="DELETE",
        path="/roles/{id}",
        permission="roles:delete",
        summary="Remove a role; whoever held it holds it no more",
        handler=remove,
        where=place,
        status=204,
    ),
)
