"""What is done to organisation units: added, changed, moved, removed. A unit is never beneath itself."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hibana_op.foundation.errors import Conflict, Forbidden, InvalidRecord
from hibana_op.foundation.events import (
    Event,
    MemberUpdated,
    RoleWithdrawn,
    UnitCreated,
    UnitDeleted,
    UnitMoved,
    UnitUpdated,
)
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import memberships, units
from hibana_op.records.tenants import SPECIAL
from hibana_op.records.units import STATUSES, TYPES, Unit
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import Actor, Where, check_may_grant, holds, require, spelled_out
from hibana_op.tenancy.places import at, held_tenant_for, place_of, tenant_for, unit_of
from hibana_op.tenancy.tenant_values import check_line, one_of

DEEPEST = 12
LONGEST_CODE = 40


async def create(
    op: Provider,
    actor: Actor,
    tenant_id: str,
    *,
    name: str,
    parent_id: str | None = None,
    origin: Origin,
    **values: Any,
) -> Unit:
    """Add a unit, at the top or beneath another; `values`: type, code, manager_user_id and status."""
    now, unit_id = op.now(), uuid7()
    given = check_values({"name": name, **values})

    async def write(tx: Session) -> Unit:
        acting = await actors.renewed(tx, actor, now=now)
        tenant = await held_tenant_for(tx, acting, tenant_id)
        require(acting, "units:create", await place_of(tx, tenant_id, parent_id))
        if tenant.id in SPECIAL:
            raise Conflict(f"{tenant.slug} has no units")
        await _check_manager(tx, tenant_id, given)
        path = await _path(tx, tenant_id, parent_id, unit_id)
        unit = Unit(
            id=unit_id,
            tenant_id=tenant_id,
            parent_id=parent_id,
            path=path,
            created_at=now,
            updated_at=now,
            **given,
        )
        await units.insert(tx, unit)
        await op.emit(tx, UnitCreated(user_id=actor.user_id, tenant_id=tenant_id, target_id=unit.id), origin)
        return unit

    return await op.db.transact(write)


async def update(
    op: Provider, actor: Actor, tenant_id: str, unit_id: str, changes: Mapping[str, Any], *, origin: Origin
) -> Unit:
    """Change a unit: its name, type, code, manager and status; with `parent_id` it is moved, too."""
    given = check_values({name: value for name, value in changes.items() if name != "parent_id"})

    async def write(tx: Session) -> Unit:
        acting = await actors.renewed(tx, actor, now=op.now())
        unit = await _held(tx, acting, tenant_id, unit_id, "units:update")
        await _check_manager(tx, tenant_id, given)
        changed, events = unit, list[Event]()
        told = {"user_id": actor.user_id, "tenant_id": tenant_id, "target_id": unit_id}
        parent_id = changes.get("parent_id", unit.parent_id)
        # What may be refused is refused first: a refusal keeps what was written before it.
        path = await _new_path(tx, acting, unit, parent_id) if parent_id != unit.parent_id else unit.path
        if any(getattr(unit, name) != value for name, value in given.items()):
            changed = replace(unit, **given, updated_at=op.now())
            await units.update(tx, changed)
            events.append(UnitUpdated(**told, fields=tuple(sorted(given))))
        if path != unit.path:
            await units.move(tx, unit, parent_id=parent_id, path=path, now=op.now())
            changed = replace(changed, parent_id=parent_id, path=path, updated_at=op.now())
            events.append(UnitMoved(**told, parent_id=changed.parent_id))
        for event in events:
            await op.emit(tx, event, origin)
        return changed

    return await op.db.transact(write)


async def delete(
    op: Provider, actor: Actor, tenant_id: str, unit_id: str, *, reassign_to: str | None = None, origin: Origin
) -> None:
    """Remove a unit that is empty; with `reassign_to`, all that is in it goes to another unit first.

    Roles that are held in it end with it: nobody takes more away so than they could role by role.
    """

    async def write(tx: Session) -> None:
        acting = await actors.renewed(tx, actor, now=op.now())
        unit = await _held(tx, acting, tenant_id, unit_id, "units:delete")
        told = await _withdrawn(tx, acting, unit)
        if reassign_to is not None:
            told += await _empty(tx, acting, unit, reassign_to, now=op.now())
        elif await units.is_used(tx, unit):
            raise Conflict(f"{unit.name} is not empty; name a unit that takes over what is in it")
        await units.delete(tx, unit)
        for event in told:
            await op.emit(tx, event, origin)
        await op.emit(tx, UnitDeleted(user_id=actor.user_id, tenant_id=tenant_id, target_id=unit_id), origin)

    await op.db.transact(write)


async def get(op: Provider, actor: Actor, tenant_id: str, unit_id: str) -> Unit:
    """A unit, for whoever may see it."""
    await tenant_for(op.db, actor, tenant_id)
    unit = await unit_of(op.db, tenant_id, unit_id)
    require(actor, "units:read", at(unit))
    return unit


def check_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a Unit that may be chosen; InvalidRecord names the first that is wrong."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name == "name":
            found[name] = check_line(name, value)
        elif name == "type":
            found[name] = one_of(name, value, TYPES)
        elif name == "status":
            found[name] = one_of(name, value, STATUSES)
        elif name == "code":
            found[name] = None if value is None else check_line(name, value, longest=LONGEST_CODE)
        elif name == "manager_user_id":
            found[name] = value
        else:
            raise InvalidRecord(f"{name[:80]} is nothing that may be chosen of a unit")
    return found


async def _held(tx: Session, actor: Actor, tenant_id: str, unit_id: str, permission: str) -> Unit:
    await held_tenant_for(tx, actor, tenant_id)
    unit = await unit_of(tx, tenant_id, unit_id)
    require(actor, permission, at(unit))
    return unit


async def _check_manager(tx: Session, tenant_id: str, given: Mapping[str, Any]) -> None:
    manager = given.get("manager_user_id")
    if manager is None:
        return
    membership = await memberships.of_person(tx, tenant_id, str(manager))
    if membership is None or membership.status != "active":
        raise InvalidRecord("manager_user_id: a unit is managed by an active member of its organisation")


async def _path(tx: Session, tenant_id: str, parent_id: str | None, unit_id: str) -> str:
    above = (await unit_of(tx, tenant_id, parent_id)).path if parent_id is not None else ""
    if above.count("/") >= DEEPEST:
        raise InvalidRecord(f"units stand at most {DEEPEST} deep")
    return f"{above}{unit_id}/"


async def _new_path(tx: Session, actor: Actor, unit: Unit, parent_id: str | None) -> str:
    """The path of a unit that is to be moved, once it is known that it may be."""
    target = await place_of(tx, unit.tenant_id, parent_id)
    for place in (await place_of(tx, unit.tenant_id, unit.parent_id), target):
        require(actor, "units:update", place)
    if target.unit_path.startswith(unit.path):
        raise InvalidRecord(f"{unit.name} cannot be beneath itself")
    path = await _path(tx, unit.tenant_id, parent_id, unit.id)
    deepest = max(each.count("/") for each in await units.paths_beneath(tx, unit))
    if deepest - unit.path.count("/") + path.count("/") > DEEPEST:
        raise InvalidRecord(f"units stand at most {DEEPEST} deep")
    _check_gains_nothing(actor, at(unit), replace(target, unit_path=path))
    return path


def _check_gains_nothing(actor: Actor, before: Where, after: Where) -> None:
    """Forbidden, when whoever moves a unit could do more in it where it is then: roles reach down from above."""
    for permission in spelled_out(actor.catalogue, ("*",), after):
        if holds(actor, permission, after) and not holds(actor, permission, before):
            raise Forbidden(permission)


async def _withdrawn(tx: Session, actor: Actor, unit: Unit) -> list[Event]:
    """What there is to tell of the roles that end with a unit, once it is known that the actor may end them."""
    told: list[Event] = []
    for held in await units.held_in(tx, unit):
        require(actor, "role-assignments:delete", at(unit))
        check_may_grant(actor, held.permissions, at(unit))
        event = RoleWithdrawn(
            user_id=actor.user_id,
            client_id=actor.client_id,
            tenant_id=unit.tenant_id,
            target_id=held.user_id,
            role=held.role,
        )
        told.append(event)
    return told


async def _empty(tx: Session, actor: Actor, unit: Unit, target_id: str, *, now: int) -> list[Event]:
    target = await unit_of(tx, unit.tenant_id, target_id)
    require(actor, "units:update", at(target))
    if target.path.startswith(unit.path):
        raise InvalidRecord("what is in a unit cannot go to the unit itself, or beneath it")
    if await units.has_people(tx, unit):
        for place in (unit, target):
            require(actor, "memberships:update", at(place))
    for permissions in await units.given_into(tx, unit):
        check_may_grant(actor, permissions, at(target))  # from now on it would be given there
    moved = [(child, await _new_path(tx, actor, child, target.id)) for child in await units.children(tx, unit)]
    for child, path in moved:
        await units.move(tx, child, parent_id=target.id, path=path, now=now)
    return [
        MemberUpdated(
            user_id=actor.user_id,
            tenant_id=unit.tenant_id,
            target_id=member.user_id,
            membership_id=member.id,
            fields=("unit_id",),
        )
        for member in await units.reassign_people(tx, unit, to=target.id, now=now)
    ]
