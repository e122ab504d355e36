"""How the members of a provider's configuration are read: each by its own form."""

from typing import Any

from hibana_op.foundation import addresses
from hibana_op.foundation.errors import InvalidRecord
from hibana_op.foundation.printable import is_line


def url(name: str, value: Any) -> str:
    """An address over TLS, or on this machine."""
    try:
        if not isinstance(value, str):
            raise ValueError("the URL is not text")  # noqa: TRY301, TRY004 -- one kind of error for whatever it is
        addresses.parse(value, plain_here=True)
    except ValueError as fault:
        raise InvalidRecord(f"{name}: {fault}") from None
    return value


def text(name: str, value: Any) -> str:
    """A name or an id."""
    if not isinstance(value, str) or not 0 < len(value) <= 255 or not is_line(value):
        raise InvalidRecord(f"{name} is text of 1 to 255 characters")
    return value


def flag(name: str, value: Any) -> bool:
    """A yes or a no."""
    if not isinstance(value, bool):
        raise InvalidRecord(f"{name} is true or false")
    return value
