"""A code by mail, to the confirmed address of the account."""

from hibana_op.foundation.errors import LoginRefused
from hibana_op.login.second_factors import attempts, codes
from hibana_op.login.second_factors.shapes import Challenge, Offer, SecondFactor
from hibana_op.provider import Provider
from hibana_op.records import two_factor, users
from hibana_op.records.factors import Factor
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db


async def offer(db: Db, user: User) -> Offer | None:
    """A person who has chosen so can have a code sent to their address."""
    if not user.email_verified or await two_factor.find_method(db, user.id, "email") is None:
        return None
    return Offer(destination=codes.masked_email(user.email))


async def begin(op: Provider, challenge: Challenge) -> None:
    """Send a code."""
    if await offer(op.db, challenge.user) is None:
        raise LoginRefused("code_not_sent")
    await codes.send(op, codes.EMAIL_SECOND, challenge, challenge.user.email)


async def finish(op: Provider, challenge: Challenge, answer: str) -> Factor:
    """Take the code that was sent in this sign-in."""
    await attempts.reserve(op, challenge, FACTOR.name)

    async def is_right(tx: Db) -> bool:
        sent_to = await codes.spend(op, tx, codes.EMAIL_SECOND, challenge, answer)
        user = await users.find(tx, challenge.user.id)
        # An address that was changed meanwhile proves nothing any more.
        return sent_to is not None and user is not None and sent_to == user.email

    await attempts.judge(op, challenge, FACTOR.name, is_right)
    return FACTOR.proven(now=op.now())


FACTOR = SecondFactor(name="email", proves=("mailbox",), amr=("otp",), offer=offer, begin=begin, finish=finish)
