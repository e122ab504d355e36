"""The ways by which a person can begin a sign-in; the last one is never taken away."""

from dataclasses import dataclass
from typing import Literal

from hibana_op.records import ways_in
from hibana_op.storage.database import Session

Way = Literal["password", "passkey", "identity"]


@dataclass(frozen=True, slots=True)
class WaysIn:
    """What a person has: a password or none, so many passkeys, so many linked accounts."""

    has_password: bool
    passkeys: int
    identities: int

    def would_remain(self, *, without: Way | None = None) -> bool:
        """Whether they could still sign in, were one way of this kind taken away."""
        return self.has_password + self.passkeys + self.identities - (without is not None) > 0


async def of(db: Session, user_id: str) -> WaysIn:
    """The ways that are open to a person now."""
    passwords, passkeys, identities = await ways_in.count(db, user_id)
    return WaysIn(passwords > 0, passkeys, identities)


async def held(db: Session, user_id: str) -> WaysIn:
    """The same for whoever takes one away: of two at once, the second sees what the first has left."""
    await ways_in.hold(db, user_id)
    return await of(db, user_id)
