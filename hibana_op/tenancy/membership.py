"""Memberships: given, changed, suspended, taken away, left. A tenant never loses its last owner."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hibana_op.foundation.errors import Conflict, Forbidden, InvalidRecord, NotFound
from hibana_op.foundation.events import (
    Event,
    MemberJoined,
    MemberLeft,
    MemberRemoved,
    MemberResumed,
    MemberSuspended,
    MemberUpdated,
    RoleAssigned,
)
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import (
    api_keys,
    factors,
    groups,
    interactions,
    memberships,
    roles,
    sessions,
    tenant_domains,
    tenant_endings,
    tenants,
    units,
    users,
)
from hibana_op.records.memberships import ROLES, Membership
from hibana_op.records.tenants import Tenant
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors, seats
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, Where, may, paths_reached, require
from hibana_op.tenancy.administrators import require_may_change
from hibana_op.tenancy.places import place_of, tenant_for
from hibana_op.tenancy.seats import Seat


class LastOwner(Conflict):
    """A tenant would be nobody's."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A seat that a person takes: what they were there before, by whose hand they come, and which way."""

    user_id: str
    seat: Seat
    known: Membership | None
    by: str | None
    way: str


CHANGEABLE = ("role", "status", "unit_id")


async def add(op: Provider, actor: Actor, tenant_id: str, user_id: str, *, seat: Seat, origin: Origin) -> Membership:
    """Make a person a member without asking them; others are invited."""
    now = op.now()
    check_role(seat.role)

    async def write(tx: Session) -> Membership:
        acting = await actors.renewed(tx, actor, now=now)
        await tenant_for(tx, acting, tenant_id)
        require(acting, "memberships:create", await place_of(tx, tenant_id, seat.unit_id))
        await seats.check_may_give(tx, acting, tenant_id, seat)
        tenant = await seats.hold(tx, tenant_id, now=now)
        await _check_knows(tx, acting, tenant, user_id)
        known = await seats.check(tx, tenant, user_id)
        if known is not None and known.status == "active":
            raise Conflict("the person is a member already")
        taken = Taken(user_id, replace(seat, given_by=actor.user_id), known, by=actor.user_id, way="added")
        return await let_in(op, tx, tenant, taken, origin)

    return await op.db.transact(write)


async def update(
    op: Provider, actor: Actor, tenant_id: str, membership_id: str, changes: Mapping[str, Any], *, origin: Origin
) -> Membership:
    """Change what a member is (`role`, `unit_id`), suspend them, or let them in again (`status`)."""
    check_changes(changes)

    async def write(tx: Session) -> Membership:
        now = op.now()
        acting = await actors.renewed(tx, actor, now=now)
        member = await _held(tx, acting, tenant_id, membership_id, "memberships:update")
        changed = replace(member, **changes)
        if changed == member:
            return member
        if changed.unit_id != member.unit_id:
            require(acting, "memberships:update", await place_of(tx, tenant_id, changed.unit_id))
        if changed.role != member.role:
            await seats.check_may_give(tx, acting, tenant_id, Seat(role=changed.role))
        if member.role == "owner" and (changed.role, changed.status) != ("owner", "active"):
            await _check_owner_remains(tx, member)
        await memberships.update(tx, replace(changed, updated_at=now))
        if changed.status == "suspended" != member.status:
            await tenant_endings.of_membership(tx, membership_id, member.user_id, now=now)
        for event in _events(actor, member, changed):
            await op.emit(tx, event, origin)
        return replace(changed, updated_at=now)

    member = await op.db.transact(write)
    op.logout_bell.ring()
    return member


async def remove(op: Provider, actor: Actor, tenant_id: str, membership_id: str, *, origin: Origin) -> None:
    """Take somebody out of a tenant, with their roles; their sessions in it and what was issued there end at once."""

    async def write(tx: Session) -> None:
        now = op.now()
        acting = await actors.renewed(tx, actor, now=now)
        member = await _held(tx, acting, tenant_id, membership_id, "memberships:delete")
        await _check_owner_remains(tx, member)
        await _take_out(tx, member, now=now)
        await tenant_endings.of_membership(tx, membership_id, member.user_id, now=now)
        event = MemberRemoved(
            user_id=actor.user_id, tenant_id=tenant_id, target_id=member.user_id, membership_id=membership_id
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)
    op.logout_bell.ring()


