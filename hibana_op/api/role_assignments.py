"""`/role-assignments`: who holds which role, in the deployment, a tenant, or a unit and below."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, tenant_named
from hibana_op.api.places import where_roles_are
from hibana_op.api.problems import Fault, Unprocessable
from hibana_op.api.shapes import Given, Id, Listing, Taken, told_of
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import roles
from hibana_op.records.roles import UNIT, Assignment
from hibana_op.tenancy import assignments as rules
from hibana_op.tenancy.access import Where


class RoleAssignmentShown(Given, frozen=True, kw_only=True):
    """A role that somebody holds; without a tenant in the whole deployment, without a unit in the whole tenant."""

    id: str
    user_id: str
    role_id: str
    tenant_id: str | None
    unit_id: str | None
    assigned_by: str | None
    created_at: datetime | None


class NewRoleAssignment(Taken, frozen=True, kw_only=True):
    """Who is to hold which role, where."""

    user_id: Id
    role_id: Id
    tenant_id: Id | None = None
    unit_id: Id | None = None


class RoleAssignmentsAsked(Listing, frozen=True, kw_only=True):
    """Who holds which role."""

    tenant_id: Annotated[str, Meta(max_length=255, description="In which tenant; without it, the deployment.")] = ""
    user_id: Annotated[str, Meta(max_length=255, description="Who.")] = ""
    role_id: Annotated[str, Meta(max_length=255, description="Which role.")] = ""
    unit_id: Annotated[str, Meta(max_length=255, description="Given at exactly this unit of the tenant.")] = ""
    from_above: Annotated[
        bool, Meta(description="With a unit: also what reaches it from the units above it and from the tenant.")
    ] = False


async def place(op: Provider, asked: Asked) -> Where:
    """Where the assignment counts."""
    return await rules.where_of(op.db, await _found(op, asked))


async def where_listed(op: Provider, asked: Asked) -> Where:
    """The unit that is asked for; the tenant, where what is above the unit is asked for, too."""
    query: RoleAssignmentsAsked = asked.query
    if query.from_above and not query.unit_id:
        raise Unprocessable([Fault("from_above", "name the unit")])
    where = await where_roles_are(op, asked)
    return Where(tenant_id=where.tenant_id) if query.from_above else where


async def list_assignments(op: Provider, asked: Asked) -> Page:
    """Who holds which role in a tenant and its units, or in the deployment."""
    query: RoleAssignmentsAsked = asked.query

    async def read(after: str, limit: int) -> list[Assignment]:
        return await rules.page(
            op.db,
            asked.actor,
            tenant_id=tenant_named(asked),
            user_id=query.user_id,
            role_id=query.role_id,
            unit_id=query.unit_id or None,
            from_above=query.from_above,
            after=after,
            limit=limit,
        )

    return await paging.page(op, query, read, of="role-assignments", key=lambda each: each.id, told=_shown)


async def show(op: Provider, asked: Asked) -> RoleAssignmentShown:
    """One assignment."""
    return _shown(await _found(op, asked))


async def create(op: Provider, asked: Asked) -> RoleAssignmentShown:
    """Give somebody a role."""
    body: NewRoleAssignment = asked.body
    made = await rules.assign(
        op,
        asked.actor,
        user_id=body.user_id,
        role_id=body.role_id,
        tenant_id=tenant_named(asked),
        unit_id=body.unit_id,
        origin=asked.origin,
    )
    return _shown(made)


async def remove(op: Provider, asked: Asked) -> None:
    """Take a role away."""
    await rules.withdraw(op, asked.actor, asked.id, origin=asked.origin)


async def _found(op: Provider, asked: Asked) -> Assignment:
    found = await roles.find_assignment(op.db, asked.id)
    if found is None:
        raise NotFound(f"no role assignment has the id {asked.id}")
    return found


def _shown(assignment: Assignment) -> RoleAssignmentShown:
    unit_id = assignment.scope_id if assignment.scope_type == UNIT else None
    shown: RoleAssignmentShown = told_of(assignment, RoleAssignmentShown, unit_id=unit_id)
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/role-assignments",
        permission="role-assignments:read",
        summary="List who holds which role",
        handler=list_assignments,
        where=where_listed,
        query=RoleAssignmentsAsked,
        gives=RoleAssignmentShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/role-assignments",
        permission="role-assignments:create",
        summary="Give somebody a role that gives no more than the caller holds",
        handler=create,
        where=where_roles_are,
        takes=NewRoleAssignment,
        gives=RoleAssignmentShown,
        status=201,
    ),
    Operation(
        method="GET",
        path="/role-assignments/{id}",
        permission="role-assignments:read",
        summary="Show that somebody holds a role",
        handler=show,
        where=place,
        gives=RoleAssignmentShown,
    ),
    Operation(
        method="DELETE",
        path="/role-assignments/{id}",
        permission="role-assignments:delete",
        summary="Take a role away",
        handler=remove,
        where=place,
        status=204,
    ),
)
