"""Single values of CSS, read within bounds and written anew."""

import re
from collections.abc import Callable

from hibana_op.foundation.branding.reading import Token, by_comma, significant

Bounds = tuple[float, float]

_HEX = re.compile(r"[0-9a-fA-F]{6}|[0-9a-fA-F]{3}")


def number(value: float) -> str:
    """A number as CSS writes it, with no more than four places."""
    return f"{round(value, 4) + 0.0:.4f}".rstrip("0").rstrip(".")


def length(token: Token, **units: Bounds) -> str | None:
    """A number with one of the units and within its bounds; 0 needs no unit."""
    if token.type == "number" and token.value == 0:
        return "0" if any(least <= 0 <= most for least, most in units.values()) else None
    if token.type != "dimension" or token.lower_unit not in units:
        return None
    least, most = units[token.lower_unit]
    return number(token.value) + str(token.lower_unit) if least <= token.value <= most else None


def hexadecimal(token: Token) -> str | None:
    """A colour without transparency, as #rrggbb."""
    if token.type != "hash" or not _HEX.fullmatch(token.value):
        return None
    digits = token.value if len(token.value) == 6 else "".join(each * 2 for each in token.value)
    return f"#{digits.lower()}"


def colours(tokens: list[Token]) -> tuple[str, str] | None:
    """A colour for light and one for dark pages: one for both, or light-dark(…, …)."""
    if len(tokens) != 1:
        return None
    both = [tokens, tokens]
    if tokens[0].type == "function" and tokens[0].lower_name == "light-dark":
        both = by_comma(significant(tokens[0].arguments))
    found = [hexadecimal(each[0]) if len(each) == 1 else None for each in both]
    if len(found) != 2 or found[0] is None or found[1] is None:
        return None
    return found[0], found[1]


def light_dark(light: str, dark: str) -> str:
    """A pair of colours as CSS writes it."""
    return light if light == dark else f"light-dark({light}, {dark})"


def each_of(tokens: list[Token], one: Callable[[Token], str | None], *, most: int) -> str | None:
    """One to so many values, all of the same kind."""
    values = [value for token in tokens if (value := one(token)) is not None]
    return " ".join(values) if 1 <= len(tokens) == len(values) <= most else None
