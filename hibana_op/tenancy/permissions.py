"""The catalogue of permissions, changed by whoever holds everything in the deployment.

Permissions of one's own are for the apps and APIs of the deployment, which read them in tokens. Those that we brought
stay as they are, and so do their nouns: a role that gives `users:*` gives nothing that came later from outside.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from hibana_op.foundation.errors import Conflict, InvalidRecord
from hibana_op.foundation.events import PermissionAdded, PermissionChanged, PermissionRemoved
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.printable import is_line
from hibana_op.provider import Provider
from hibana_op.records import permissions, roles
from hibana_op.records.permissions import Permission
from hibana_op.records.roles import DEPLOYMENT, TENANT, UNIT
from hibana_op.records.tenants import SYSTEM
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import EVERYTHING, IN_DEPLOYMENT, Actor, require

PLACES = (DEPLOYMENT, TENANT, UNIT)
MOST_OF_ONES_OWN = 500
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,48}:[a-z][a-z0-9_.-]{0,48}")
_CHANGEABLE = ("description", "is_active", "held_in", "resource_pattern")
_CHANGEABLE_OF_OURS = ("description", "is_active")


async def create(
    op: Provider,
    actor: Actor,
    *,
    permission: str,
    held_in: Sequence[str],
    description: str,
    origin: Origin,
    resource_pattern: str = "*",
    is_active: bool = True,
) -> Permission:
    """Add a permission; whoever holds everything in a place where it may be held holds it at once."""
    now = op.now()
    made = Permission(
        permission=permission,
        resource_type=permission.partition(":")[0],
        resource_pattern=resource_pattern,
        description=description,
        held_in=tuple(sorted(set(held_in))),
        is_active=is_active,
        is_built_in=False,
        created_at=now,
    )
    _check(made)

    async def write(tx: Session) -> None:
        require(await actors.renewed(tx, actor, now=now), EVERYTHING, IN_DEPLOYMENT)
        known = await permissions.listed(tx)
        if made.resource_type in {each.resource_type for each in known if each.is_built_in}:
            raise InvalidRecord(f"permissions of {made.resource_type} are built in; begin the name with another noun")
        if sum(not each.is_built_in for each in known) >= MOST_OF_ONES_OWN:
            raise Conflict(f"there are {MOST_OF_ONES_OWN} permissions of your own already")
        await permissions.insert(tx, made)
        event = PermissionAdded(
            user_id=actor.user_id, client_id=actor.client_id, target_id=permission, held_in=made.held_in
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)
    return made


async def update(
    op: Provider, actor: Actor, permission: str, changes: Mapping[str, Any], *, origin: Origin
) -> Permission:
    """Change a permission: `description`, `is_active`, and of one's own also `held_in` and `resource_pattern`.

    One that is not active is nobody's, until it is active again.
    """
    unknown = sorted(changes.keys() - set(_CHANGEABLE))
    if unknown:
        raise InvalidRecord(f"{unknown[0]} of a permission cannot be changed")
    columns: dict[str, Any] = {
        name: tuple(sorted(set(value))) if name == "held_in" else value for name, value in changes.items()
    }

    async def write(tx: Session) -> Permission:
        require(await actors.renewed(tx, actor, now=op.now()), EVERYTHING, IN_DEPLOYMENT)
        known = await permissions.get(tx, permission)
        changed = replace(known, **columns)
        told = tuple(
            each.name for each in fields(Permission) if getattr(known, each.name) != getattr(changed, each.name)
        )
        if not told:
            return known
        fixed = sorted(set(told) - set(_CHANGEABLE_OF_OURS)) if known.is_built_in else []
        if fixed:
            raise Conflict(f"{permission} is built in, and its {fixed[0]} stays as it is")
        _check(changed)
        await _require_unused(tx, known, set(known.held_in) - set(changed.held_in))
        await permissions.update(tx, changed)
        event = PermissionChanged(user_id=actor.user_id, client_id=actor.client_id, target_id=permission, fields=told)
        await op.emit(tx, event, origin)
        return changed

    return await op.db.transact(write)


async def delete(op: Provider, actor: Actor, permission: str, *, origin: Origin) -> None:
    """Remove a permission of one's own that no role names."""

    async def write(tx: Session) -> None:
        require(await actors.renewed(tx, actor, now=op.now()), EVERYTHING, IN_DEPLOYMENT)
        known = await permissions.get(tx, permission)
        if known.is_built_in:
            raise Conflict(f"{permission} is built in, and stays; it can be switched off")
        await _require_unused(tx, known, known.held_in)
        await permissions.delete(tx, permission)
        event = PermissionRemoved(user_id=actor.user_id, client_id=actor.client_id, target_id=permission)
        await op.emit(tx, event, origin)

    await op.db.transact(write)


async def _require_unused(tx: Session, known: Permission, places: Collection[str]) -> None:
    """Conflict, when a role would go on naming what cannot be held there any more."""
    others = [
        each
        for each in await permissions.listed(tx)
        if each.resource_type == known.resource_type and each.permission != known.permission
    ]
    for place in (DEPLOYMENT, TENANT):  # roles that are held in units are their tenant's
        if place not in places:
            continue
        names = [known.permission]
        if not any(place in each.held_in for each in others):
            names.append(f"{known.resource_type}:*")  # which would give nothing without this one
        using = [each for each in await roles.naming(tx, names) if (each.tenant_id == SYSTEM) is (place == DEPLOYMENT)]
        if using:
            more = f" and {len(using) - 1} more" if len(using) > 1 else ""
            raise Conflict(f"{known.permission} is given by the role {using[0].name}{more}; change that first")


def _check(permission: Permission) -> None:
    if not permission.is_built_in and not _NAME.fullmatch(permission.permission):
        raise InvalidRecord("permission must be a noun and a verb such as reports:read, in small letters")
    if not permission.held_in or not set(permission.held_in) <= set(PLACES):
        raise InvalidRecord(f"held_in must be some of {', '.join(PLACES)}")
    if UNIT in permission.held_in and TENANT not in permission.held_in:
        raise InvalidRecord("held_in takes tenant with organization_unit: roles that are held in units are a tenant's")
    if not 1 <= len(permission.description.strip()) <= 200 or not is_line(permission.description):
        raise InvalidRecord("description must have 1 to 200 printable characters")
    if not 1 <= len(permission.resource_pattern) <= 200 or not permission.resource_pattern.isprintable():
        raise InvalidRecord("resource_pattern must have 1 to 200 printable characters")
