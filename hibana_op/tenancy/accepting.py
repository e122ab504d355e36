"""Invitations as those see them who were invited: taken up once, by whoever can read the mail of the address."""

from hibana_op.foundation.errors import Conflict, LoginRefused
from hibana_op.foundation.events import InvitationCancelled
from hibana_op.foundation.origin import Origin
from hibana_op.login import first_proof
from hibana_op.login.first_proof import FirstProof
from hibana_op.provider import Provider
from hibana_op.records import invitations, users, verification_tokens
from hibana_op.records.invitations import Invitation
from hibana_op.records.memberships import Membership
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User
from hibana_op.storage.database import Session
from hibana_op.tenancy import seats
from hibana_op.tenancy.membership import Taken, let_in
from hibana_op.tenancy.seats import CannotJoin, Seat


async def accept(op: Provider, user_id: str, invitation_id: str, *, origin: Origin) -> Membership:
    """Take an invitation up, as the person whose confirmed address it was sent to; LoginRefused for anybody else."""

    async def write(tx: Session) -> Membership:
        now = op.now()
        found = await _to(tx, user_id, invitation_id, now=now)
        if found is None:
            raise LoginRefused("invitation_over")
        tenant, known = await _room(tx, found, user_id, now=now)
        spent = await invitations.accept(tx, found.id, user_id=user_id, now=now)
        if spent is None:
            raise LoginRefused("invitation_over")
        if known is not None and known.status == "active":
            return known
        taken = Taken(user_id, _seat(spent), known, by=user_id, way="invitation")
        return await let_in(op, tx, tenant, taken, origin)

    return await op.db.transact(write)


async def accept_as_newcomer(
    op: Provider, invitation: Invitation, *, name: str | None, language: str, first: FirstProof, origin: Origin
) -> tuple[User, Membership]:
    """Make the account of somebody who was invited, and take the invitation up, in one step."""
    now = op.now()
    user = User(
        id=first.user_id,
        email=invitation.email,
        # A link that was passed on by hand says nothing about the mailbox.
        email_verified=invitation.is_mailed,
        name=name,
        locale=language,
        created_at=now,
        updated_at=now,
    )

    async def write(tx: Session) -> Membership:
        found = await invitations.find_by_token(tx, invitation.token_hash)
        if found is None or await users.find_by_login(tx, user.email) is not None:
            raise LoginRefused("invitation_over")
        tenant, _ = await _room(tx, found, None, now=now)
        spent = await invitations.accept(tx, found.id, user_id=None, now=now)
        if spent is None:
            raise LoginRefused("invitation_over")
        await users.insert(tx, user)
        await invitations.note_accepted_by(tx, spent.id, user.id)
        await verification_tokens.end_unclaimed(tx, user.email)
        for event in await first_proof.keep(op, tx, first):
            await op.emit(tx, event, origin)
        taken = Taken(user.id, _seat(spent), None, by=user.id, way="invitation")
        return await let_in(op, tx, tenant, taken, origin)

    try:
        return user, await op.db.transact(write)
    except Conflict:  # somebody else has the address since a moment ago; all of it is undone
        raise LoginRefused("invitation_over") from None


async def decline(op: Provider, user_id: str, invitation_id: str, *, origin: Origin) -> None:
    """Turn an invitation down that was sent to one's own confirmed address."""

    async def write(tx: Session) -> None:
        found = await _to(tx, user_id, invitation_id, now=op.now())
        if found is not None and await invitations.cancel(tx, found.tenant_id, found.id):
            event = InvitationCancelled(user_id=user_id, tenant_id=found.tenant_id, target_id=found.id)
            await op.emit(tx, event, origin)

    await op.db.transact(write)


async def _to(tx: Session, user_id: str, invitation_id: str, *, now: int) -> Invitation | None:
    """An open invitation to a person's confirmed address."""
    user = await users.get(tx, user_id)
    return await invitations.find_to(tx, invitation_id, user.email, now=now) if user.email_verified else None


async def _room(tx: Session, found: Invitation, user_id: str | None, *, now: int) -> tuple[Tenant, Membership | None]:
    """The tenant, held, and what the person was in it; known before anything is written."""
    try:
        tenant = await seats.hold(tx, found.tenant_id, now=now)
        known = await seats.check(tx, tenant, user_id)
    except CannotJoin as refusal:
        raise LoginRefused(refusal.reason) from None
    if not await seats.is_still_given(tx, tenant.id, _seat(found), now=now):
        raise LoginRefused("invitation_over")
    return tenant, known


def _seat(spent: Invitation) -> Seat:
    return Seat(role=spent.role, role_id=spent.role_id, unit_id=spent.unit_id, given_by=spent.invited_by)
