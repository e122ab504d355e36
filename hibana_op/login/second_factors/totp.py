"""Codes of an authenticator app: TOTP (RFC 6238), six digits each half minute, each accepted once."""

import pyotp

from hibana_op.foundation.secrets import same
from hibana_op.login.second_factors import attempts
from hibana_op.login.second_factors.shapes import Challenge, Offer, SecondFactor, plain
from hibana_op.provider import Provider
from hibana_op.records import two_factor
from hibana_op.records.factors import Factor
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db

STEP = 30  # seconds
DIGITS = 6


def matching_step(secret: str, answer: str, *, now: int) -> int | None:
    """The time step that a code is of: this one, the one before or the next, for clocks that differ a little."""
    code, current, found = plain(answer), now // STEP, None
    generator = pyotp.HOTP(secret, digits=DIGITS)
    for step in (current - 1, current, current + 1):
        if same(generator.at(step), code):
            found = step
    return found


async def offer(db: Db, user: User) -> Offer | None:
    """A person who has set an app up is asked for its code."""
    return Offer() if await two_factor.find_app(db, user.id) else None


async def finish(op: Provider, challenge: Challenge, answer: str) -> Factor:
    """Take the code that the app shows."""
    await attempts.reserve(op, challenge, FACTOR.name)
    user_id, now = challenge.user.id, op.now()
    app = await two_factor.find_app(op.db, user_id)
    step = None
    if app is not None:
        secret = op.vault.open(app.secret_sealed, two_factor.sealed_name(user_id)).decode()
        step = matching_step(secret, answer, now=now)

    async def is_right(tx: Db) -> bool:
        return (
            app is not None
            and step is not None
            and await two_factor.use_step(tx, user_id, secret_sealed=app.secret_sealed, step=step)
        )

    await attempts.judge(op, challenge, FACTOR.name, is_right)
    return FACTOR.proven(now=now)


FACTOR = SecondFactor(name="totp", proves=("app",), amr=("otp",), offer=offer, begin=None, finish=finish)
