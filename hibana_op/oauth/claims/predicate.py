"""The condition of a scope mapping: a closed JSON predicate, checked when it is written, false when in doubt.

Between true and false there is a third answer, unknown: the person has no such value, or it is of another
kind than what it is compared with. `not` leaves unknown unknown, and only true is true in the end, so no
condition can become true because something could not be evaluated.
"""

from collections.abc import Callable, Iterable
from typing import Any

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.oauth.claims import sources
from hibana_op.oauth.shapes import Person

DEEPEST = 5
MOST_NODES = 50
_MEMBERS = {
    "eq": {"op", "field", "value"},
    "ne": {"op", "field", "value"},
    "in": {"op", "field", "value"},
    "prefix": {"op", "field", "value"},
    "exists": {"op", "field"},
    "and": {"op", "args"},
    "or": {"op", "args"},
    "not": {"op", "arg"},
}
_LONGEST_VALUE = 512
_LARGEST_NUMBER = 2**63  # which also leaves out what is no number, and the infinite ones


def check(condition: object) -> None:
    """InvalidRecord unless the condition is None or has the form of a predicate."""
    if condition is not None:
        _check(condition, depth=1, left=MOST_NODES)


def _check(node: object, *, depth: int, left: int) -> int:
    """How many parts are left for others; counted on the way, so that a huge one is refused early."""
    if depth > DEEPEST:
        raise InvalidRecord(f"condition is nested more than {DEEPEST} deep")
    if left < 1:
        raise InvalidRecord(f"condition has more than {MOST_NODES} parts")
    if not isinstance(node, dict):
        raise InvalidRecord('condition must be a JSON predicate such as {"op": "eq", "field": "locale", "value": "ja"}')
    op = node.get("op")
    if not isinstance(op, str) or op not in _MEMBERS:
        raise InvalidRecord(f"condition: op must be one of {', '.join(_MEMBERS)}")
    if set(node) != _MEMBERS[op]:
        raise InvalidRecord(f"condition: {op} takes exactly {', '.join(sorted(_MEMBERS[op]))}")
    left -= 1
    if op == "not":
        return _check(node["arg"], depth=depth + 1, left=left)
    if op in ("and", "or"):
        args = node["args"]
        if not isinstance(args, list) or not args:
            raise InvalidRecord(f"condition: {op} takes a list of predicates, at least one")
        for arg in args:
            left = _check(arg, depth=depth + 1, left=left)
        return left
    _check_leaf(op, node)
    return left


def _check_leaf(op: str, node: dict[str, Any]) -> None:
    if not isinstance(node["field"], str):
        raise InvalidRecord("condition: field must be a string")
    sources.check_field(node["field"])
    if op == "exists":
        return
    values = node["value"] if op == "in" else [node["value"]]
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_NODES:
        raise InvalidRecord(f"condition: in takes a list of 1 to {MOST_NODES} values")
    if not all(map(_is_plain, values)):
        raise InvalidRecord("condition: a value must be a short string, a number or a boolean")
    if op == "prefix" and not isinstance(node["value"], str):
        raise InvalidRecord("condition: prefix takes a string")


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST_VALUE
    return isinstance(value, bool | int | float) and -_LARGEST_NUMBER <= value <= _LARGEST_NUMBER


def holds(condition: Any, person: Person) -> bool:
    """Whether a condition is true of a person; what is no condition is true of nobody."""
    try:
        check(condition)
    except InvalidRecord:
        return False
    return condition is None or _answer(condition, person) is True


def _answer(node: dict[str, Any], person: Person) -> bool | None:
    """True, false, or None for unknown."""
    op = node["op"]
    if op == "and":
        return _not(_either(_not(_answer(arg, person)) for arg in node["args"]))
    if op == "or":
        return _either(_answer(arg, person) for arg in node["args"])
    if op == "not":
        return _not(_answer(node["arg"], person))
    found = sources.read_field(person, node["field"])
    if op == "exists":
        return found is not None
    return _LEAVES[op](found, node["value"])


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _either(answers: Iterable[bool | None]) -> bool | None:
    """True if one is, false if all are."""
    is_unknown = False
    for answer in answers:
        if answer:
            return True
        is_unknown = is_unknown or answer is None
    return None if is_unknown else False


def _same(found: Any, value: Any) -> bool | None:
    """Whether two values of one kind are equal; JSON's true is not 1, and "1" is not 1 either."""
    kind = _kind(found)
    return bool(found == value) if kind is not None and kind is _kind(value) else None


def _kind(value: Any) -> type | None:
    if isinstance(value, bool):
        return bool
    if isinstance(value, int | float):
        return float
    return str if isinstance(value, str) else None


_LEAVES: dict[str, Callable[[Any, Any], bool | None]] = {
    "eq": _same,
    "ne": lambda found, value: _not(_same(found, value)),
    "in": lambda found, values: _either(_same(found, each) for each in values),
    "prefix": lambda found, value: found.startswith(value) if isinstance(found, str) else None,
}
