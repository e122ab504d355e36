"""What tinycss2 understood of a style sheet, and how it is said what is wrong there."""

from collections.abc import Iterable
from typing import Any

from hibana_op.foundation.errors import InvalidRecord

Token = Any  # tinycss2 has no types

_UNSEEN = ("whitespace", "comment")
_LONGEST_SHOWN = 40


def significant(tokens: Iterable[Token]) -> list[Token]:
    """The tokens without the space and the comments between them."""
    return [token for token in tokens if token.type not in _UNSEEN]


def by_comma(tokens: Iterable[Token]) -> list[list[Token]]:
    """The tokens, parted where a comma stands."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def fault(token: Token, what: str) -> InvalidRecord:
    """What is wrong at the token, for the author."""
    return InvalidRecord(f"line {token.source_line}: {what}")


def shown(token: Token) -> str:
    """The token as a message names it: short, and without what is inside of it."""
    name = getattr(token, "at_keyword", "") or getattr(token, "name", "") or getattr(token, "value", "")
    if not name or not isinstance(name, str | int | float):
        return f"a {token.type}"
    before = {"at-rule": "@", "hash": "#", "at-keyword": "@"}.get(token.type, "")
    after = "()" if token.type == "function" else ""
    readable = "".join(each for each in str(name) if each.isprintable())[:_LONGEST_SHOWN]
    return f"{before}{readable}{after}"
