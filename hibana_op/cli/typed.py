"""What people hand to a command as text: JSON objects, and lines on standard input."""

import json
import sys
from typing import Any

from hibana_op.foundation.errors import InvalidRecord


def read_object(text: str | None, option: str) -> dict[str, Any]:
    """The JSON object that an option was given; an empty one when it was not given."""
    if text is None:
        return {}
    values = read_json(text, option)
    if not isinstance(values, dict):
        raise InvalidRecord(f"{option} must be a JSON object")
    return values


def read_json(text: str, option: str) -> Any:
    """The JSON value that an option was given."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidRecord(f"{option} is not JSON") from None


def read_password() -> str:
    """The first line of standard input: UTF-8 as in the sign-in form, whatever the locale of the shell is."""
    try:
        return sys.stdin.buffer.readline().decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise InvalidRecord("the password on standard input is not UTF-8") from None
