"""How somebody gets a seat in a tenant, whichever way they come: it is open, it has room, and nobody shut them out.

All of it happens while the tenant is held, so that of many who come at once no more get in than there is room for.
"""

from dataclasses import dataclass, replace

from hibana_op.foundation.errors import Conflict, Forbidden, NotFound
from hibana_op.foundation.ids import uuid7
from hibana_op.records import given_seats, memberships, permissions, roles, tenants, users
from hibana_op.records.memberships import ROLE_NAMES, Membership
from hibana_op.records.roles import TENANT, UNIT, Assignment, Role
from hibana_op.records.tenants import SPECIAL, Tenant
from hibana_op.storage.database import Session
from hibana_op.tenancy.access import Actor, Where, check_counts, check_may_grant
from hibana_op.tenancy.places import place_of


class CannotJoin(Conflict):
    """Somebody cannot become a member; `reason` names the words that a page says."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What somebody becomes: their role, one more role that a tenant gives, and their unit."""

    role: str = "member"
    role_id: str | None = None
    unit_id: str | None = None
    given_by: str | None = None


async def hold(tx: Session, tenant_id: str, *, now: int) -> Tenant:
    """A tenant that somebody is about to join, held; CannotJoin when nobody may."""
    await tenants.hold(tx, tenant_id)
    tenant = await tenants.find(tx, tenant_id)
    if tenant is None or tenant.id in SPECIAL or not tenant.is_open(now=now):
        raise CannotJoin("tenant_closed", "the organisation takes nobody in at the moment")
    return tenant


async def check(tx: Session, tenant: Tenant, user_id: str | None) -> Membership | None:
    """What a person was or is in a tenant that is held; CannotJoin when they may not, or there is no room.

    Nothing is written: what must be spent once can be spent after this, and before `take`.
    """
    known = await memberships.of_person(tx, tenant.id, user_id) if user_id is not None else None
    if known is not None and known.status == "suspended":
        raise CannotJoin("member_suspended", "the membership is suspended")
    if known is not None and known.status == "active":
        return known
    if tenant.max_users is not None and await memberships.count_seats(tx, tenant.id) >= tenant.max_users:
        raise CannotJoin("tenant_full", f"the organisation has its {tenant.max_users} members already")
    return known


async def take(
    tx: Session, tenant: Tenant, user_id: str, seat: Seat, known: Membership | None, *, now: int
) -> Membership:
    """Let a person in for whom `check` found room; whoever left before comes back with the same membership."""
    if known is None:
        member = Membership(
            id=uuid7(),
            tenant_id=tenant.id,
            user_id=user_id,
            role=seat.role,
            unit_id=seat.unit_id,
            joined_at=now,
            created_at=now,
            updated_at=now,
        )
        await memberships.insert(tx, member)
    else:
        member = replace(
            known,
            role=seat.role,
            status="active",
            unit_id=seat.unit_id,
            joined_at=now,
            left_at=None,
            updated_at=now,
        )
        await memberships.update(tx, member)
    if seat.role_id is not None:
        await roles.insert_assignment(tx, _assignment(member, seat, seat.role_id, now=now))
    return member


async def check_may_give(tx: Session, actor: Actor, tenant_id: str, seat: Seat) -> None:
    """Forbidden, when somebody would give a seat with more than they hold; NotFound for a role or unit elsewhere."""
    place = await place_of(tx, tenant_id, seat.unit_id)
    given = await role_of(tx, tenant_id, seat.role)
    check_may_grant(actor, given.permissions if given else (), Where(tenant_id=tenant_id))
    if seat.role_id is not None:
        more = await roles.find(tx, tenant_id, seat.role_id)
        if more is None:
            raise NotFound(f"no role has the id {seat.role_id}")
        check_may_grant(actor, more.permissions, place)


async def check_may_promise(tx: Session, actor: Actor, tenant_id: str, seat: Seat) -> None:
    """The same of a seat that somebody is to take later; InvalidRecord, when its role would give nothing there."""
    await check_may_give(tx, actor, tenant_id, seat)
    more = await roles.find(tx, tenant_id, seat.role_id) if seat.role_id is not None else None
    if more is not None:
        check_counts(actor.catalogue, more.name, more.permissions, await place_of(tx, tenant_id, seat.unit_id))


async def is_still_given(tx: Session, tenant_id: str, seat: Seat, *, now: int) -> bool:
    """Whether whoever made a code or an invitation could give its seat today.

    What somebody left behind is no way back for them. A plain seat gives nothing, and commands are nobody's.
    """
    if seat.given_by is None or (seat.role == "member" and seat.role_id is None):
        return True
    giver = await users.find(tx, seat.given_by)
    if giver is None or not giver.is_active:
        return False
    granted = tuple(await roles.granted_to(tx, giver.id, now=now))
    actor = Actor(catalogue=await permissions.catalogue(tx), user_id=giver.id, granted=granted)
    try:
        await check_may_give(tx, actor, tenant_id, seat)
    except (Forbidden, NotFound):
        return False
    return True


async def require_ungiven(tx: Session, role: Role, *, now: int) -> None:
    """Conflict, while a join code or an open invitation gives a role: it would vanish with the role, unseen."""
    if await given_seats.is_given(tx, role.id, now=now):
        raise Conflict(f"join codes or invitations give {role.name}; disable or cancel them first")


async def role_of(tx: Session, tenant_id: str, role: str) -> Role | None:
    """The tenant's role that member, admin or owner stands for."""
    return await roles.find_by_name(tx, tenant_id, ROLE_NAMES[role])


def _assignment(member: Membership, seat: Seat, role_id: str, *, now: int) -> Assignment:
    """A role that comes with a seat in a unit counts in that unit alone."""
    return Assignment(
        id=uuid7(),
        user_id=member.user_id,
        role_id=role_id,
        scope_type=TENANT if seat.unit_id is None else UNIT,
        scope_id=member.tenant_id if seat.unit_id is None else seat.unit_id,
        tenant_id=member.tenant_id,
        assigned_by=seat.given_by,
        created_at=now,
    )
