"""`/memberships`: who belongs to which tenant, as what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, require_tenant
from hibana_op.api.places import in_named_unit
from hibana_op.api.shapes import Given, Id, SearchingTenant, Taken, changes, told_of
from hibana_op.provider import Provider
from hibana_op.records import memberships, users
from hibana_op.records.memberships import Membership
from hibana_op.records.users import User
from hibana_op.tenancy import membership as rules
from hibana_op.tenancy.access import Where
from hibana_op.tenancy.places import place_of
from hibana_op.tenancy.seats import Seat

TenantRole = Literal["member", "admin", "owner"]


class MembershipShown(Given, frozen=True, kw_only=True):
    """One person in one tenant; of whoever left, what the tenant still has: when they were there."""

    id: str
    tenant_id: str
    user_id: str
    email: str | None
    name: str | None
    role: str
    status: str
    unit_id: str | None
    joined_at: datetime | None
    left_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None


class NewMembership(Taken, frozen=True, kw_only=True):
    """An existing person who is to be a member without being asked; others are invited."""

    tenant_id: Id
    user_id: Id
    role: TenantRole = "member"
    unit_id: Id | None = None


class MembershipChanged(Taken, frozen=True, kw_only=True):
    """What changes of a member."""

    role: TenantRole | UnsetType = UNSET
    status: Literal["active", "suspended"] | UnsetType = UNSET
    unit_id: Id | UnsetType | None = UNSET


class MembershipsAsked(SearchingTenant, frozen=True, kw_only=True):
    """Which members; those who left only when they are asked for."""

    status: Literal["", "active", "invited", "suspended", "left"] = ""
    role: Literal["", "member", "admin", "owner"] = ""
    unit_id: Annotated[str, Meta(max_length=255, description="Those of this unit and below.")] = ""


async def place(op: Provider, asked: Asked) -> Where:
    """The unit of the member, or the tenant."""
    member = await memberships.locate(op.db, asked.id)
    return await place_of(op.db, member.tenant_id, member.unit_id)


async def list_memberships(op: Provider, asked: Asked) -> Page:
    """The people of a tenant, or of a unit and below."""
    query: MembershipsAsked = asked.query
    where = await in_named_unit(op, asked)
    told: dict[str, MembershipShown] = {}

    async def read(after: str, limit: int) -> list[Membership]:
        found = await memberships.page(
            op.db,
            require_tenant(asked),
            q=query.q,
            status=query.status,
            role=query.role,
            unit_path=where.unit_path,
            after=after,
            limit=limit,
        )
        told.update({each.id: each for each in await told_all(op, found)})
        return found

    return await paging.page(
        op, query, read, of="memberships", key=lambda each: each.id, told=lambda each: told[each.id]
    )


async def show(op: Provider, asked: Asked) -> MembershipShown:
    """One member."""
    return await _told(op, await memberships.locate(op.db, asked.id))


async def create(op: Provider, asked: Asked) -> MembershipShown:
    """Make an existing person a member."""
    body: NewMembership = asked.body
    seat = Seat(role=body.role, unit_id=body.unit_id)
    return await _told(
        op, await rules.add(op, asked.actor, body.tenant_id, body.user_id, seat=seat, origin=asked.origin)
    )


async def change(op: Provider, asked: Asked) -> MembershipShown:
    """Change what a member is."""
    member = await memberships.locate(op.db, asked.id)
    changed = await rules.update(op, asked.actor, member.tenant_id, member.id, changes(asked.body), origin=asked.origin)
    return await _told(op, changed)


async def remove(op: Provider, asked: Asked) -> None:
    """Take somebody out of a tenant."""
    member = await memberships.locate(op.db, asked.id)
    await rules.remove(op, asked.actor, member.tenant_id, member.id, origin=asked.origin)


async def told_all(op: Provider, found: Sequence[Membership]) -> list[MembershipShown]:
    """Members with their names and addresses, as far as they are still the tenant's business."""
    people = await users.several(op.db, [each.user_id for each in found if each.status != "left"])
    return [_shown(each, people.get(each.user_id)) for each in found]


async def _told(op: Provider, member: Membership) -> MembershipShown:
    return (await told_all(op, [member]))[0]


def _shown(member: Membership, user: User | None) -> MembershipShown:
    email, name = (user.email, user.name) if user else (None, None)
    shown: MembershipShown = told_of(member, MembershipShown, email=email, name=name)
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/memberships",
        permission="memberships:read",
        summary="List the people of a tenant",
        handler=list_memberships,
        where=in_named_unit,
        query=MembershipsAsked,
        gives=MembershipShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/memberships",
        permission="memberships:create",
        summary="Make an existing person a member",
        handler=create,
        where=in_named_unit,
        takes=NewMembership,
        gives=MembershipShown,
        status=201,
    ),
    Operation(
        method="GET",
        path="/memberships/{id}",
        permission="memberships:read",
        summary="Show a member",
        handler=show,
        where=place,
        gives=MembershipShown,
    ),
    Operation(
        method="PATCH",
        path="/memberships/{id}",
        permission="memberships:update",
        summary="Change what a member is, suspend them, or let them in again",
        handler=change,
        where=place,
        takes=MembershipChanged,
        gives=MembershipShown,
    ),
    Operation(
        method="DELETE",
        path="/memberships/{id}",
        permission="memberships:delete",
        summary="Take somebody out of a tenant: what was issued to them there ends at once",
        handler=remove,
        where=place,
        status=204,
    ),
)
