"""What is done to groups, and who is in them.

A group is its whole tenant's. Whoever has to do with a unit alone sees the groups, and of their people those of the
unit; they put these into groups that they are in themselves, and take them out: what a group opens in apps, nobody
gives who lacks it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hibana_op.foundation.errors import Conflict, Forbidden, InvalidRecord, NotFound, NotInGroup
from hibana_op.foundation.events import GroupCreated, GroupDeleted, GroupMemberAdded, GroupMemberRemoved, GroupUpdated
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import groups, memberships
from hibana_op.records.groups import Group
from hibana_op.records.memberships import Membership
from hibana_op.records.tenants import SPECIAL
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import Actor, Where, may, paths_reached, require
from hibana_op.tenancy.places import place_of, tenant_for
from hibana_op.tenancy.tenant_values import check_line, check_text


async def create(
    op: Provider, actor: Actor, tenant_id: str, *, name: str, description: str = "", origin: Origin
) -> Group:
    """Add a group."""
    now = op.now()
    group = Group(
        id=uuid7(),
        tenant_id=tenant_id,
        name=check_line("name", name),
        description=check_text("description", description),
        created_at=now,
        updated_at=now,
    )

    async def write(tx: Session) -> Group:
        acting = await actors.renewed(tx, actor, now=now)
        tenant = await tenant_for(tx, acting, tenant_id)
        require(acting, "groups:create", Where(tenant_id=tenant_id))
        if tenant.id in SPECIAL:
            raise Conflict(f"{tenant.slug} has no groups")
        await groups.insert(tx, group)
        await op.emit(tx, GroupCreated(user_id=actor.user_id, tenant_id=tenant_id, target_id=group.id), origin)
        return group

    return await op.db.transact(write)


async def update(
    op: Provider, actor: Actor, tenant_id: str, group_id: str, changes: Mapping[str, Any], *, origin: Origin
) -> Group:
    """Change the name or the description of a group."""
    given: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in ("name", "description"):
            raise InvalidRecord(f"{name[:80]} is nothing that may be chosen of a group")
        given[name] = check_line(name, value) if name == "name" else check_text(name, value)

    async def write(tx: Session) -> Group:
        acting = await actors.renewed(tx, actor, now=op.now())
        group = await _get(tx, acting, tenant_id, group_id, "groups:update")
        require(acting, "groups:update", Where(tenant_id=tenant_id))
        changed = replace(group, **given, updated_at=op.now())
        await groups.update(tx, changed)
        await op.emit(tx, GroupUpdated(user_id=actor.user_id, tenant_id=tenant_id, target_id=group_id), origin)
        return changed

    return await op.db.transact(write)


async def delete(op: Provider, actor: Actor, tenant_id: str, group_id: str, *, origin: Origin) -> None:
    """Remove a group; its people stay."""

    async def write(tx: Session) -> None:
        acting = await actors.renewed(tx, actor, now=op.now())
        await _get(tx, acting, tenant_id, group_id, "groups:delete")
        await groups.delete(tx, tenant_id, group_id)
        await op.emit(tx, GroupDeleted(user_id=actor.user_id, tenant_id=tenant_id, target_id=group_id), origin)

    await op.db.transact(write)


async def get(op: Provider, actor: Actor, tenant_id: str, group_id: str) -> Group:
    """A group, for whoever may see it."""
    return await _get(op.db, actor, tenant_id, group_id, "groups:read")


async def add_member(
    op: Provider, actor: Actor, tenant_id: str, group_id: str, membership_id: str, *, origin: Origin
) -> None:
    """Put a member of the tenant in a group; whoever is in it stays in it."""

    async def write(tx: Session) -> None:
        acting = await actors.renewed(tx, actor, now=op.now())
        member = await _member(tx, acting, tenant_id, group_id, membership_id)
        if member.status not in ("active", "suspended"):
            raise Conflict("only members can be in a group")
        if await groups.add_member(tx, group_id, membership_id, now=op.now()):
            event = GroupMemberAdded(
                user_id=actor.user_id, tenant_id=tenant_id, target_id=member.user_id, group_id=group_id
            )
            await op.emit(tx, event, origin)

    await op.db.transact(write)


async def remove_member(
    op: Provider, actor: Actor, tenant_id: str, group_id: str, membership_id: str, *, origin: Origin
) -> None:
    """Take somebody out of a group."""

    async def write(tx: Session) -> None:
        acting = await actors.renewed(tx, actor, now=op.now())
        member = await _member(tx, acting, tenant_id, group_id, membership_id)
        if not await groups.remove_member(tx, group_id, membership_id):
            raise NotFound(f"no membership in the group has the id {membership_id}")
        event = GroupMemberRemoved(
            user_id=actor.user_id, tenant_id=tenant_id, target_id=member.user_id, group_id=group_id
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)


async def _get(tx: Session, actor: Actor, tenant_id: str, group_id: str, permission: str) -> Group:
    """A group, for whoever may do this somewhere in its tenant."""
    await tenant_for(tx, actor, tenant_id)
    if not paths_reached(actor, permission, tenant_id):
        raise Forbidden(permission)
    group = await groups.find(tx, tenant_id, group_id)
    if group is None:
        raise NotFound(f"no group has the id {group_id}")
    return group


async def _member(tx: Session, actor: Actor, tenant_id: str, group_id: str, membership_id: str) -> Membership:
    """Somebody whom the actor may put into this group and take out of it; out of reach is as unknown as never was."""
    await _get(tx, actor, tenant_id, group_id, "groups:update")
    member = await memberships.find(tx, tenant_id, membership_id)
    if member is None or not may(actor, "groups:update", await place_of(tx, tenant_id, member.unit_id)):
        raise NotFound(f"no membership has the id {membership_id}")
    is_of_unit = not may(actor, "groups:update", Where(tenant_id=tenant_id))
    if is_of_unit and (actor.user_id is None or not await groups.is_in(tx, group_id, actor.user_id)):
        raise NotInGroup
    return member
