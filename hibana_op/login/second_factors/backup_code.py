"""Backup codes: on paper, for the day when everything else is lost. Sixty random bits, kept as a slow hash."""

import secrets

from hibana_op.login import notices
from hibana_op.login.second_factors import attempts
from hibana_op.login.second_factors.shapes import Challenge, Offer, SecondFactor, plain
from hibana_op.provider import Provider
from hibana_op.records import backup_codes
from hibana_op.records.factors import Factor
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db

HOW_MANY = 10
_GROUPS, _GROUP_LENGTH = 3, 4
# Crockford's base 32: no letter that looks like a digit or another letter.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_READ_AS = str.maketrans("oil", "011")
_LONGEST = 64


def make() -> str:
    """A new code, as it is shown: k7mq-2x9f-hd4p."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


async def hash_of(op: Provider, user_id: str, code: str) -> str:
    """What the database keeps of a person's code, however it was typed."""
    return await op.passwords.fingerprint(plain(code).casefold().translate(_READ_AS)[:_LONGEST], salt=user_id)


async def offer(db: Db, user: User) -> Offer | None:
    """How many codes a person has left."""
    left = await backup_codes.left(db, user.id)
    return Offer(left=left) if left else None


async def finish(op: Provider, challenge: Challenge, answer: str) -> Factor:
    """Take one of the codes, and tell the person that it was used."""
    await attempts.reserve(op, challenge, FACTOR.name)
    user, now = challenge.user, op.now()
    code_hash = await hash_of(op, user.id, answer)

    async def is_right(tx: Db) -> bool:
        if not await backup_codes.spend(tx, user.id, code_hash=code_hash, now=now):
            return False
        left = str(await backup_codes.left(tx, user.id))
        await notices.queue(op, tx, notices.message(op, user, "backup_code_used", origin=challenge.origin, left=left))
        return True

    await attempts.judge(op, challenge, FACTOR.name, is_right)
    return FACTOR.proven(now=now)


FACTOR = SecondFactor(name="backup_code", proves=("backup",), amr=("otp",), offer=offer, begin=None, finish=finish)
