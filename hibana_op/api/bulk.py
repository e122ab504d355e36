"""`/users/bulk`, `/memberships/bulk` and `/invitations/bulk`: the same done to many, as a job."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from hibana_op.api import jobs
from hibana_op.api.invitations import Language, lifetime
from hibana_op.api.jobs import JobShown
from hibana_op.api.memberships import TenantRole
from hibana_op.api.operation import Asked, Handler, Operation, Place, in_deployment
from hibana_op.api.places import in_named_unit, somewhere_in_named_tenant
from hibana_op.api.shapes import Id, Moment, Taken, changes
from hibana_op.provider import Provider
from hibana_op.tenancy import many_invitations, many_members, many_people
from hibana_op.tenancy.row_by_row import MOST
from hibana_op.tenancy.seats import Seat

Ids = Annotated[list[Id], Meta(min_length=1, max_length=MOST)]
Addresses = Annotated[list[Annotated[str, Meta(min_length=3, max_length=320)]], Meta(min_length=1, max_length=MOST)]


class ManyPeople(Taken, frozen=True, kw_only=True):
    """What is to be done, and to whom."""

    action: Literal["suspend", "resume", "delete"]
    user_ids: Ids


class ManyMembersChanged(Taken, frozen=True, kw_only=True):
    """What changes of many members of a tenant."""

    tenant_id: Id
    membership_ids: Ids
    role: TenantRole | UnsetType = UNSET
    status: Literal["active", "suspended"] | UnsetType = UNSET
    unit_id: Id | UnsetType | None = UNSET


class ManyMembersRemoved(Taken, frozen=True, kw_only=True):
    """Whom to take out of a tenant."""

    tenant_id: Id
    membership_ids: Ids


class ManyInvitations(Taken, frozen=True, kw_only=True):
    """Addresses that are to be invited, all alike; without a time each counts for seven days."""

    tenant_id: Id
    emails: Addresses
    role: TenantRole = "member"
    role_id: Id | None = None
    unit_id: Id | None = None
    expires_at: Moment | None = None
    language: Language = "ja"


async def to_people(op: Provider, asked: Asked) -> JobShown:
    """Have the same done to many people."""
    body: ManyPeople = asked.body
    return jobs.shown(await many_people.ask(op, asked.actor, body.action, body.user_ids, origin=asked.origin))


async def to_members(op: Provider, asked: Asked) -> JobShown:
    """Have the same changed of many members."""
    body: ManyMembersChanged = asked.body
    given = {name: value for name, value in changes(body).items() if name not in ("tenant_id", "membership_ids")}
    job = await many_members.change(op, asked.actor, body.tenant_id, given, body.membership_ids, origin=asked.origin)
    return jobs.shown(job)


async def remove_members(op: Provider, asked: Asked) -> JobShown:
    """Have many members taken out."""
    body: ManyMembersRemoved = asked.body
    return jobs.shown(
        await many_members.remove(op, asked.actor, body.tenant_id, body.membership_ids, origin=asked.origin)
    )


async def invite(op: Provider, asked: Asked) -> JobShown:
    """Have many addresses invited."""
    body: ManyInvitations = asked.body
    job = await many_invitations.ask(
        op,
        asked.actor,
        body.tenant_id,
        body.emails,
        seat=Seat(role=body.role, role_id=body.role_id, unit_id=body.unit_id),
        lifetime=lifetime(op, body.expires_at),
        language=body.language,
        origin=asked.origin,
    )
    return jobs.shown(job)


def _begins(
    path: str,
    permission: str,
    *,
    summary: str,
    handler: Handler,
    takes: type[Struct],
    where: Place,
) -> Operation:
    return Operation(
        method="POST",
        path=path,
        permission=permission,
        summary=summary,
        handler=handler,
        where=where,
        takes=takes,
        gives=JobShown,
        status=202,
        location="/jobs/{id}",
    )


OPERATIONS = (
    _begins(
        "/users/bulk",
        "users:suspend",
        summary="Suspend, resume or erase up to a thousand people, each as if it were asked for alone",
        handler=to_people,
        takes=ManyPeople,
        where=in_deployment,
    ),
    _begins(
        "/memberships/bulk",
        "memberships:update",
        summary="Change up to a thousand members of a tenant, suspend them, or let them in again",
        handler=to_members,
        takes=ManyMembersChanged,
        where=somewhere_in_named_tenant("memberships:update"),
    ),
    _begins(
        "/memberships/bulk/remove",
        "memberships:delete",
        summary="Take up to a thousand members out of a tenant",
        handler=remove_members,
        takes=ManyMembersRemoved,
        where=somewhere_in_named_tenant("memberships:delete"),
    ),
    _begins(
        "/invitations/bulk",
        "invitations:create",
        summary="Invite up to a thousand addresses into a tenant",
        handler=invite,
        takes=ManyInvitations,
        where=in_named_unit,
    ),
)
