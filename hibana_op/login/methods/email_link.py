"""Signing in by mail: a link and a code to the confirmed address, for the browser that asked, for ten minutes.

Unknown, unconfirmed, suspended and not allowed are answered alike, and the same number of tries is counted.
"""

from hibana_op.foundation.errors import LoginRefused, PageRefused
from hibana_op.foundation.events import CodeSent
from hibana_op.foundation.secrets import digest
from hibana_op.login import guesses, links, mail_pace, notices, policy, throttle
from hibana_op.login.second_factors import codes
from hibana_op.login.second_factors.shapes import Challenge
from hibana_op.login.shapes import Attempt, LoginMethod
from hibana_op.provider import Provider
from hibana_op.records import rate_counts, users, verification_codes, verification_tokens
from hibana_op.records.factors import Factor
from hibana_op.records.interactions import Interaction
from hibana_op.records.users import User
from hibana_op.records.verification_tokens import VerificationToken
from hibana_op.storage.database import Session

PATH = "/login/link?token={token}"
PROVES = ("mailbox",)


async def request(op: Provider, attempt: Attempt, *, language: str) -> None:
    """Send a link and a code to the person of a sign-in, if there is one who may begin so; nobody is told."""
    progress = _sign_in_of(attempt)
    user = await users.find_by_login(op.db, attempt.identifier)
    link = links.make(
        op,
        PATH,
        purpose=links.MAGIC_LINK,
        email=user.email if user else attempt.identifier,
        user_id=user.id if user else None,
        lifetime=codes.LIFETIME,
        interaction=progress.id,
    )

    async def write(tx: Session) -> None:
        now = op.now()
        subject = f"email sign-in:{progress.id}:{digest(users.login_key(attempt.identifier))}"
        asked = await rate_counts.count(tx, subject, seconds=codes.PAUSE, now=now)
        if asked.times > 1:
            raise LoginRefused("code_just_sent", seconds=asked.seconds_left)
        may_go = await mail_pace.admits(tx, attempt.identifier, attempt.origin, now=now)
        if user is None or not may_go or not await _may_begin(tx, user, user.email, progress, now=now):
            return
        code, row = codes.make(op, codes.EMAIL_FIRST, _challenge(user, attempt), user.email)
        mail = notices.message(op, user, "sign_in", origin=attempt.origin, language=language, link=link.url, code=code)
        await verification_tokens.end_of_user(tx, user.id, purpose=links.MAGIC_LINK)
        await verification_tokens.insert(tx, link.row)
        await verification_codes.replace(tx, row)
        await notices.queue(op, tx, mail)
        await op.emit(tx, CodeSent(target_id=user.id, channel="email"), attempt.origin)

    await op.db.transact(write)


async def finish(op: Provider, attempt: Attempt) -> User:
    """The person to whose mailbox the code was sent, in this very sign-in."""
    user = await users.find_by_login(op.db, attempt.identifier)
    counter = await guesses.counter_of(op, attempt, user)
    async with op.turns.of(counter):
        await guesses.reserve(op, attempt, user, counter, METHOD.name)
        if user is None or not await op.db.transact(lambda tx: _take(op, tx, attempt, user, counter)):
            await guesses.note_failure(op, attempt, user, METHOD.name)
            raise LoginRefused("wrong_code")
        return user


async def _take(op: Provider, tx: Session, attempt: Attempt, user: User, counter: str) -> bool:
    sent_to = await codes.spend(op, tx, codes.EMAIL_FIRST, _challenge(user, attempt), attempt.answer)
    if sent_to is None or not await _may_begin(tx, user, sent_to, _sign_in_of(attempt), now=op.now()):
        return False
    await verification_tokens.end_of_user(tx, user.id, purpose=links.MAGIC_LINK)
    await throttle.clear(tx, counter, attempt.origin.ip)
    return True


async def follow(op: Provider, link: VerificationToken, progress: Interaction) -> User:
    """The person to whose mailbox a link was sent; it is spent, and the code that came with it counts no more."""
    user = await users.find(op.db, link.user_id or "")

    async def take(tx: Session) -> bool:
        now = op.now()
        spent = await verification_tokens.spend(tx, link.token_hash, purpose=links.MAGIC_LINK, now=now)
        if user is None or spent is None or not await _may_begin(tx, user, link.email, progress, now=now):
            return False
        business = codes.EMAIL_FIRST
        await verification_codes.end(
            tx, user.id, channel=business.channel, purpose=business.purpose, bound_to=progress.id
        )
        return True

    if user is None or not await op.db.transact(take):
        raise PageRefused("link_spent")
    return user


def proven(*, now: int) -> Factor:
    """What either of them proves: once the mailbox is proven, a code sent there adds nothing to it."""
    return Factor(method=METHOD.name, proves=PROVES, amr=METHOD.amr, proven_at=now)


async def _may_begin(tx: Session, user: User, address: str, progress: Interaction, *, now: int) -> bool:
    """Whether this is still the confirmed address of somebody whose sign-in may begin so."""
    current = await users.find(tx, user.id)
    if current is None or not current.is_active or not current.email_verified or current.email != address:
        return False
    demanded = await policy.of_sign_in(tx, current, progress, now=now)
    return policy.EMAIL in demanded.methods


def _challenge(user: User, attempt: Attempt) -> Challenge:
    return Challenge(user=user, bound_to=_sign_in_of(attempt).id, origin=attempt.origin)


def _sign_in_of(attempt: Attempt) -> Interaction:
    if attempt.begins is None:
        raise LoginRefused("wrong_code")  # it proves nothing outside the sign-in that asked for it
    return attempt.begins


METHOD = LoginMethod("email_link", ("otp",), finish)
