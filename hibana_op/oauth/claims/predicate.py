"""The condition of a scope mapping: a closed JSON predicate, checked when it is written, false when in doubt."""

from collections.abc import Callable
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
    """InvalidRecord unless the condition has the form of a predicate."""
    if condition is None:
        return
    if _count(condition, depth=1) > MOST_NODES:
        raise InvalidRecord(f"condition has more than {MOST_NODES} parts")


def _count(node: object, *, depth: int) -> int:
    if depth > DEEPEST:
        raise InvalidRecord(f"condition is nested more than {DEEPEST} deep")
    if not isinstance(node, dict):
        raise InvalidRecord('condition must be a JSON predicate such as {"op": "eq", "field": "locale", "value": "ja"}')
    op = node.get("op")
    if not isinstance(op, str) or op not in _MEMBERS:
        raise InvalidRecord(f"condition: op must be one of {', '.join(_MEMBERS)}")
    if set(node) != _MEMBERS[op]:
        raise InvalidRecord(f"condition: {op} takes exactly {', '.join(sorted(_MEMBERS[op]))}")
    if op == "not":
        return 1 + _count(node["arg"], depth=depth + 1)
    if op in ("and", "or"):
        args = node["args"]
        if not isinstance(args, list) or not 1 <= len(args) <= MOST_NODES:
            raise InvalidRecord(f"condition: {op} takes a list of 1 to {MOST_NODES} predicates")
        return 1 + sum(_count(arg, depth=depth + 1) for arg in args)
    _check_leaf(op, node)
    return 1


def _check_leaf(op: str, node: dict[str, Any]) -> None:
    if not isinstance(node["field"], str):
        raise InvalidRecord("condition: field must be a string")
    sources.check_field(node["field"])
    if op == "exists":
        return
    value = node["value"]
    if op == "in":
        if not isinstance(value, list) or not 1 <= len(value) <= MOST_NODES:
            raise InvalidRecord(f"condition: in takes a list of 1 to {MOST_NODES} values")
        values = value
    else:
        values = [value]
    for each in values:
        if not _is_plain(each):
            raise InvalidRecord("condition: a value must be a short string, a number or a boolean")
    if op == "prefix" and not isinstance(value, str):
        raise InvalidRecord("condition: prefix takes a string")


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST_VALUE
    return isinstance(value, bool | int | float) and -_LARGEST_NUMBER <= value <= _LARGEST_NUMBER


def holds(condition: Any, person: Person) -> bool:
    """Whether a condition is true of a person; anything unexpected counts as false."""
    if condition is None:
        return True
    try:
        check(condition)
    except InvalidRecord:
        return False
    return _evaluate(condition, person)


def _evaluate(node: dict[str, Any], person: Person) -> bool:
    op = node["op"]
    if op == "and":
        return all(_evaluate(arg, person) for arg in node["args"])
    if op == "or":
        return any(_evaluate(arg, person) for arg in node["args"])
    if op == "not":
        return not _evaluate(node["arg"], person)
    found = sources.read_field(person, node["field"])
    return found is not None and _LEAVES[op](found, node.get("value"))


def _same(found: Any, value: Any) -> bool:
    """Equal in value and kind: JSON's true is not 1."""
    return isinstance(found, bool) == isinstance(value, bool) and bool(found == value)


_LEAVES: dict[str, Callable[[Any, Any], bool]] = {
    "exists": lambda found, value: True,
    "eq": _same,
    "ne": lambda found, value: not _same(found, value),
    "in": lambda found, value: any(_same(found, each) for each in value),
    "prefix": lambda found, value: isinstance(found, str) and found.startswith(value),
}
