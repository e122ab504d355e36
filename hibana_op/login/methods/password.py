"""Signing in with a password: one answer and one cost for unknown, wrong and suspended (ASVS 6.3.8)."""

from hibana_op.foundation.errors import Busy, LoginRefused
from hibana_op.login import guesses, policy, throttle
from hibana_op.login.shapes import Attempt, LoginMethod
from hibana_op.provider import Provider
from hibana_op.records import credentials, users
from hibana_op.records.users import User


async def finish(op: Provider, attempt: Attempt) -> User:
    """The person whose password this is.

    Attempts at one person go one after the other: however many come at once with the right password, each
    has given its place in the count back before the next one takes it.
    """
    user = await users.find_by_login(op.db, attempt.identifier)
    counter = await guesses.counter_of(op, attempt, user)
    async with op.turns.of(counter):
        return await _try(op, attempt, user, counter)


async def _try(op: Provider, attempt: Attempt, user: User | None, counter: str) -> User:
    await guesses.reserve(op, attempt, user, counter, METHOD.name)
    stored = await credentials.find_password_hash(op.db, user.id) if user else None
    try:
        right = await op.passwords.verify(stored, attempt.answer)
    except Busy:
        # A rush must not lock anybody out: nothing was guessed.
        await op.db.transact(lambda tx: throttle.give_back(tx, counter, attempt.origin.ip))
        raise
    if user is None or stored is None or not right or not user.is_active or not await _may_begin(op, attempt, user):
        await guesses.note_failure(op, attempt, user, METHOD.name)
        raise LoginRefused("wrong_credentials")
    if op.passwords.needs_rehash(stored):
        newer = await op.passwords.hash(attempt.answer)
        await op.db.transact(lambda tx: credentials.replace_password_hash(tx, user.id, old=stored, new=newer))
    await op.db.transact(lambda tx: throttle.clear(tx, counter, attempt.origin.ip))
    return user


async def _may_begin(op: Provider, attempt: Attempt, user: User) -> bool:
    """Whether a sign-in of this person may begin with a password, where one would."""
    if attempt.begins is None:
        return True
    demanded = await policy.of_sign_in(op.db, user, attempt.begins, now=op.now())
    return policy.PASSWORD in demanded.methods


METHOD = LoginMethod("password", ("pwd",), finish)
