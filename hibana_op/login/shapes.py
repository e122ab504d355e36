"""The shape of a way to sign in, and what it proves."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records.interactions import Interaction
from hibana_op.records.users import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of one person at one method; `browser_hash`: of a browser that may be known to be theirs.

    `begins`: the sign-in that would begin with it, None where something else is to be proven.
    """

    identifier: str
    answer: str
    origin: Origin
    browser_hash: str | None = None
    begins: Interaction | None = None


@dataclass(frozen=True, slots=True)
class LoginMethod:
    """A way to sign in: `finish` gives the person who is proven, or raises LoginRefused."""

    name: str
    amr: tuple[str, ...]
    finish: Callable[[Provider, Attempt], Awaitable[User]]
