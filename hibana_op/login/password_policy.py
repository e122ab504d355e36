"""Which passwords people may choose: long, neither common nor leaked, of any characters (NIST 800-63B-4 §3.1.1.2)."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.passwords import LONGEST_PASSWORD
from hibana_op.login import breached
from hibana_op.provider import Provider
from hibana_op.records.remembered import BRAND
from hibana_op.records.users import User, login_key

SHORTEST = 15  # a password that may stand alone
# A password that is found within so many guesses (a power of ten) is on every attacker's list.
_LEAST_GUESSES = 8.0
# The estimate looks at no more; what is strong within them is strong with more behind.
_ESTIMATED = 72
_SHORTEST_CONTEXT = 4
_SHORTEST_REST = 8  # letters that must be left when the words that belong to this place and person are taken out


async def check(op: Provider, password: str, *, about: Iterable[str] = (), shortest: int = SHORTEST) -> str:
    """A password that may be chosen, or LoginRefused; `about`: what an attacker knows of the person."""
    if len(password) > LONGEST_PASSWORD:
        raise LoginRefused("password_too_long", longest=LONGEST_PASSWORD)
    if len(unicodedata.normalize("NFC", password)) < shortest:
        raise LoginRefused("password_too_short", shortest=shortest)
    words = sorted(set(_context(op, about)), key=len, reverse=True)
    if len(_without(password, words)) < _SHORTEST_REST:
        raise LoginRefused("password_of_context")
    if await op.passwords.apart(lambda: _is_easy(password, words)):
        raise LoginRefused("password_common")
    if await breached.is_known(op, password):
        raise LoginRefused("password_breached")
    return password


def known_of(user: User) -> list[str]:
    """What an attacker knows of a person."""
    told = (user.email, user.name, user.given_name, user.family_name, user.nickname, user.preferred_username)
    return [text for text in told if text]


def _context(op: Provider, about: Iterable[str]) -> Iterator[str]:
    for text in (BRAND, op.remembered.brand, op.settings.issuer_host, *about):
        yield from (word for word in re.split(r"[\W_]+", login_key(text)) if len(word) >= _SHORTEST_CONTEXT)


def _without(password: str, words: Iterable[str]) -> str:
    """The letters of a password that are neither of these words nor digits and signs around them."""
    rest = login_key(password)
    found = False
    for word in words:
        found = found or word in rest
        rest = rest.replace(word, "")
    return re.sub(r"[\W\d_]+", "", rest) if found else rest


def _is_easy(password: str, words: list[str]) -> bool:
    from zxcvbn import zxcvbn  # noqa: PLC0415 -- its word lists are read only where passwords are chosen

    estimate = zxcvbn(password[:_ESTIMATED], user_inputs=words)
    return float(estimate["guesses_log10"]) < _LEAST_GUESSES
