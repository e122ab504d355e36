"""Who holds which role: given and taken by those alone who hold as much, in the deployment, a tenant or a unit."""

from hibana_op.foundation.errors import Conflict, NotFound
from hibana_op.foundation.events import RoleAssigned, RoleWithdrawn
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import administrators, roles, tenants, units, users
from hibana_op.records.roles import DEPLOYMENT, TENANT, UNIT, Assignment, Role
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import (
    IN_DEPLOYMENT,
    Actor,
    Where,
    check_counts,
    check_may_grant,
    reaches,
    require,
    require_reach,
)
from hibana_op.tenancy.administrators import require_another_super_admin, require_may_change
from hibana_op.tenancy.roles import home, place


async def assign(
    op: Provider,
    actor: Actor,
    *,
    user_id: str,
    role_id: str,
    tenant_id: str | None,
    origin: Origin,
    unit_id: str | None = None,
) -> Assignment:
    """Give a person a role: in the deployment (`tenant_id` None), in a tenant, or in a unit of it and below.

    A tenant gives roles of its own, and to its active members alone.
    """
    now = op.now()
    assignment = _assignment(actor, user_id, role_id, tenant_id=tenant_id, unit_id=unit_id, now=now)

    async def write(tx: Session) -> None:
        await administrators.hold(tx, actor.user_id, user_id)
        acting = await actors.renewed(tx, actor, now=now)
        where = await _enter(tx, acting, tenant_id, unit_id)
        require(acting, "role-assignments:create", where)
        role = await _role(tx, home(tenant_id), role_id)
        await _check_person(tx, where, user_id)
        check_may_grant(acting, role.permissions, where)
        check_counts(acting.catalogue, role.name, role.permissions, where)
        await require_may_change(tx, acting, user_id, where)
        if not await roles.insert_assignment(tx, assignment):
            raise Conflict(f"they hold the role {role.name} there already")
        event = RoleAssigned(
            user_id=actor.user_id,
            client_id=actor.client_id,
            tenant_id=where.tenant_id,
            target_id=user_id,
            role=role.name,
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)
    return assignment


async def withdraw(op: Provider, actor: Actor, assignment_id: str, *, origin: Origin) -> None:
    """Take a role away; the last super administrator keeps theirs."""

    async def write(tx: Session) -> None:
        found = await _find(tx, actor, assignment_id)
        await administrators.hold(tx, actor.user_id, found.user_id)
        acting = await actors.renewed(tx, actor, now=op.now())
        where = await where_of(tx, found)
        require(acting, "role-assignments:delete", where)
        role = await _role(tx, home(found.tenant_id), found.role_id)
        check_may_grant(acting, role.permissions, where)
        await require_may_change(tx, acting, found.user_id, where)
        if role.id == administrators.SUPER_ADMIN:
            await require_another_super_admin(tx, found.user_id)
        if not await roles.delete_assignment(tx, found.id):
            raise _unknown(assignment_id)
        event = RoleWithdrawn(
            user_id=actor.user_id,
            client_id=actor.client_id,
            tenant_id=found.tenant_id,
            target_id=found.user_id,
            role=role.name,
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)


async def get(tx: Session, actor: Actor, assignment_id: str) -> Assignment:
    """One assignment, for those who may see it."""
    found = await _find(tx, actor, assignment_id)
    require(actor, "role-assignments:read", await where_of(tx, found))
    return found


async def page(
    tx: Session,
    actor: Actor,
    *,
    tenant_id: str | None,
    user_id: str = "",
    role_id: str = "",
    unit_id: str | None = None,
    from_above: bool = False,
    after: str = "",
    limit: int = 50,
) -> list[Assignment]:
    """Who holds which role in a tenant and its units, or with None in the deployment.

    With `unit_id` those at exactly this unit; `from_above`: and those that reach it from the units above it and from
    the tenant, which only they may see who may see all of the tenant's.
    """
    unit = await _enter(tx, actor, tenant_id, unit_id)
    where = Where(tenant_id=unit.tenant_id) if from_above else unit
    require(actor, "role-assignments:read", where)
    path = [each for each in unit.unit_path.split("/") if each]
    return await roles.assignments_page(
        tx,
        tenant_id=where.tenant_id,
        user_id=user_id,
        role_id=role_id,
        unit_ids=path if from_above else path[-1:],
        and_in_tenant=from_above,
        after=after,
        limit=limit,
    )


async def where_of(tx: Session, assignment: Assignment) -> Where:
    """The place in which an assignment counts."""
    if assignment.tenant_id is None:
        return IN_DEPLOYMENT
    if assignment.scope_type != UNIT:
        return Where(tenant_id=assignment.tenant_id)
    unit = await units.find(tx, assignment.tenant_id, assignment.scope_id)
    return Where(tenant_id=assignment.tenant_id, unit_path=unit.path if unit else "")


def _assignment(
    actor: Actor, user_id: str, role_id: str, *, tenant_id: str | None, unit_id: str | None, now: int
) -> Assignment:
    inside = place(tenant_id).tenant_id
    kind = DEPLOYMENT if inside is None else UNIT if unit_id else TENANT
    return Assignment(
        id=uuid7(),
        user_id=user_id,
        role_id=role_id,
        scope_type=kind,
        scope_id=unit_id if unit_id and kind == UNIT else home(inside),
        tenant_id=inside,
        assigned_by=actor.user_id,
        created_at=now,
    )


async def _enter(tx: Session, actor: Actor, tenant_id: str | None, unit_id: str | None) -> Where:
    where = place(tenant_id)
    if where.tenant_id is None:
        if unit_id is not None:
            raise NotFound(f"no unit has the id {unit_id}")
        return where
    require_reach(actor, where.tenant_id)
    await tenants.get(tx, where.tenant_id)
    if unit_id is None:
        return where
    unit = await units.find(tx, where.tenant_id, unit_id)
    if unit is None:
        raise NotFound(f"no unit has the id {unit_id}")
    return Where(tenant_id=where.tenant_id, unit_path=unit.path)


async def _role(tx: Session, tenant_id: str, role_id: str) -> Role:
    await administrators.hold_role(tx, role_id)
    role = await roles.find(tx, tenant_id, role_id)
    if role is None:
        raise NotFound(f"no role has the id {role_id}")
    return role


async def _check_person(tx: Session, where: Where, user_id: str) -> None:
    """In a tenant, people of others are as unknown as those who never were."""
    if where.tenant_id is None:
        await users.get(tx, user_id)
    elif not await administrators.hold_member(tx, where.tenant_id, user_id):
        raise NotFound(f"no member has the id {user_id}")


async def _find(tx: Session, actor: Actor, assignment_id: str) -> Assignment:
    found = await roles.find_assignment(tx, assignment_id)
    if found is None or not reaches(actor, home(found.tenant_id)):
        raise _unknown(assignment_id)
    return found


def _unknown(assignment_id: str) -> NotFound:
    return NotFound(f"no role assignment has the id {assignment_id}")
