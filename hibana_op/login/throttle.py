"""How often a sign-in may be tried: five failures for one person, many more for one address, in fifteen minutes.

The counter belongs to the resolved person, whichever way they try; a name that belongs to nobody has one of
its own, so that both answer alike. A browser in which the person has been signed in has a counter of its own
too: whoever locks the person out from elsewhere does not lock them out there.
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


def subject_of_codes(user_id: str) -> str:
    """The name of the counter of a person's second factors, which a new password does not clear."""
    return f"codes:{user_id}"


def subject(attempt: Attempt, user: User | None, *, is_known_browser: bool) -> str:
    """The name of the counter that an attempt belongs to."""
    if user is None:
        return f"name:{digest(users.login_key(attempt.identifier))}"
    if is_known_browser:
        return f"{subject_of_user(user.id)}:{attempt.browser_hash}"
    return subject_of_user(user.id)


def subject_of_address(ip: str) -> str:
    """The name of an address's counter; an IPv6 customer holds a /64."""
    address = ipaddress.ip_address(ip)
    if address.version == 6:
        return f"address:{ipaddress.ip_network((address, 64), strict=False)}"
    return f"address:{address}"


async def reserve(tx: Session, counter: str, ip: str | None, *, now: int) -> int | None:
    """Count one attempt at a counter and for the address; until when it is locked, or None when it may go on."""
    limits = [(counter, MOST_FOR_A_PERSON)]
    if ip:
        limits.append((subject_of_address(ip), MOST_FOR_AN_ADDRESS))
    locked: int | None = None
    for name, limit in limits:
        reserved = await lockouts.reserve(tx, name, limit=limit, seconds=WINDOW, now=now)
        if not reserved.allowed:
            locked = max(locked or 0, reserved.locked_until or now + WINDOW)
    return locked


async def clear(tx: Session, counter: str, ip: str | None) -> None:
    """An attempt succeeded: those of its counter are forgotten, the address's are given back."""
    await lockouts.clear(tx, counter)
    if ip:
        await lockouts.give_back(tx, subject_of_address(ip))


async def give_back(tx: Session, counter: str, ip: str | None) -> None:
    """An attempt was counted and never made, so it was no guess."""
    await lockouts.give_back(tx, counter)
    if ip:
        await lockouts.give_back(tx, subject_of_address(ip))
