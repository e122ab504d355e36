"""A code by SMS, to a number that the person has shown to be theirs."""

from hibana_op.foundation.errors import LoginRefused
from hibana_op.login.second_factors import attempts, codes
from hibana_op.login.second_factors.shapes import Challenge, Offer, SecondFactor
from hibana_op.provider import Provider
from hibana_op.records import two_factor
from hibana_op.records.factors import Factor
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db


async def offer(db: Db, user: User) -> Offer | None:
    """A person who has set a number up can have a code sent there."""
    number = await _number(db, user)
    return Offer(destination=codes.masked_phone(number)) if number else None


async def begin(op: Provider, challenge: Challenge) -> None:
    """Send a code."""
    number = await _number(op.db, challenge.user)
    if number is None:
        raise LoginRefused("code_not_sent")
    await codes.send(op, codes.SMS_SECOND, challenge, number)


async def finish(op: Provider, challenge: Challenge, answer: str) -> Factor:
    """Take the code that was sent in this sign-in."""
    await attempts.reserve(op, challenge, FACTOR.name)

    async def is_right(tx: Db) -> bool:
        sent_to = await codes.spend(op, tx, codes.SMS_SECOND, challenge, answer)
        # A number that was changed meanwhile proves nothing any more.
        return sent_to is not None and sent_to == await _number(tx, challenge.user)

    await attempts.judge(op, challenge, FACTOR.name, is_right)
    return FACTOR.proven(now=op.now())


async def _number(db: Db, user: User) -> str | None:
    method = await two_factor.find_method(db, user.id, "sms")
    return method.destination if method else None


FACTOR = SecondFactor(name="sms", proves=("phone",), amr=("sms",), offer=offer, begin=begin, finish=finish)
