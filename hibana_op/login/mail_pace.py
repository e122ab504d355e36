"""How often strangers may have mail sent: to one address, and from one place."""

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.secrets import digest
from hibana_op.login import throttle
from hibana_op.records import rate_counts
from hibana_op.records.users import login_key
from hibana_op.storage.database import Session

WINDOW = 3600
MOST_TO_AN_ADDRESS = 10
MOST_FROM_A_PLACE = 300


async def admits(tx: Session, address: str, origin: Origin, *, now: int) -> bool:
    """Whether one more mail may go to an address; LoginRefused when too many were asked for from one place.

    The first stays unsaid: it would tell others what was sent to the address before.
    """
    if origin.ip:
        place = await rate_counts.count(
            tx, f"mail from:{throttle.subject_of_address(origin.ip)}", seconds=WINDOW, now=now
        )
        if place.times > MOST_FROM_A_PLACE:
            raise LoginRefused("too_many_mails", minutes=-(-place.seconds_left // 60))
    sent = await rate_counts.count(tx, f"mail to:{digest(login_key(address))}", seconds=WINDOW, now=now)
    return sent.times <= MOST_TO_AN_ADDRESS
