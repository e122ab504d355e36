"""Tries at a password: counted before it is looked at, noted when it was wrong, alike wherever it is asked for."""

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.events import LoginFailed, LoginLocked
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.secrets import digest
from hibana_op.login import throttle
from hibana_op.login.shapes import Attempt
from hibana_op.provider import Provider
from hibana_op.records import lockouts, sessions, users
from hibana_op.records.users import User
from hibana_op.storage.database import Session


async def counter_of(op: Provider, attempt: Attempt, user: User | None) -> str:
    """The name of the counter that an attempt belongs to."""
    is_known = (
        user is not None
        and attempt.browser_hash is not None
        and await sessions.is_known_browser(op.db, user.id, attempt.browser_hash)
    )
    return throttle.subject(attempt, user, is_known_browser=is_known)


async def reserve(op: Provider, attempt: Attempt, user: User | None, counter: str, method: str) -> None:
    """Count an attempt before the password is looked at, so that parallel guesses cannot pass the limit."""

    async def count(tx: Session) -> int | None:
        locked_until = await throttle.reserve(tx, counter, attempt.origin.ip, now=op.now())
        if locked_until is not None:
            event = LoginLocked(user_id=user.id if user else None, method=method)
            await op.emit(tx, event, attempt.origin)
        return locked_until

    locked_until = await op.db.transact(count)
    if locked_until is not None:
        raise locked(op, locked_until)


def locked(op: Provider, locked_until: int) -> LoginRefused:
    """What somebody is told who tried too often."""
    return LoginRefused("too_many_attempts", minutes=max(1, -(-(locked_until - op.now()) // 60)))


async def note_failure(op: Provider, attempt: Attempt, user: User | None, method: str) -> None:
    """Remember an attempt whose password was wrong."""

    async def write(tx: Session) -> None:
        user_id = user.id if user else None
        await lockouts.note_failure(
            tx,
            id=uuid7(),
            user_id=user_id,
            identifier_hash=digest(users.login_key(attempt.identifier)),
            method=method,
            reason="wrong_credentials",
            ip_address=attempt.origin.ip,
            now=op.now(),
        )
        event = LoginFailed(user_id=user_id, method=method, reason="wrong_credentials")
        await op.emit(tx, event, attempt.origin)

    await op.db.transact(write)
