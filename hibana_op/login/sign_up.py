"""Making an account for oneself: the address is confirmed first, and only then is there anybody.

So no one can prepare an account for somebody else's address, and none tells by signing up who has one.
"""

from hibana_op.foundation.errors import Conflict, InvalidRecord, LoginRefused, PageRefused
from hibana_op.foundation.events import UserInvited
from hibana_op.foundation.origin import Origin
from hibana_op.login import confirmation, first_proof, links, mail_pace, notices, profile
from hibana_op.login.first_proof import FirstProof
from hibana_op.login.mail_times import Day
from hibana_op.provider import Provider
from hibana_op.records import outbox, users, verification_tokens
from hibana_op.records.users import User
from hibana_op.records.verification_tokens import VerificationToken
from hibana_op.storage.database import Session


async def request(
    op: Provider, email: str, *, language: str, interaction_id: str, browser_hash: str, origin: Origin
) -> None:
    """Send a link and a code to an address; to one that has an account, a mail that says so."""
    link = links.make(
        op,
        "/verify-email?token={token}",
        purpose=links.VERIFY_EMAIL,
        email=email,
        interaction=interaction_id,
        language=language,
    )
    code, code_row = confirmation.make(op, link.row, browser_hash=browser_hash)
    confirm = notices.message(op, email, "sign_up", language=language, link=link.url, code=code)

    async def write(tx: Session) -> None:
        await confirmation.pace(tx, email, browser_hash=browser_hash, now=op.now())
        if not await mail_pace.admits(tx, email, origin, now=op.now()):
            return
        user = await users.find_by_login(tx, email)
        if user is not None:
            await notices.queue(op, tx, notices.message(op, user, "account_exists", language=language))
            return
        await verification_tokens.end_of_address(tx, email, purpose=links.VERIFY_EMAIL)
        await verification_tokens.insert(tx, link.row)
        await verification_tokens.insert(tx, code_row)
        await notices.queue(op, tx, confirm)

    await op.db.transact(write)


async def take_code(op: Provider, code: VerificationToken) -> str:
    """Change a code that was typed for a link, by which its browser goes on; the one in the mail counts no more."""
    link = links.make(op, "/verify-email?token={token}", purpose=code.purpose, email=code.email, **code.data)

    async def write(tx: Session) -> None:
        if await verification_tokens.spend(tx, code.token_hash, purpose=code.purpose, now=op.now()) is None:
            raise LoginRefused("wrong_code")
        await verification_tokens.end_of_address(tx, code.email, purpose=code.purpose)
        await verification_tokens.insert(tx, link.row)

    await op.db.transact(write)
    return link.url


async def invite(
    op: Provider, email: str, *, name: str | None, language: str, lifetime: int, origin: Origin
) -> tuple[VerificationToken, str | None]:
    """Invite somebody to make an account; the link itself is told only where no mail can carry it."""
    if op.settings.signup == "off":
        raise InvalidRecord("HIBANA_SIGNUP is off, so nobody could take the invitation up")
    profile.check_email(email)
    profile.read_claims({"name": name} if name is not None else {})
    is_mailed = notices.is_mail_wanted(op)
    link = links.make(
        op,
        "/invite/{token}",
        purpose=links.INVITE,
        email=email,
        lifetime=lifetime,
        name=name,
        language=language,
        is_mailed=is_mailed,
    )
    mail = notices.message(op, email, "invitation", language=language, link=link.url, until=Day(link.row.expires_at))

    async def write(tx: Session) -> None:
        if await users.find_by_login(tx, email) is not None:
            raise Conflict("another person has this e-mail address or user name")
        await verification_tokens.end_of_address(tx, email, purpose=links.INVITE)
        await verification_tokens.insert(tx, link.row)
        if is_mailed:
            await outbox.insert(tx, op.vault, mail)
        await op.emit(tx, UserInvited(), origin)

    await op.db.transact(write)
    return link.row, None if is_mailed else link.url


async def complete(
    op: Provider, link: VerificationToken, *, name: str | None, first: FirstProof, origin: Origin
) -> User:
    """Make the account that a live link stands for, with what it begins with; the link is spent with it."""
    if op.settings.signup == "off" or (link.purpose == links.VERIFY_EMAIL and op.settings.signup != "open"):
        raise PageRefused("link_spent")  # sign-up was closed while the mail was on its way
    now = op.now()
    user = User(
        id=first.user_id,
        email=link.email,
        # A link that was passed on by hand says nothing about the mailbox.
        email_verified=link.purpose == links.VERIFY_EMAIL or bool(link.data.get("is_mailed")),
        name=name,
        locale=link.data.get("language"),
        created_at=now,
        updated_at=now,
    )

    async def write(tx: Session) -> None:
        if await verification_tokens.spend(tx, link.token_hash, purpose=link.purpose, now=now) is None:
            raise PageRefused("link_spent")
        if await users.find_by_login(tx, user.email) is not None:
            raise PageRefused("link_spent")
        await users.insert(tx, user)
        await verification_tokens.end_unclaimed(tx, link.email)
        for event in await first_proof.keep(op, tx, first):
            await op.emit(tx, event, origin)

    try:
        await op.db.transact(write)
    except Conflict:  # somebody else was faster by a moment
        raise PageRefused("link_spent") from None
    return user
