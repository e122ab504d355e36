"""Passwords that were set by a link to the mailbox: so far they prove the mailbox, and a code sent there adds nothing.

It ends when such a password is proven beside something else, is changed in the account, or its person sets codes by
mail up with it: then it is a thing of its own again.
"""

from collections.abc import Sequence

from hibana_op.foundation import acr
from hibana_op.login import flow
from hibana_op.records import credentials
from hibana_op.records.factors import Factor
from hibana_op.storage.database import Session

PASSWORD = ("password",)
MAILBOX = ("mailbox",)


async def proves(db: Session, user_id: str) -> tuple[str, ...]:
    """What the password of a person proves now."""
    return MAILBOX if await credentials.is_recovered(db, user_id) else PASSWORD


async def note_proven(tx: Session, user_id: str, proven: Sequence[Factor]) -> None:
    """Of what was proven together, a recovered password may be one: beside something else it counts from here on."""
    if not acr.is_reached(acr.TWO_FACTORS, flow.things(proven)):
        return
    for factor in proven:
        if factor.method == "password" and factor.proves == MAILBOX:
            await credentials.end_recovery(tx, user_id, until=factor.proven_at)
