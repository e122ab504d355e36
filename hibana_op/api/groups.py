"""`/groups`: groups of people in a tenant, and who is in them."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from hibana_op.api import memberships, paging
from hibana_op.api.memberships import MembershipShown
from hibana_op.api.operation import Asked, Operation, Page, in_named_tenant, require_tenant
from hibana_op.api.places import somewhere, somewhere_in_named_tenant
from hibana_op.api.shapes import Given, Id, Listing, SearchingTenant, Taken, changes, told_of
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import groups
from hibana_op.records import memberships as membership_records
from hibana_op.records.groups import Group
from hibana_op.records.memberships import Membership
from hibana_op.tenancy import groups as rules
from hibana_op.tenancy.access import Where, paths_reached
from hibana_op.tenancy.places import place_of

Line = Annotated[str, Meta(min_length=1, max_length=100)]
About = Annotated[str, Meta(max_length=1000)]


class GroupShown(Given, frozen=True, kw_only=True):
    """A group."""

    id: str
    tenant_id: str
    name: str
    description: str
    created_at: datetime | None
    updated_at: datetime | None


class NewGroup(Taken, frozen=True, kw_only=True):
    """A group that is to be."""

    tenant_id: Id
    name: Line
    description: About = ""


class GroupChanged(Taken, frozen=True, kw_only=True):
    """What changes of a group."""

    name: Line | UnsetType = UNSET
    description: About | UnsetType = UNSET


class GroupsAsked(SearchingTenant, frozen=True, kw_only=True):
    """Which groups."""

    sort: Literal["created_at", "-created_at", "name", "-name"] = "created_at"


class GroupMembersAsked(Listing, frozen=True, kw_only=True):
    """Which people of a group."""


async def place(op: Provider, asked: Asked) -> Where:
    """The tenant of the group."""
    return Where(tenant_id=(await groups.locate(op.db, asked.id)).tenant_id)


async def seen_from(op: Provider, asked: Asked) -> Where:
    """The tenant of the group, or a unit of it in which the caller sees groups."""
    return somewhere(asked.actor, "groups:read", (await groups.locate(op.db, asked.id)).tenant_id)


async def place_of_member(op: Provider, asked: Asked) -> Where:
    """Where the member belongs, in the tenant of the group."""
    group = await groups.locate(op.db, asked.id)
    member = await membership_records.find(op.db, group.tenant_id, asked.path["membership_id"])
    return await place_of(op.db, group.tenant_id, member.unit_id if member else None)


async def list_groups(op: Provider, asked: Asked) -> Page:
    """The groups of a tenant."""
    query: GroupsAsked = asked.query
    tenant_id, order = require_tenant(asked), groups.ORDERS[query.sort]

    async def read(after: str, limit: int) -> list[Group]:
        return await groups.page(op.db, tenant_id, q=query.q, order=order, after=after, limit=limit)

    return await paging.page(op, query, read, of="groups", key=order.key, told=_shown)


async def show(op: Provider, asked: Asked) -> GroupShown:
    """One group."""
    return _shown(await groups.locate(op.db, asked.id))


async def create(op: Provider, asked: Asked) -> GroupShown:
    """Add a group."""
    body: NewGroup = asked.body
    made = await rules.create(
        op, asked.actor, body.tenant_id, name=body.name, description=body.description, origin=asked.origin
    )
    return _shown(made)


async def change(op: Provider, asked: Asked) -> GroupShown:
    """Change a group."""
    group = await groups.locate(op.db, asked.id)
    given = changes(asked.body)
    return _shown(await rules.update(op, asked.actor, group.tenant_id, group.id, given, origin=asked.origin))


async def remove(op: Provider, asked: Asked) -> None:
    """Remove a group."""
    group = await groups.locate(op.db, asked.id)
    await rules.delete(op, asked.actor, group.tenant_id, group.id, origin=asked.origin)


async def list_members(op: Provider, asked: Asked) -> Page:
    """The people in a group, as far as the caller's right reaches."""
    group = await groups.locate(op.db, asked.id)
    unit_paths = paths_reached(asked.actor, "groups:read", group.tenant_id)
    told: dict[str, MembershipShown] = {}

    async def read(after: str, limit: int) -> list[Membership]:
        found = await groups.people(op.db, group.tenant_id, group.id, unit_paths=unit_paths, after=after, limit=limit)
        told.update({each.id: each for each in await memberships.told_all(op, found)})
        return found

    of = f"members of {group.id}"
    return await paging.page(op, asked.query, read, of=of, key=lambda each: each.id, told=lambda each: told[each.id])


async def show_member(op: Provider, asked: Asked) -> MembershipShown:
    """Somebody who is in a group."""
    group = await groups.locate(op.db, asked.id)
    found = await groups.find_member(op.db, group.tenant_id, group.id, asked.path["membership_id"])
    if found is None:
        raise NotFound(f"no membership in the group has the id {asked.path['membership_id']}")
    return (await memberships.told_all(op, [found]))[0]


async def add_member(op: Provider, asked: Asked) -> None:
    """Put a member of the tenant in a group."""
    group = await groups.locate(op.db, asked.id)
    membership_id = asked.path["membership_id"]
    await rules.add_member(op, asked.actor, group.tenant_id, group.id, membership_id, origin=asked.origin)


async def remove_member(op: Provider, asked: Asked) -> None:
    """Take somebody out of a group."""
    group = await groups.locate(op.db, asked.id)
    membership_id = asked.path["membership_id"]
    await rules.remove_member(op, asked.actor, group.tenant_id, group.id, membership_id, origin=asked.origin)


def _shown(group: Group) -> GroupShown:
    shown: GroupShown = told_of(group, GroupShown)
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/groups",
        permission="groups:read",
        summary="List the groups of a tenant",
        handler=list_groups,
        where=somewhere_in_named_tenant("groups:read"),
        query=GroupsAsked,
        gives=GroupShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/groups",
        permission="groups:create",
        summary="Add a group",
        handler=create,
        where=in_named_tenant,
        takes=NewGroup,
        gives=GroupShown,
        status=201,
    ),
    Operation(
        method="GET",
        path="/groups/{id}",
        permission="groups:read",
        summary="Show a group",
        handler=show,
        where=seen_from,
        gives=GroupShown,
    ),
    Operation(
        method="PATCH",
        path="/groups/{id}",
        permission="groups:update",
        summary="Change a group",
        handler=change,
        where=place,
        takes=GroupChanged,
        gives=GroupShown,
    ),
    Operation(
        method="DELETE",
        path="/groups/{id}",
        permission="groups:delete",
        summary="Remove a group; its people stay",
        handler=remove,
        where=place,
        status=204,
    ),
    Operation(
        method="GET",
        path="/groups/{id}/members",
        permission="groups:read",
        summary="List who is in a group",
        handler=list_members,
        where=seen_from,
        query=GroupMembersAsked,
        gives=MembershipShown,
        is_list=True,
    ),
    Operation(
        method="GET",
        path="/groups/{id}/members/{membership_id}",
        permission="groups:read",
        summary="Show somebody who is in a group",
        handler=show_member,
        where=place_of_member,
        gives=MembershipShown,
    ),
    Operation(
        method="PUT",
        path="/groups/{id}/members/{membership_id}",
        permission="groups:update",
        summary="Put a member of the tenant in a group",
        handler=add_member,
        where=place_of_member,
        status=204,
    ),
    Operation(
        method="DELETE",
        path="/groups/{id}/members/{membership_id}",
        permission="groups:update",
        summary="Take somebody out of a group",
        handler=remove_member,
        where=place_of_member,
        status=204,
    ),
)
