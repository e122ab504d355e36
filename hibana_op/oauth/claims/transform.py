"""The transformations of a scope mapping: closed, and applied to each element of a list."""

from collections.abc import Callable
from typing import Any

from hibana_op.foundation.secrets import digest


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _masked(value: Any) -> str:
    """The first letter and the domain of an address, the last four characters of anything longer."""
    text = _text(value)
    local, at, domain = text.rpartition("@")
    if at and local:
        return f"{local[0]}***@{domain}"
    return "*" * (len(text) - 4) + text[-4:] if len(text) > 4 else "*" * len(text)


TRANSFORMATIONS: dict[str, Callable[[Any], Any]] = {
    "none": lambda value: value,
    "uppercase": lambda value: _text(value).upper(),
    "lowercase": lambda value: _text(value).lower(),
    "hash": lambda value: digest(_text(value)),
    "mask": _masked,
}


def apply(name: str, value: Any) -> Any:
    """The value after its transformation; an object can only stay as it is."""
    if isinstance(value, list):
        return [apply(name, each) for each in value]
    if isinstance(value, dict) and name != "none":
        raise ValueError("an object cannot be transformed")
    return TRANSFORMATIONS[name](value)
