"""What the pages say: one TOML catalogue per language, looked up by dotted key."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.shipped import folder

LANGUAGES = ("ja", "en")
NAMES = MappingProxyType({"ja": "日本語", "en": "English"})  # each in its own language, for the switch


def say(language: str, key: str, **values: object) -> str:
    """The words of a key in a language, with each `{name}` filled in; an unknown key is a KeyError."""
    return catalogue(language)[key].format_map(values)


def why(language: str, refused: LoginRefused) -> str:
    """What a refusal means, for whoever is not told by a page."""
    return say(language, f"refused.{refused.reason}", **refused.values)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Every key of a language with its words, read once from the shipped templates."""
    if language not in LANGUAGES:
        raise KeyError(language)
    with (folder("templates") / "words" / f"{language}.toml").open("rb") as file:
        return MappingProxyType(dict(_flat(tomllib.load(file))))


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)
