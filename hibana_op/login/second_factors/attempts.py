"""How often second factors may be tried: five times in one sign-in, ten times an hour by one person.

Only somebody who has proven the first factor can try the second, so nobody else can use these up. What failed
also counts against the person everywhere else.
"""

from collections.abc import Awaitable, Callable

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.events import LoginFailed, LoginLocked
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.secrets import digest
from hibana_op.login import notices, throttle
from hibana_op.login.second_factors.shapes import Challenge
from hibana_op.provider import Provider
from hibana_op.records import lockouts, rate_counts
from hibana_op.records.users import login_key
from hibana_op.storage.database import Session as Db

HOUR = 3600
MOST_IN_A_CHALLENGE = 5
MOST_IN_AN_HOUR = 10


async def reserve(op: Provider, challenge: Challenge, method: str) -> None:
    """Count a try before it is made, so that many at once cannot pass the limits; LoginRefused beyond them."""

    async def count(tx: Db) -> int | None:
        for counter, limit, seconds in _limits(challenge):
            reserved = await lockouts.reserve(tx, counter, limit=limit, seconds=seconds, now=op.now())
            if not reserved.allowed:
                await op.emit(tx, LoginLocked(user_id=challenge.user.id, method=method), challenge.origin)
                return reserved.locked_until or op.now() + seconds
        return None

    locked_until = await op.db.transact(count)
    if locked_until is not None:
        raise LoginRefused("too_many_attempts", minutes=max(1, -(-(locked_until - op.now()) // 60)))


async def judge(op: Provider, challenge: Challenge, method: str, is_right: Callable[[Db], Awaitable[bool]]) -> None:
    """Take the answer, in one transaction with what follows from it; LoginRefused when it is not right."""

    async def decide(tx: Db) -> bool:
        if await is_right(tx):
            await lockouts.clear(tx, _in_challenge(challenge))
            for counter, _, _ in _limits(challenge)[1:]:
                await lockouts.give_back(tx, counter)
            return True
        await _note_failure(op, tx, challenge, method)
        return False

    if not await op.db.transact(decide):
        raise LoginRefused("wrong_code")


async def _note_failure(op: Provider, tx: Db, challenge: Challenge, method: str) -> None:
    user, now = challenge.user, op.now()
    await lockouts.note_failure(
        tx,
        id=uuid7(),
        user_id=user.id,
        identifier_hash=digest(login_key(user.email)),
        method=method,
        reason="wrong_code",
        ip_address=challenge.origin.ip,
        now=now,
    )
    await lockouts.reserve(
        tx, throttle.subject_of_user(user.id), limit=throttle.MOST_FOR_A_PERSON, seconds=throttle.WINDOW, now=now
    )
    await _tell_of_many(op, tx, challenge)
    await op.emit(tx, LoginFailed(user_id=user.id, method=method, reason="wrong_code"), challenge.origin)


async def _tell_of_many(op: Provider, tx: Db, challenge: Challenge) -> None:
    """Mail, once an hour, when a limit is reached: whoever tries has got past the first factor."""
    user, now = challenge.user, op.now()
    for counter, _, _ in _limits(challenge)[:2]:
        if await lockouts.locked_until(tx, counter, now=now) is not None:
            told = await rate_counts.count(tx, f"told of wrong codes:{user.id}", seconds=HOUR, now=now)
            if told.times == 1:
                await notices.queue(op, tx, notices.message(op, user, "wrong_codes", origin=challenge.origin))
            return


def _limits(challenge: Challenge) -> list[tuple[str, int, int]]:
    """Counter, most, and within how many seconds."""
    limits = [
        (_in_challenge(challenge), MOST_IN_A_CHALLENGE, HOUR),
        (throttle.subject_of_codes(challenge.user.id), MOST_IN_AN_HOUR, HOUR),
    ]
    if challenge.origin.ip:
        counter = throttle.subject_of_address(challenge.origin.ip)
        limits.append((counter, throttle.MOST_FOR_AN_ADDRESS, throttle.WINDOW))
    return limits


def _in_challenge(challenge: Challenge) -> str:
    return f"challenge:{challenge.bound_to}"
