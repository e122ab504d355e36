"""A sign-in that succeeded becomes a session: a new id each time, idle and absolute limits (NIST 800-63B §5)."""

from dataclasses import dataclass, replace

from hibana_op.foundation import secrets
from hibana_op.foundation.acr import ONE_FACTOR
from hibana_op.foundation.errors import LoginRefused, PageRefused
from hibana_op.foundation.events import LoginSucceeded
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.login import notices
from hibana_op.login.shapes import LoginMethod
from hibana_op.provider import Provider
from hibana_op.records import interactions, outbox, sessions, users
from hibana_op.records.sessions import Session
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db

IDLE_LIFETIME = 24 * 3600
ABSOLUTE_LIFETIME = 7 * 24 * 3600
# A page view moves the idle limit at most this often.
TOUCH_INTERVAL = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What a finished sign-in is about. `replaced`: the session that the same person has in this browser already."""

    user: User
    method: LoginMethod
    browser_hash: str
    remember: bool
    interaction_id: str | None
    replaced: Session | None
    origin: Origin


async def begin(op: Provider, sign_in: SignIn) -> tuple[Session, str]:
    """Start a session, or go on with the one there is; the token for the cookie is new and returned only here."""
    token = secrets.token()
    now = op.now()
    session = Session(
        id=sign_in.replaced.id if sign_in.replaced else uuid7(),
        token_hash=secrets.digest(token),
        user_id=sign_in.user.id,
        browser_hash=sign_in.browser_hash,
        auth_time=now,
        acr=ONE_FACTOR,
        amr=sign_in.method.amr,
        remember=sign_in.remember,
        ip_address=sign_in.origin.ip,
        user_agent=sign_in.origin.user_agent,
        created_at=now,
        last_seen_at=now,
        idle_expires_at=now + IDLE_LIFETIME,
        expires_at=now + ABSOLUTE_LIFETIME,
    )

    async def write(tx: Db) -> Session:
        user = await users.find(tx, sign_in.user.id)
        if user is None or not user.is_active:
            raise LoginRefused("wrong_credentials")
        interaction_id = sign_in.interaction_id
        if interaction_id is not None and await interactions.find_open(tx, interaction_id, now=now) is None:
            raise PageRefused("interaction_expired")
        await _tell_about_new_browser(op, tx, user, sign_in)
        begun = await _keep(tx, session, sign_in.replaced, now=now)
        await users.note_login(tx, user.id, ip_address=sign_in.origin.ip, now=now)
        if interaction_id is not None:
            await interactions.note_signed_in(tx, interaction_id, session_id=begun.id, now=now)
        event = LoginSucceeded(user_id=user.id, target_id=begun.id, method=sign_in.method.name)
        await op.emit(tx, event, sign_in.origin)
        return begun

    return await op.db.transact(write), token


async def _keep(tx: Db, session: Session, replaced: Session | None, *, now: int) -> Session:
    """Write the session down: in the place of the one before, so that apps still know it, if that still counts."""
    if replaced is not None:
        if await sessions.renew(tx, session, replaced=replaced.token_hash, now=now):
            return session
        session = replace(session, id=uuid7())
    await sessions.insert(tx, session)
    return session


async def _tell_about_new_browser(op: Provider, tx: Db, user: User, sign_in: SignIn) -> None:
    """Mail about a browser that was never used before, except the very first one."""
    if not notices.is_mail_wanted(op) or not user.logins_count:
        return
    if not await sessions.is_known_browser(tx, user.id, sign_in.browser_hash):
        await outbox.insert(tx, notices.new_sign_in(op, user, sign_in.origin))


async def touch(op: Provider, session: Session) -> None:
    """Move the idle limit of a session that is in use."""
    now = op.now()
    if now - session.last_seen_at >= TOUCH_INTERVAL:
        await op.db.transact(lambda tx: sessions.touch(tx, session.id, idle_expires_at=now + IDLE_LIFETIME, now=now))
