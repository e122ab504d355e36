"""Roles: those of the deployment and of each tenant, made and changed by whoever holds all that they give.

The roles that we bring keep their names and stay. What they are called, ask of a sign-in and give may change, but
`super_admin` and `tenant_owner` go on giving everything, so that there is always somebody who can mend the rest.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from hibana_op.foundation.acr import ACR_VALUES, ONE_FACTOR
from hibana_op.foundation.errors import Conflict, InvalidRecord, NotFound
from hibana_op.foundation.events import RoleCreated, RoleDeleted, RoleUpdated
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.printable import is_line
from hibana_op.provider import Provider
from hibana_op.records import administrators, roles, tenants
from hibana_op.records.roles import Role
from hibana_op.records.tenants import SYSTEM
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors, seats
from hibana_op.tenancy.access import (
    IN_DEPLOYMENT,
    Actor,
    Where,
    check_may_grant,
    require,
    require_reach,
    spelled_out,
)

GIVE_EVERYTHING = ("super_admin", "tenant_owner")
MOST_PERMISSIONS = 200
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_CHANGEABLE = frozenset({"display_name", "description", "permissions", "requires_acr"})


def home(tenant_id: str | None) -> str:
    """The tenant that keeps the roles of a place: those of the deployment are kept by `system`."""
    return tenant_id or SYSTEM


def place(tenant_id: str | None) -> Where:
    """Where the roles of a tenant, or with None those of the deployment, are held."""
    return IN_DEPLOYMENT if home(tenant_id) == SYSTEM else Where(tenant_id=tenant_id)


async def enter(tx: Session, actor: Actor, tenant_id: str | None, permission: str) -> Where:
    """The place of a tenant, or with None the deployment; NotFound and Forbidden for those who may not there."""
    where = place(tenant_id)
    if where.tenant_id is not None:
        require_reach(actor, where.tenant_id)
        await tenants.get(tx, where.tenant_id)
    require(actor, permission, where)
    return where


async def every(tx: Session, actor: Actor, tenant_id: str | None) -> list[Role]:
    """The roles of a tenant, or with None those of the deployment."""
    await enter(tx, actor, tenant_id, "roles:read")
    return await roles.every(tx, home(tenant_id))


async def get(tx: Session, actor: Actor, tenant_id: str | None, role_id: str) -> Role:
    """One of them."""
    await enter(tx, actor, tenant_id, "roles:read")
    return await _find(tx, tenant_id, role_id)


async def create(
    op: Provider,
    actor: Actor,
    tenant_id: str | None,
    *,
    name: str,
    permissions: Sequence[str],
    origin: Origin,
    display_name: str = "",
    description: str = "",
    requires_acr: str | None = None,
) -> Role:
    """Add a role to a tenant, or with None to the deployment."""
    now = op.now()
    role = Role(
        id=uuid7(),
        tenant_id=home(tenant_id),
        name=name,
        display_name=display_name or name,
        description=description,
        is_system_role=False,
        permissions_json=roles.as_permissions(tuple(dict.fromkeys(permissions))),
        requires_acr=requires_acr,
        created_at=now,
        updated_at=now,
    )

    async def write(tx: Session) -> None:
        await administrators.hold(tx, actor.user_id)
        acting = await actors.renewed(tx, actor, now=now)
        where = await enter(tx, acting, tenant_id, "roles:create")
        _check(acting, role, where)
        await _check_name(tx, role)
        check_may_grant(acting, role.permissions, where)
        await roles.insert(tx, role)
        event = RoleCreated(
            user_id=actor.user_id,
            client_id=actor.client_id,
            tenant_id=where.tenant_id,
            target_id=role.id,
            name=role.name,
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)
    return role


async def update(
    op: Provider, actor: Actor, tenant_id: str | None, role_id: str, changes: Mapping[str, Any], *, origin: Origin
) -> Role:
    """Change a role: `display_name`, `description`, `permissions`, `requires_acr`, as far as they are among these."""
    unknown = sorted(changes.keys() - _CHANGEABLE)
    if unknown:
        raise InvalidRecord(f"{unknown[0]} of a role cannot be changed")

    async def write(tx: Session) -> Role:
        await administrators.hold(tx, actor.user_id)
        acting = await actors.renewed(tx, actor, now=op.now())
        where = await enter(tx, acting, tenant_id, "roles:update")
        await administrators.hold_role(tx, role_id)
        role = await _find(tx, tenant_id, role_id)
        changed = _changed(role, changes, now=op.now())
        told = _differing(role, changed)
        if not told:
            return role
        if "permissions" in told and role.is_system_role and role.name in GIVE_EVERYTHING:
            raise Conflict(f"{role.name} goes on giving everything")
        _check(acting, changed, where)
        # Whoever lacks something of it would change, by the role, people who may do more than they.
        check_may_grant(acting, (*role.permissions, *changed.permissions), where)
        await roles.update(tx, changed)
        event = RoleUpdated(
            user_id=actor.user_id,
            client_id=actor.client_id,
            tenant_id=where.tenant_id,
            target_id=role.id,
            name=role.name,
            fields=told,
        )
        await op.emit(tx, event, origin)
        return changed

    return await op.db.transact(write)


async def delete(op: Provider, actor: Actor, tenant_id: str | None, role_id: str, *, origin: Origin) -> None:
    """Remove a role that we did not bring; whoever held it holds it no more."""

    async def write(tx: Session) -> None:
        await administrators.hold(tx, actor.user_id)
        acting = await actors.renewed(tx, actor, now=op.now())
        where = await enter(tx, acting, tenant_id, "roles:delete")
        await administrators.hold_role(tx, role_id)
        role = await _find(tx, tenant_id, role_id)
        if role.is_system_role:
            raise Conflict(f"{role.name} is one of the roles that are always there")
        check_may_grant(acting, role.permissions, where)
        await seats.require_ungiven(tx, role, now=op.now())
        await roles.delete(tx, role.tenant_id, role.id)
        event = RoleDeleted(
            user_id=actor.user_id,
            client_id=actor.client_id,
            tenant_id=where.tenant_id,
            target_id=role.id,
            name=role.name,
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)


async def _find(tx: Session, tenant_id: str | None, role_id: str) -> Role:
    role = await roles.find(tx, home(tenant_id), role_id)
    if role is None:
        raise NotFound(f"no role has the id {role_id}")
    return role


def _changed(role: Role, changes: Mapping[str, Any], *, now: int) -> Role:
    columns = {name: value for name, value in changes.items() if name != "permissions"}
    if "permissions" in changes:
        columns["permissions_json"] = roles.as_permissions(tuple(dict.fromkeys(changes["permissions"])))
    return replace(role, **columns, updated_at=now)


def _differing(role: Role, changed: Role) -> tuple[str, ...]:
    names = [each.name for each in fields(Role) if each.name != "updated_at"]
    return tuple(name.removesuffix("_json") for name in names if getattr(role, name) != getattr(changed, name))


def _check(actor: Actor, role: Role, where: Where) -> None:
    if not _NAME.fullmatch(role.name):
        raise InvalidRecord("name must begin with a small letter and have at most 64 of a-z, 0-9, _ and -")
    if not role.display_name.strip() or len(role.display_name) > 100 or not is_line(role.display_name):
        raise InvalidRecord("display_name must have 1 to 100 printable characters")
    if len(role.description) > 500 or not is_line(role.description):
        raise InvalidRecord("description must have at most 500 printable characters")
    if role.requires_acr is not None and role.requires_acr not in set(ACR_VALUES) - {ONE_FACTOR}:
        raise InvalidRecord(f"requires_acr must be one of {', '.join(ACR_VALUES[1:])}")
    if len(role.permissions) > MOST_PERMISSIONS:
        raise InvalidRecord(f"permissions must be at most {MOST_PERMISSIONS}")
    for permission in role.permissions:
        if not spelled_out(actor.catalogue, (permission,), where):
            raise InvalidRecord(f"there is no permission {permission} here")


async def _check_name(tx: Session, role: Role) -> None:
    """Apps read names of roles out of tokens: a tenant's must not pass for one of the deployment."""
    if role.tenant_id == SYSTEM:
        if await roles.is_in_a_tenant(tx, role.name):
            raise Conflict(f"a tenant has a role of the name {role.name}")
    elif await roles.find_by_name(tx, SYSTEM, role.name) is not None:
        raise InvalidRecord(f"the name {role.name} is kept for the deployment")
