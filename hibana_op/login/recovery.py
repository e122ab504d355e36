"""A forgotten password: a link to the person's mailbox sets a new one. It signs nobody in (ASVS 6.4.3)."""

from hibana_op.foundation.errors import PageRefused
from hibana_op.foundation.events import PasswordChanged, PasswordResetRequested
from hibana_op.foundation.origin import Origin
from hibana_op.login import links, mail_pace, new_password, notices, throttle
from hibana_op.provider import Provider
from hibana_op.records import (
    lockouts,
    sessions,
    token_families,
    trusted_devices,
    users,
    verification_tokens,
)
from hibana_op.records.verification_tokens import VerificationToken
from hibana_op.storage.database import Session


async def request(op: Provider, identifier: str, *, language: str, interaction_id: str | None, origin: Origin) -> None:
    """Send a link to the person who signs in with this name, if there is one; nobody is told which it was."""

    async def write(tx: Session) -> None:
        may_go = await mail_pace.admits(tx, identifier, origin, now=op.now())
        user = await users.find_by_login(tx, identifier)
        if user is None or not user.is_active or not may_go:
            return
        link = links.make(
            op,
            "/reset?token={token}",
            purpose=links.RESET_PASSWORD,
            email=user.email,
            user_id=user.id,
            interaction=interaction_id,
        )
        await verification_tokens.end_of_user(tx, user.id, purpose=links.RESET_PASSWORD)
        await verification_tokens.insert(tx, link.row)
        mail = notices.message(op, user, "reset_password", origin=origin, language=language, link=link.url)
        await notices.queue(op, tx, mail)
        await op.emit(tx, PasswordResetRequested(target_id=user.id), origin)

    await op.db.transact(write)


async def reset(op: Provider, link: VerificationToken, password: str, *, end_others: bool, origin: Origin) -> None:
    """Set a new password by a live link, which is spent with it; on request everything signed in ends."""
    user = await users.find(op.db, link.user_id or "")
    if user is None:
        raise PageRefused("link_spent")
    chosen = await new_password.choose(op, user, password)
    now = op.now()
    told = notices.message(op, user, "password_changed", origin=origin)

    async def write(tx: Session) -> None:
        if await verification_tokens.spend(tx, link.token_hash, purpose=link.purpose, now=now) is None:
            raise PageRefused("link_spent")
        # Only for the address that it was sent to, and nobody who was suspended meanwhile.
        if not await users.confirm_email(tx, user.id, email=link.email, was=link.email, now=now):
            raise PageRefused("link_spent")
        await new_password.put(tx, user.id, chosen, now=now, is_recovered=True)
        await verification_tokens.end_of_user(tx, user.id)
        await lockouts.clear_all(tx, throttle.subject_of_user(user.id))
        if end_others:
            await sessions.revoke_of_user(tx, user.id, now=now)
            await token_families.revoke_of_user(tx, user.id, now=now)
            await trusted_devices.forget_all(tx, user.id)
        await notices.queue(op, tx, told)
        await op.emit(tx, PasswordChanged(user_id=user.id, target_id=user.id, way="link"), origin)

    await op.db.transact(write)
    op.logout_bell.ring()
