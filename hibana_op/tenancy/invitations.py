"""Invitations into a tenant as administrators see them: sent to an address, sent again, cancelled."""

from dataclasses import dataclass

from hibana_op.foundation import secrets
from hibana_op.foundation.errors import Conflict, InvalidRecord, NotFound, TooManyRequests
from hibana_op.foundation.events import InvitationCancelled, InvitationSent
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.login import notices, profile
from hibana_op.login.mail_times import Day
from hibana_op.provider import Provider
from hibana_op.records import (
    invitations,
    memberships,
    outbox,
    rate_counts,
    users,
)
from hibana_op.records.invitations import Invitation
from hibana_op.records.outbox import OutgoingMessage
from hibana_op.records.tenants import SPECIAL
from hibana_op.records.users import login_key
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors, seats
from hibana_op.tenancy.access import Actor, require
from hibana_op.tenancy.membership import check_role
from hibana_op.tenancy.places import place_of, tenant_for
from hibana_op.tenancy.seats import Seat

PATH = "/invite/{token}"
LIFETIME = 7 * 86400
LONGEST_LIFE = 90 * 86400
MOST_TO_AN_ADDRESS = 5
WINDOW = 86400
MOST_OF_A_TENANT = 3_000
AN_HOUR = 3600


class CannotInvite(Conflict):
    """An invitation cannot be sent, or not taken back; `reason` names the words that a page says."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Sent:
    """An invitation; its link is told only where no mail can carry it. `replaced`: the ids of those it took over."""

    invitation: Invitation
    url: str | None
    replaced: tuple[str, ...] = ()


async def create(
    op: Provider,
    actor: Actor,
    tenant_id: str,
    *,
    email: str,
    seat: Seat,
    lifetime: int = LIFETIME,
    language: str = "ja",
    origin: Origin,
) -> Sent:
    """Invite an address; an earlier invitation of it into this tenant counts no more."""
    check_role(seat.role)
    profile.check_email(email)
    now, token = op.now(), secrets.token()
    made = Invitation(
        id=uuid7(),
        tenant_id=tenant_id,
        email=email,
        email_key=login_key(email),
        token_hash=secrets.digest(token),
        is_mailed=notices.is_mail_wanted(op),
        role=seat.role,
        role_id=seat.role_id,
        unit_id=seat.unit_id,
        invited_by=actor.user_id,
        expires_at=now + check_lifetime(lifetime),
        created_at=now,
    )
    mail = await _mail(op, actor, made, token, language)

    async def write(tx: Session) -> list[str]:
        acting = await actors.renewed(tx, actor, now=now)
        tenant = await tenant_for(tx, acting, tenant_id)
        require(acting, "invitations:create", await place_of(tx, tenant_id, seat.unit_id))
        if tenant.id in SPECIAL:
            raise Conflict(f"nobody joins {tenant.slug}")
        await seats.check_may_promise(tx, acting, tenant_id, seat)
        await _check_is_no_member(tx, tenant_id, email)
        await _pace(tx, tenant_id, email, now=now)
        replaced = await invitations.cancel_to(tx, tenant_id, email, now=now)
        await invitations.insert(tx, made)
        if made.is_mailed:
            await outbox.insert(tx, op.vault, mail)
        await op.emit(tx, _sent(actor, made, is_again=False), origin)
        return replaced

    replaced = await op.db.transact(write)
    return Sent(made, None if made.is_mailed else _url(op, token), tuple(replaced))


async def resend(
    op: Provider,
    actor: Actor,
    tenant_id: str,
    invitation_id: str,
    *,
    lifetime: int = LIFETIME,
    language: str = "ja",
    origin: Origin,
) -> Sent:
    """Send an open invitation once more, with another link and more time; the link before leads nowhere."""
    now, token = op.now(), secrets.token()
    expires_at = now + check_lifetime(lifetime)
    found = await _get(op.db, actor, tenant_id, invitation_id, "invitations:update")
    mail = await _mail(op, actor, found, token, language, expires_at=expires_at)

    async def write(tx: Session) -> Invitation:
        acting = await actors.renewed(tx, actor, now=now)
        invited = await _get(tx, acting, tenant_id, invitation_id, "invitations:update")
        # Without mail the new link is told to whoever asks for it.
        seat = Seat(role=invited.role, role_id=invited.role_id, unit_id=invited.unit_id)
        await seats.check_may_give(tx, acting, tenant_id, seat)
        await _pace(tx, tenant_id, invited.email, now=now)
        again = await invitations.send_again(
            tx,
            tenant_id,
            invitation_id,
            token_hash=secrets.digest(token),
            is_mailed=notices.is_mail_wanted(op),
            expires_at=expires_at,
        )
        if again is None:
            raise _not_open()
        if again.is_mailed:
            await outbox.insert(tx, op.vault, mail)
        await op.emit(tx, _sent(actor, again, is_again=True), origin)
        return again

    again = await op.db.transact(write)
    return Sent(again, None if again.is_mailed else _url(op, token))


async def cancel(op: Provider, actor: Actor, tenant_id: str, invitation_id: str, *, origin: Origin) -> Invitation:
    """Let an invitation count no more."""

    async def write(tx: Session) -> Invitation:
        acting = await actors.renewed(tx, actor, now=op.now())
        await _get(tx, acting, tenant_id, invitation_id, "invitations:delete")
        if not await invitations.cancel(tx, tenant_id, invitation_id):
            raise _not_open()
        event = InvitationCancelled(user_id=actor.user_id, tenant_id=tenant_id, target_id=invitation_id)
        cancelled = await _found(tx, tenant_id, invitation_id)
        await op.emit(tx, event, origin)
        return cancelled

    return await op.db.transact(write)


async def get(op: Provider, actor: Actor, tenant_id: str, invitation_id: str) -> Invitation:
    """An invitation, for whoever may see it."""
    return await _get(op.db, actor, tenant_id, invitation_id, "invitations:read")


async def _mail(
    op: Provider, actor: Actor, to: Invitation, token: str, language: str, *, expires_at: int | None = None
) -> OutgoingMessage:
    tenant = await tenant_for(op.db, actor, to.tenant_id)
    return notices.message(
        op,
        to.email,
        "tenant_invitation",
        language=language,
        tenant=tenant.name,
        link=_url(op, token),
        until=Day(expires_at or to.expires_at),
    )


def _sent(actor: Actor, made: Invitation, *, is_again: bool) -> InvitationSent:
    return InvitationSent(
        user_id=actor.user_id,
        client_id=actor.client_id,
        tenant_id=made.tenant_id,
        target_id=made.id,
        role=made.role,
        is_again=is_again,
    )


async def _check_is_no_member(tx: Session, tenant_id: str, email: str) -> None:
    user = await users.find_by_login(tx, email)
    member = await memberships.of_person(tx, tenant_id, user.id) if user is not None else None
    if member is not None and member.status in ("active", "suspended"):
        raise CannotInvite("already_member", "the person with this address is a member already")


async def _pace(tx: Session, tenant_id: str, email: str, *, now: int) -> None:
    """Nobody's mailbox is flooded in the name of a tenant, and nobody else's mail waits long behind its own."""
    of_tenant = await rate_counts.count(tx, f"invitations:{tenant_id}", seconds=AN_HOUR, now=now)
    if of_tenant.times > MOST_OF_A_TENANT:
        description = f"{MOST_OF_A_TENANT} invitations were sent within an hour"
        raise TooManyRequests(description, retry_after=of_tenant.seconds_left)
    subject = f"invitation:{tenant_id}:{secrets.digest(login_key(email))}"
    sent = await rate_counts.count(tx, subject, seconds=WINDOW, now=now)
    if sent.times > MOST_TO_AN_ADDRESS:
        message = f"this address was invited {MOST_TO_AN_ADDRESS} times within a day"
        raise CannotInvite("invited_too_often", message)


def _not_open() -> CannotInvite:
    return CannotInvite("invitation_not_open", "the invitation was accepted or cancelled")


async def _get(tx: Session, actor: Actor, tenant_id: str, invitation_id: str, permission: str) -> Invitation:
    await tenant_for(tx, actor, tenant_id)
    found = await _found(tx, tenant_id, invitation_id)
    require(actor, permission, await place_of(tx, tenant_id, found.unit_id))
    return found


async def _found(tx: Session, tenant_id: str, invitation_id: str) -> Invitation:
    found = await invitations.find(tx, tenant_id, invitation_id)
    if found is None:
        raise NotFound(f"no invitation has the id {invitation_id}")
    return found


def _url(op: Provider, token: str) -> str:
    return op.issuer + PATH.format(token=token)


def check_lifetime(lifetime: int) -> int:
    """How many seconds an invitation counts, or InvalidRecord."""
    if not 60 <= lifetime <= LONGEST_LIFE:
        raise InvalidRecord("an invitation counts for a minute to 90 days")
    return lifetime
