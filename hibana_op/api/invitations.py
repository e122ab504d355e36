"""`/invitations`: of an address into a tenant. The link is in the mail alone, never in an answer."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, require_tenant
from hibana_op.api.places import in_named_unit
from hibana_op.api.shapes import Given, Id, Moment, OfTenant, Taken, seconds, told_of
from hibana_op.provider import Provider
from hibana_op.records import invitations
from hibana_op.records.invitations import Invitation
from hibana_op.tenancy import invitations as rules
from hibana_op.tenancy.access import Where
from hibana_op.tenancy.places import place_of
from hibana_op.tenancy.seats import Seat

Language = Literal["ja", "en"]


class InvitationShown(Given, frozen=True, kw_only=True):
    """An invitation; when it was not mailed, whoever has the address finds it in their account."""

    id: str
    tenant_id: str
    email: str
    role: str
    role_id: str | None
    unit_id: str | None
    status: str
    is_mailed: bool
    invited_by: str | None
    expires_at: datetime | None
    accepted_at: datetime | None
    accepted_by: str | None
    created_at: datetime | None


class InvitationMade(InvitationShown, frozen=True, kw_only=True):
    """A new invitation; `replaced` are the ids of earlier ones to the same address, which count no more."""

    replaced: list[str]


class NewInvitation(Taken, frozen=True, kw_only=True):
    """An address that is to be invited; without a time it counts for seven days."""

    tenant_id: Id
    email: Annotated[str, Meta(min_length=3, max_length=320)]
    role: Literal["member", "admin", "owner"] = "member"
    role_id: Id | None = None
    unit_id: Id | None = None
    expires_at: Moment | None = None
    language: Language = "ja"


class SentAgain(Taken, frozen=True, kw_only=True):
    """How an invitation is sent once more."""

    expires_at: Moment | None = None
    language: Language = "ja"


class InvitationsAsked(OfTenant, frozen=True, kw_only=True):
    """Which invitations; pending are also those whose time is over."""

    status: Literal["", "pending", "accepted", "cancelled"] = ""
    unit_id: Annotated[str, Meta(max_length=255, description="Those that lead into this unit and below.")] = ""
    sort: Literal["created_at", "-created_at", "email", "-email", "expires_at", "-expires_at"] = "created_at"


async def place(op: Provider, asked: Asked) -> Where:
    """The unit that an invitation leads into, or the tenant."""
    found = await invitations.locate(op.db, asked.id)
    return await place_of(op.db, found.tenant_id, found.unit_id)


async def list_invitations(op: Provider, asked: Asked) -> Page:
    """The invitations of a tenant."""
    query: InvitationsAsked = asked.query
    tenant_id, where = require_tenant(asked), await in_named_unit(op, asked)
    order = invitations.ORDERS[query.sort]

    async def read(after: str, limit: int) -> list[Invitation]:
        return await invitations.page(
            op.db, tenant_id, status=query.status, unit_path=where.unit_path, order=order, after=after, limit=limit
        )

    return await paging.page(op, query, read, of="invitations", key=order.key, told=lambda each: _shown(op, each))


async def show(op: Provider, asked: Asked) -> InvitationShown:
    """One invitation."""
    return _shown(op, await invitations.locate(op.db, asked.id))


async def create(op: Provider, asked: Asked) -> InvitationMade:
    """Invite an address."""
    body: NewInvitation = asked.body
    sent = await rules.create(
        op,
        asked.actor,
        body.tenant_id,
        email=body.email,
        seat=Seat(role=body.role, role_id=body.role_id, unit_id=body.unit_id),
        lifetime=lifetime(op, body.expires_at),
        language=body.language,
        origin=asked.origin,
    )
    status, replaced = sent.invitation.state(op.now()), list(sent.replaced)
    made: InvitationMade = told_of(sent.invitation, InvitationMade, status=status, replaced=replaced)
    return made


async def resend(op: Provider, asked: Asked) -> InvitationShown:
    """Send an invitation once more."""
    body: SentAgain = asked.body
    found = await invitations.locate(op.db, asked.id)
    sent = await rules.resend(
        op,
        asked.actor,
        found.tenant_id,
        found.id,
        lifetime=lifetime(op, body.expires_at),
        language=body.language,
        origin=asked.origin,
    )
    return _shown(op, sent.invitation)


async def cancel(op: Provider, asked: Asked) -> None:
    """Let an invitation count no more."""
    found = await invitations.locate(op.db, asked.id)
    await rules.cancel(op, asked.actor, found.tenant_id, found.id, origin=asked.origin)


def lifetime(op: Provider, until: datetime | None) -> int:
    """For how many seconds an invitation is to count."""
    ends = seconds(until)
    return rules.LIFETIME if ends is None else ends - op.now()


def _shown(op: Provider, invitation: Invitation) -> InvitationShown:
    shown: InvitationShown = told_of(invitation, InvitationShown, status=invitation.state(op.now()))
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/invitations",
        permission="invitations:read",
        summary="List the invitations into a tenant",
        handler=list_invitations,
        where=in_named_unit,
        query=InvitationsAsked,
        gives=InvitationShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/invitations",
        permission="invitations:create",
        summary="Invite an address into a tenant; an earlier invitation of it there counts no more",
        handler=create,
        where=in_named_unit,
        takes=NewInvitation,
        gives=InvitationMade,
        status=201,
    ),
    Operation(
        method="GET",
        path="/invitations/{id}",
        permission="invitations:read",
        summary="Show an invitation",
        handler=show,
        where=place,
        gives=InvitationShown,
    ),
    Operation(
        method="POST",
        path="/invitations/{id}/resend",
        permission="invitations:update",
        summary="Send an invitation once more, with another link; the one before leads nowhere",
        handler=resend,
        where=place,
        takes=SentAgain,
        gives=InvitationShown,
    ),
    Operation(
        method="DELETE",
        path="/invitations/{id}",
        permission="invitations:delete",
        summary="Cancel an invitation; it stays in the list",
        handler=cancel,
        where=place,
        status=204,
    ),
)
