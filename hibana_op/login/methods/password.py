"""Signing in with a password: one answer and one cost for unknown, wrong and suspended (ASVS 6.3.8)."""

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.events import LoginFailed, LoginLocked
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.secrets import digest
from hibana_op.login import throttle
from hibana_op.login.shapes import Attempt, LoginMethod
from hibana_op.provider import Provider
from hibana_op.records import credentials, lockouts, sessions, users
from hibana_op.records.users import User
from hibana_op.storage.database import Session


async def finish(op: Provider, attempt: Attempt) -> User:
    """The person whose password this is.

    Attempts at one person go one after the other: however many come at once with the right password, each
    has given its place in the count back before the next one takes it.
    """
    user = await users.find_by_login(op.db, attempt.identifier)
    counter = throttle.subject(attempt, user, is_known_browser=await _is_known_browser(op, attempt, user))
    async with op.turns.of(counter):
        return await _try(op, attempt, user, counter)


async def _is_known_browser(op: Provider, attempt: Attempt, user: User | None) -> bool:
    if user is None or attempt.browser_hash is None:
        return False
    return await sessions.is_known_browser(op.db, user.id, attempt.browser_hash)


async def _try(op: Provider, attempt: Attempt, user: User | None, counter: str) -> User:
    await _reserve(op, attempt, user, counter)
    stored = await credentials.find_password_hash(op.db, user.id) if user else None
    right = await op.passwords.verify(stored, attempt.answer)
    if user is None or stored is None or not right or not user.is_active:
        await _note_failure(op, attempt, user)
        raise LoginRefused("wrong_credentials")
    if op.passwords.needs_rehash(stored):
        newer = await op.passwords.hash(attempt.answer)
        await op.db.transact(lambda tx: credentials.replace_password_hash(tx, user.id, old=stored, new=newer))
    await op.db.transact(lambda tx: throttle.clear(tx, counter, attempt.origin.ip))
    return user


async def _reserve(op: Provider, attempt: Attempt, user: User | None, counter: str) -> None:
    """Count the attempt before the password is looked at, so that parallel guesses cannot pass the limit."""

    async def count(tx: Session) -> int | None:
        locked_until = await throttle.reserve(tx, counter, attempt.origin.ip, now=op.now())
        if locked_until is not None:
            event = LoginLocked(user_id=user.id if user else None, method=METHOD.name)
            await op.emit(tx, event, attempt.origin)
        return locked_until

    locked_until = await op.db.transact(count)
    if locked_until is not None:
        raise LoginRefused("too_many_attempts", minutes=max(1, -(-(locked_until - op.now()) // 60)))


async def _note_failure(op: Provider, attempt: Attempt, user: User | None) -> None:
    async def write(tx: Session) -> None:
        user_id = user.id if user else None
        await lockouts.note_failure(
            tx,
            id=uuid7(),
            user_id=user_id,
            identifier_hash=digest(users.login_key(attempt.identifier)),
            method=METHOD.name,
            reason="wrong_credentials",
            ip_address=attempt.origin.ip,
            now=op.now(),
        )
        event = LoginFailed(user_id=user_id, method=METHOD.name, reason="wrong_credentials")
        await op.emit(tx, event, attempt.origin)

    await op.db.transact(write)


METHOD = LoginMethod("password", ("pwd",), finish)
