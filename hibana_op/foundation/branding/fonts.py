"""Names of fonts, without those in which no words can be read."""

import re

from hibana_op.foundation.branding.reading import Token, by_comma

TAKES = 'up to 10 names of fonts with letters, such as "Noto Sans JP", or a kind such as sans-serif'

_MOST = 10
_NAME = re.compile(r"[^\W_][\w .&+-]{0,63}")
_KINDS = frozenset({"serif", "sans-serif", "monospace", "cursive", "system-ui"}) | {
    f"ui-{kind}" for kind in ("serif", "sans-serif", "monospace", "rounded")
}
_NO_NAMES = frozenset({"inherit", "initial", "unset", "revert", "revert-layer", "default", "none"})
_NO_LETTERS = re.compile(
    r"dings|symbol|icons|mdl2|marlett|mt extra|blank|redacted|ornaments|barcode|braille|last ?resort|ms outlook"
    r"|reference specialty|awesome",
    re.IGNORECASE,
)


def read(tokens: list[Token]) -> str | None:
    """The value of font-family written anew; None for one that is not allowed."""
    parts = by_comma(tokens)
    names = [name for part in parts if (name := _name(part)) is not None]
    return ", ".join(names) if len(names) == len(parts) <= _MOST else None


def has_letters(name: str) -> bool:
    """Whether words can be read in a font of this name, as far as names tell."""
    return not _NO_LETTERS.search(name)


def _name(tokens: list[Token]) -> str | None:
    if len(tokens) == 1 and tokens[0].type == "ident" and tokens[0].lower_value in _KINDS:
        return str(tokens[0].lower_value)
    quoted = len(tokens) == 1 and tokens[0].type == "string"
    if not quoted and not (tokens and all(token.type == "ident" for token in tokens)):
        return None
    name = " ".join(token.value for token in tokens)
    readable = _NAME.fullmatch(name) and name.lower() not in _NO_NAMES and has_letters(name)
    return f'"{name}"' if readable else None