async def leave(op: Provider, user_id: str, membership_id: str, *, origin: Origin) -> None:
    """Leave a tenant oneself; one stays signed in, outside of it. Who is suspended stays so: they could come back."""

    async def write(tx: Session) -> None:
        now = op.now()
        seen = await memberships.as_seen(tx, membership_id, user_id=user_id)
        if seen is None:
            raise _unknown(membership_id)
        await tenants.hold(tx, seen.tenant_id)
        member = await _member(tx, seen.tenant_id, membership_id)
        if member.status != "active":
            raise _unknown(membership_id)
        await _check_owner_remains(tx, member)
        await _take_out(tx, member, now=now)
        await tenant_endings.step_out(tx, membership_id, now=now)
        event = MemberLeft(user_id=user_id, tenant_id=member.tenant_id, target_id=user_id, membership_id=membership_id)
        await op.emit(tx, event, origin)

    await op.db.transact(write)


async def enter(
    op: Provider, user_id: str, membership_id: str, *, session_id: str, interaction_id: str | None = None
) -> None:
    """Make a membership the active one of a session, and of the sign-in that goes on with it.

    A session that a tenant's own provider began stays out of all others.
    """

    async def write(tx: Session) -> None:
        now = op.now()
        if not await memberships.hold_counting(tx, membership_id, user_id=user_id, now=now):
            raise _unknown(membership_id)
        only = factors.confined_to([factor for factor, _ in await factors.of_session(tx, session_id)])
        if only is not None and (await memberships.locate(tx, membership_id)).tenant_id != only:
            return
        await sessions.set_active_membership(tx, session_id, membership_id)
        if interaction_id is not None:
            await interactions.pick_tenant(tx, interaction_id, membership_id=membership_id, now=now)

    await op.db.transact(write)


async def get(op: Provider, actor: Actor, tenant_id: str, membership_id: str) -> Membership:
    """A membership, for whoever may see it."""
    await tenant_for(op.db, actor, tenant_id)
    member = await memberships.find(op.db, tenant_id, membership_id)
    if member is None:
        raise _unknown(membership_id)
    require(actor, "memberships:read", await place_of(op.db, tenant_id, member.unit_id))
    return member


def check_role(role: str) -> None:
    """InvalidRecord, unless it is what somebody can be in a tenant."""
    if role not in ROLES:
        raise InvalidRecord(f"role must be one of {', '.join(ROLES)}")


async def let_in(op: Provider, tx: Session, tenant: Tenant, taken: Taken, origin: Origin) -> Membership:
    """Give a person their seat for whom there is room, and say so; a role that comes with it is told, too."""
    seat = taken.seat
    member = await seats.take(tx, tenant, taken.user_id, seat, taken.known, now=op.now())
    more = await roles.find(tx, tenant.id, seat.role_id) if seat.role_id is not None else None
    await op.emit(tx, joined(taken.by, member, taken.way), origin)
    if more is not None:
        given = RoleAssigned(user_id=taken.by, tenant_id=tenant.id, target_id=taken.user_id, role=more.name)
        await op.emit(tx, given, origin)
    return member


def joined(by: str | None, member: Membership, way: str) -> MemberJoined:
    """What is told when somebody became a member."""
    return MemberJoined(
        user_id=by,
        tenant_id=member.tenant_id,
        target_id=member.user_id,
        membership_id=member.id,
        role=member.role,
        way=way,
    )


def check_changes(changes: Mapping[str, Any]) -> None:
    """InvalidRecord, unless these are changes that can be made of a membership."""
    for name, value in changes.items():
        if name not in CHANGEABLE:
            raise InvalidRecord(f"{name[:80]} of a membership cannot be changed")
        if name == "status" and value not in ("active", "suspended"):
            raise InvalidRecord("status must be active or suspended; whoever is to leave is removed")
        if name == "role":
            check_role(value)


