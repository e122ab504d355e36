"""What a scope mapping may read: listed columns, JSON paths into two of them, and custom fields; never SQL."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.oauth.claims import standard
from hibana_op.oauth.shapes import Person
from hibana_op.records.custom_fields import FIELD_NAME

USERS = "users"
CUSTOM_FIELDS = "user_custom_fields"
TABLES = (USERS, CUSTOM_FIELDS)
# Beyond the standard claims, what describes an account. No credential is a column of this table.
COLUMNS = frozenset(standard.CLAIMS) | {
    "status",
    "kind",
    "membership",
    "created_at",
    "last_login_at",
    "logins_count",
}
_PATH_ROOTS = ("address", "custom_attributes")
_NAME = FIELD_NAME
_PATH = re.compile(rf"{_NAME.pattern}(?:\.{_NAME.pattern}|\[[0-9]{{1,4}}\]){{0,5}}")
_STEP = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*|\[[0-9]+\]")
# Nobody should keep a credential in a field of their own; where somebody did, no token carries it away.
_SECRET_WORD = re.compile(r"(?:^|[._-])(?:passwords?|passwd|secrets?|tokens?|hash|otp|pin)(?:$|[._\[-])", re.IGNORECASE)


def is_field_name(name: str) -> bool:
    """Whether a custom field may have this name."""
    return _NAME.fullmatch(name) is not None


@lru_cache(maxsize=1024)
def check(table: str, column: str) -> None:
    """InvalidRecord unless the source is one that exists and may be read."""
    if table not in TABLES:
        raise InvalidRecord(f"source_table must be one of {', '.join(TABLES)}")
    if table == CUSTOM_FIELDS:
        if not is_field_name(column.removeprefix("custom.")):
            raise InvalidRecord("source_column must be the name of a custom field: letters, digits, _ and -")
    elif column not in COLUMNS and not _is_path(column):
        raise InvalidRecord(
            f"source_column must be one of {', '.join(sorted(COLUMNS))}, or a path such as address.country "
            "or custom_attributes.team"
        )
    if _SECRET_WORD.search(column):
        raise InvalidRecord("source_column is named like a secret, and secrets never become claims")


def _is_path(column: str) -> bool:
    return _PATH.fullmatch(column) is not None and _STEP.findall(column)[0] in _PATH_ROOTS


def check_field(field: str) -> None:
    """The same for a field that a condition looks at; `custom.` marks a custom field."""
    check(_table_of(field), field)


def read_field(person: Person, field: str) -> Any:
    """The value of a condition's field, None when there is none."""
    return read(person, _table_of(field), field)


def _table_of(field: str) -> str:
    return CUSTOM_FIELDS if field.startswith("custom.") else USERS


def read(person: Person, table: str, column: str) -> Any:
    """The value of a source, in its own type; None when there is none."""
    if table == CUSTOM_FIELDS:
        name = column.removeprefix("custom.")
        return next((field.value for field in person.custom_fields if field.field_name == name), None)
    if column in standard.CLAIMS:
        return standard.value(person, column)
    if column in COLUMNS:
        return getattr(person.user, column)
    root, *steps = _STEP.findall(column)
    return _walk(person.user.address if root == "address" else person.user.custom_attributes, steps)


def _walk(value: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        if step.startswith("["):
            position = int(step[1:-1])
            value = value[position] if isinstance(value, list) and position < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value
