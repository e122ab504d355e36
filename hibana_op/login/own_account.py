"""What people change about how they sign in: their password and their address."""

from hibana_op.foundation.errors import Conflict, LoginRefused, PageRefused
from hibana_op.foundation.events import EmailChanged, PasswordChanged
from hibana_op.foundation.origin import Origin
from hibana_op.login import confirmation, links, mail_pace, new_password, notices
from hibana_op.login.methods import password as password_method
from hibana_op.login.shapes import Attempt
from hibana_op.provider import Provider
from hibana_op.records import credentials, sessions, trusted_devices, users, verification_tokens
from hibana_op.records.sessions import Session
from hibana_op.records.users import User
from hibana_op.records.verification_tokens import VerificationToken
from hibana_op.storage.database import Session as Db


async def change_password(
    op: Provider, user: User, session: Session, *, current: str | None, new: str, end_others: bool, origin: Origin
) -> None:
    """Change a person's password, with the one before; or give the first one to somebody who had none."""
    await _prove(op, user, current, origin)
    chosen = await new_password.choose(op, user, new)
    now = op.now()
    told = notices.message(op, user, "password_changed", origin=origin)

    async def write(tx: Db) -> None:
        await new_password.put(tx, user.id, chosen, now=now)
        await verification_tokens.end_of_user(tx, user.id, purpose=links.RESET_PASSWORD)
        if end_others:
            await trusted_devices.forget_all(tx, user.id)
            for other in await sessions.live_of_user(tx, user.id, now=now):
                if other.id != session.id:
                    await sessions.revoke(tx, other.id, now=now)
        await notices.queue(op, tx, told)
        await op.emit(tx, PasswordChanged(user_id=user.id, target_id=user.id, way="account"), origin)

    await op.db.transact(write)
    op.logout_bell.ring()


async def _prove(op: Provider, user: User, current: str | None, origin: Origin) -> None:
    """The password before, under the same limits as at the sign-in."""
    if await credentials.find_password_hash(op.db, user.id) is None:
        return
    if not current:
        raise LoginRefused("missing_current_password")
    try:
        await password_method.finish(op, Attempt(identifier=user.email, answer=current, origin=origin))
    except LoginRefused as refusal:
        if refusal.reason == "wrong_credentials":
            raise LoginRefused("wrong_current_password") from None
        raise


async def request_email(
    op: Provider, user: User, email: str, *, language: str, browser_hash: str, origin: Origin
) -> None:
    """Send a link and a code to the address that a person wants; somebody else's gets a mail that says so."""
    is_own = users.login_key(email) == users.login_key(user.email)
    link = links.make(
        op,
        "/verify-email?token={token}",
        purpose=links.VERIFY_EMAIL if is_own else links.CHANGE_EMAIL,
        email=email,
        user_id=user.id,
        was=user.email,
    )
    code, code_row = confirmation.make(op, link.row, browser_hash=browser_hash)
    mail = notices.message(op, email, "confirm_email", language=user.locale or language, link=link.url, code=code)

    async def write(tx: Db) -> None:
        await confirmation.pace(tx, email, browser_hash=browser_hash, now=op.now())
        if not await mail_pace.admits(tx, email, origin, now=op.now()):
            return
        owner = await users.find_by_login(tx, email)
        if owner is not None and owner.id != user.id:
            await notices.queue(op, tx, notices.message(op, owner, "account_exists", language=language))
            return
        for purpose in (links.VERIFY_EMAIL, links.CHANGE_EMAIL):
            await verification_tokens.end_of_user(tx, user.id, purpose=purpose)
        await verification_tokens.insert(tx, link.row)
        await verification_tokens.insert(tx, code_row)
        await notices.queue(op, tx, mail)

    await op.db.transact(write)


async def confirm_email(op: Provider, link: VerificationToken, origin: Origin) -> None:
    """The mailbox of a live link or code is the person's: their address is confirmed, or changed to it."""
    user = await users.find(op.db, link.user_id or "")
    if user is None:
        raise PageRefused("link_spent")
    now, was = op.now(), str(link.data.get("was", ""))
    told = notices.message(op, was, "email_changed", origin=origin, language=user.locale, email=link.email)

    async def write(tx: Db) -> None:
        if await verification_tokens.spend(tx, link.token_hash, purpose=link.purpose, now=now) is None:
            raise PageRefused("link_spent")
        owner = await users.find_by_login(tx, link.email)
        if owner is not None and owner.id != user.id:
            raise PageRefused("link_spent")
        if not await users.confirm_email(tx, user.id, email=link.email, was=was, now=now):
            raise PageRefused("link_spent")
        for purpose in (links.VERIFY_EMAIL, links.CHANGE_EMAIL):  # the link beside a code, or the code beside a link
            await verification_tokens.end_of_user(tx, user.id, purpose=purpose)
        if link.purpose == links.CHANGE_EMAIL:
            # What was sent to the old address must not open the account any more.
            await verification_tokens.end_of_user(tx, user.id)
            await notices.queue(op, tx, told)
        event = EmailChanged(user_id=user.id, target_id=user.id, is_new=link.purpose == links.CHANGE_EMAIL)
        await op.emit(tx, event, origin)

    try:
        await op.db.transact(write)
    except Conflict:  # somebody else took the address a moment ago
        raise PageRefused("link_spent") from None
