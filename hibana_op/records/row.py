"""Rows to records and back: BOOLEAN, JSON arrays and JSON objects have one form each.

A `tuple[str, ...]` field is a TEXT column of the same name that holds a JSON array; a `dict` field `x` is
the TEXT column `x_json`; everything else is the column as it is.
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Collection, Hashable
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

import msgspec

from hibana_op.storage.database import Row

R = TypeVar("R")

_decoded = msgspec.json.Decoder().decode
_encoded = msgspec.json.Encoder().encode


def _array(value: Any) -> Any:
    return None if value is None else tuple(_decoded(value))


def _object(value: Any) -> Any:
    return None if value is None else _decoded(value)


def _unchanged(value: Any) -> Any:
    return value


def _converter(hint: Any) -> tuple[str, Callable[[Any], Any]]:
    kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    for kind in kinds:
        origin = typing.get_origin(kind) or kind
        if origin is tuple:
            return "", _array
        if origin is dict:
            return "_json", _object
        if origin is bool:
            return "", bool
    return "", _unchanged


@dataclasses.dataclass(frozen=True, slots=True)
class _Plan:
    """How a kind of record becomes a row and back, found out once: every request does this several times."""

    names: tuple[str, ...]
    columns: tuple[str, ...]
    values: Callable[[Any], tuple[Any, ...]]  # of a record
    row_values: Callable[[Row], tuple[Any, ...]]
    converted: tuple[tuple[str, str, Callable[[Any], Any]], ...]  # the others are the same in both


@cache
def _plan_of(cls: Hashable) -> _Plan:
    hints = typing.get_type_hints(cls)
    fields = [(field.name, *_converter(hints[field.name])) for field in dataclasses.fields(cls)]  # type: ignore[arg-type]
    names = tuple(name for name, _, _ in fields)
    columns = tuple(name + suffix for name, suffix, _ in fields)
    converted = tuple((name, name + suffix, convert) for name, suffix, convert in fields if convert is not _unchanged)
    return _Plan(names, columns, attrgetter(*names), itemgetter(*columns), converted)


def _plan(cls: Any) -> _Plan:
    return _plan_of(cls)


def as_record(cls: type[R], row: Row) -> R:
    """Build a record of `cls` from a row that has all its columns."""
    plan = _plan(cls)
    values = dict(zip(plan.names, plan.row_values(row), strict=True))
    for name, _, convert in plan.converted:
        values[name] = convert(values[name])
    return cls(**values)


def as_record_or_none(cls: type[R], row: Row | None) -> R | None:
    """The same for a row that may not be there."""
    return None if row is None else as_record(cls, row)


def as_columns(record: Any) -> dict[str, Any]:
    """The column values of a record, by column name."""
    plan = _plan(type(record))
    columns = dict(zip(plan.columns, plan.values(record), strict=True))
    for _, column, convert in plan.converted:
        if convert is not bool and columns[column] is not None:
            columns[column] = as_json(columns[column])
    return columns


def as_json(value: object) -> str:
    """Compact JSON, keys in the order given."""
    return _encoded(value).decode()


def insert_into(table: str, cls: type[Any]) -> str:
    """The statement that writes one whole record of `cls`, with its columns as parameters."""
    columns = _plan(cls).columns
    values = ", ".join(f":{column}" for column in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"  # noqa: S608 - the names stand in the code


def assignments(cls: type[Any], *, without: Collection[str]) -> str:
    """The `SET` list that writes the columns of a record, all but some."""
    return ", ".join(f"{column} = :{column}" for column in _plan(cls).columns if column not in without)