async def _held(tx: Session, actor: Actor, tenant_id: str, membership_id: str, permission: str) -> Membership:
    """A member of a tenant that is held, whom the actor may do this to.

    Who is out of the actor's reach is as unknown as whoever never was. People are held before the tenant, as
    everywhere.
    """
    await tenant_for(tx, actor, tenant_id)
    if not paths_reached(actor, permission, tenant_id):
        raise Forbidden(permission)
    member = await _reached(tx, actor, tenant_id, membership_id, permission)
    if actor.user_id != member.user_id:
        await require_may_change(tx, actor, member.user_id, Where(tenant_id=tenant_id))
    await tenants.hold(tx, tenant_id)
    return await _reached(tx, actor, tenant_id, membership_id, permission)


async def _reached(tx: Session, actor: Actor, tenant_id: str, membership_id: str, permission: str) -> Membership:
    member = await _member(tx, tenant_id, membership_id)
    if not may(actor, permission, await place_of(tx, tenant_id, member.unit_id)):
        raise _unknown(membership_id)
    return member


async def _member(tx: Session, tenant_id: str, membership_id: str) -> Membership:
    member = await memberships.find(tx, tenant_id, membership_id)
    if member is None or member.status not in ("active", "suspended"):
        raise _unknown(membership_id)
    return member


async def _check_owner_remains(tx: Session, member: Membership) -> None:
    is_owner = member.role == "owner" and member.status == "active"
    if is_owner and not await memberships.count_other_owners(tx, member.tenant_id, member.id):
        raise LastOwner("the last owner stays; make somebody else an owner first")


async def _take_out(tx: Session, member: Membership, *, now: int) -> None:
    """Whoever is out holds nothing there any more, and comes back as a plain member."""
    left = replace(member, role="member", status="left", unit_id=None, left_at=now, updated_at=now)
    await memberships.update(tx, left)
    await roles.delete_of_member(tx, member.tenant_id, member.user_id)
    await groups.leave_all(tx, member.id)
    await units.release_manager(tx, member.tenant_id, member.user_id)
    await api_keys.revoke_of_member(tx, member.tenant_id, member.user_id, now=now)


def _events(actor: Actor, member: Membership, changed: Membership) -> list[Event]:
    told: dict[str, Any] = {
        "user_id": actor.user_id,
        "tenant_id": member.tenant_id,
        "target_id": member.user_id,
        "membership_id": member.id,
    }
    events: list[Event] = []
    fields = tuple(name for name in ("role", "unit_id") if getattr(member, name) != getattr(changed, name))
    if fields:
        events.append(MemberUpdated(**told, fields=fields))
    if changed.status != member.status:
        kind = MemberSuspended if changed.status == "suspended" else MemberResumed
        events.append(kind(**told))
    return events


async def _check_knows(tx: Session, actor: Actor, tenant: Tenant, user_id: str) -> None:
    """NotFound for somebody whom the actor could not know of: of strangers a tenant learns when they accept."""
    user = await users.find(tx, user_id)
    is_known = actor.is_command or may(actor, "users:read", IN_DEPLOYMENT)
    if user is not None and not is_known:
        is_known = await memberships.of_person(tx, tenant.id, user_id) is not None or (
            user.email_verified
            and any(
                each.domain == domain_of(user.email) and each.verified_at is not None
                for each in await tenant_domains.of_tenant(tx, tenant.id)
            )
        )
    if user is None or not is_known:
        raise NotFound(f"no person has the id {user_id}")
    if not user.is_active:
        raise Conflict("the person is suspended")


def domain_of(email: str) -> str:
    """The domain of an address, as domains are compared."""
    return email.rpartition("@")[2].lower()


def _unknown(membership_id: str) -> NotFound:
    return NotFound(f"no membership has the id {membership_id}")
