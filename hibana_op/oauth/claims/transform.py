"""The transformations of a scope mapping: closed, and applied to each element of a list."""

import hashlib
from collections.abc import Callable
from typing import Any

from hibana_op.foundation import base64url


def _masked(text: str) -> str:
    """The first letter and the domain of an address, the last four characters of anything longer."""
    local, at, domain = text.rpartition("@")
    if at and local:
        return f"{local[0]}***@{domain}"
    return "*" * (len(text) - 4) + text[-4:] if len(text) > 4 else "*" * len(text)


def _hashed(text: str) -> str:
    return base64url.encode(hashlib.sha256(text.encode()).digest())


TRANSFORMATIONS: dict[str, Callable[[str], str] | None] = {
    "none": None,
    "uppercase": str.upper,
    "lowercase": str.lower,
    "hash": _hashed,
    "mask": _masked,
}


def apply(name: str, value: Any) -> Any:
    """The value after its transformation; numbers and booleans become text first, an object is refused."""
    change = TRANSFORMATIONS[name]
    return value if change is None else _changed(change, value)


def _changed(change: Callable[[str], str], value: Any) -> Any:
    if isinstance(value, list):
        return [_changed(change, each) for each in value]
    if isinstance(value, dict):
        raise ValueError("an object cannot be transformed")  # noqa: TRY004 -- a fault of the data
    if value is None:
        return None
    if isinstance(value, bool):
        return change("true" if value else "false")
    return change(str(value))
