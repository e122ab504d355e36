"""JSON from strangers, read so that everyone reads the same in it: RFC 8259 within the bounds of RFC 7493."""

import json
from typing import Any, NoReturn

DEEPEST = 32
LONGEST_NUMBER = 18  # digits of a whole number: what 64 bits hold, and every reader takes


def read_object(raw: bytes) -> dict[str, Any]:
    """One JSON object with each name once; ValueError says what it is instead. The caller bounds its length."""
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_int=_whole
        )
        # Half a surrogate pair and 1e999 can be read, but nobody could write them down again.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 -- one kind of error for whatever it is
    if not _is_shallow(value):
        raise ValueError("nested too deeply")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return members


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > LONGEST_NUMBER:
        raise ValueError("a number is too large")
    return int(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _is_shallow(value: object) -> bool:
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        level = [child for container in level for child in _children(container) if isinstance(child, (dict, list))]
        if not level:
            return True
    return False


def _children(container: Any) -> list[Any]:
    return list(container.values()) if isinstance(container, dict) else container
