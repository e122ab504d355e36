"""The shape of a second factor."""

import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records.factors import Factor
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the page says of a factor that a person has: where the code goes (masked), how many codes are left."""

    destination: str | None = None
    left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A person who is asked for a second factor. `bound_to`: the sign-in that it counts in, and no other."""

    user: User
    bound_to: str
    origin: Origin
    language: str | None = None  # of the page; the person's own comes first


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """Something that a person proves beside their first factor.

    `offer`: whether they have it; `begin` sends a code, where one is sent; `finish` takes what they typed.
    """

    name: str
    proves: tuple[str, ...]
    amr: tuple[str, ...]
    offer: Callable[[Db, User], Awaitable[Offer | None]]
    begin: Callable[[Provider, Challenge], Awaitable[None]] | None
    finish: Callable[[Provider, Challenge, str], Awaitable[Factor]]

    def proven(self, *, now: int) -> Factor:
        """The factor, proven at this moment."""
        return Factor(method=self.name, proves=self.proves, amr=self.amr, proven_at=now)


def plain(answer: str) -> str:
    """A code as it was meant: full-width digits made narrow, spaces and hyphens left out."""
    return "".join(
        each
        for each in unicodedata.normalize("NFKC", answer)
        if not each.isspace() and unicodedata.category(each) != "Pd"
    )
