"""How often a sign-in may be tried: five failures for one person, many more for one address, in fifteen minutes.

The counter belongs to the resolved person, whichever way they try; a name that belongs to nobody has one of
its own, so that both answer alike.
"""

import ipaddress

from hibana_op.foundation.secrets import digest
from hibana_op.login.shapes import Attempt
from hibana_op.records import lockouts, users
from hibana_op.records.users import User
from hibana_op.storage.database import Session

WINDOW = 900
MOST_FOR_A_PERSON = 5
MOST_FOR_AN_ADDRESS = 100


def subject_of_user(user_id: str) -> str:
    """The name of a person's counter."""
    return f"user:{user_id}"


def subject(attempt: Attempt, user: User | None) -> str:
    """The name of the counter that an attempt belongs to."""
    return subject_of_user(user.id) if user else f"name:{digest(users.login_key(attempt.identifier))}"


def subject_of_address(ip: str) -> str:
    """The name of an address's counter; an IPv6 customer holds a /64."""
    address = ipaddress.ip_address(ip)
    if address.version == 6:
        return f"address:{ipaddress.ip_network((address, 64), strict=False)}"
    return f"address:{address}"


async def reserve(tx: Session, attempt: Attempt, user: User | None, *, now: int) -> int | None:
    """Count one attempt for the person and the address; until when it is locked, or None when it may go on."""
    limits = [(subject(attempt, user), MOST_FOR_A_PERSON)]
    if attempt.origin.ip:
        limits.append((subject_of_address(attempt.origin.ip), MOST_FOR_AN_ADDRESS))
    locked: int | None = None
    for counter, limit in limits:
        reserved = await lockouts.reserve(tx, counter, limit=limit, seconds=WINDOW, now=now)
        if not reserved.allowed:
            locked = max(locked or 0, reserved.locked_until or now + WINDOW)
    return locked


async def clear(tx: Session, user_id: str, ip: str | None) -> None:
    """A sign-in succeeded: the person's attempts are forgotten, the address's are given back."""
    await lockouts.clear(tx, subject_of_user(user_id))
    if ip:
        await lockouts.give_back(tx, subject_of_address(ip))
