"""Rows to records and back: BOOLEAN, JSON arrays and JSON objects have one form each.

A `tuple[str, ...]` field is a TEXT column of the same name that holds a JSON array; a `dict` field `x` is
the TEXT column `x_json`; everything else is the column as it is.
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Collection, Hashable
from functools import cache
from typing import Any, TypeVar

import msgspec

from hibana_op.storage.database import Row

R = TypeVar("R")


def _array(value: Any) -> Any:
    return None if value is None else tuple(msgspec.json.decode(value))


def _object(value: Any) -> Any:
    return None if value is None else msgspec.json.decode(value)


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


@cache
def _plan_of(cls: Hashable) -> tuple[tuple[str, str, Callable[[Any], Any]], ...]:
    hints = typing.get_type_hints(cls)
    plan = []
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        suffix, convert = _converter(hints[field.name])
        plan.append((field.name, field.name + suffix, convert))
    return tuple(plan)


def _plan(cls: Any) -> tuple[tuple[str, str, Callable[[Any], Any]], ...]:
    return _plan_of(cls)


def as_record(cls: type[R], row: Row) -> R:
    """Build a record of `cls` from a row that has all its columns."""
    return cls(**{name: convert(row[column]) for name, column, convert in _plan(cls)})


def as_record_or_none(cls: type[R], row: Row | None) -> R | None:
    """The same for a row that may not be there."""
    return None if row is None else as_record(cls, row)


def as_columns(record: Any) -> dict[str, Any]:
    """The column values of a record, by column name."""
    columns = {}
    for name, column, convert in _plan(type(record)):
        value = getattr(record, name)
        columns[column] = as_json(value) if convert in (_array, _object) and value is not None else value
    return columns


def as_json(value: object) -> str:
    """Compact JSON, keys in the order given."""
    return msgspec.json.encode(value).decode()


def insert_into(table: str, cls: type[Any]) -> str:
    """The statement that writes one whole record of `cls`, with its columns as parameters."""
    columns = [column for _, column, _ in _plan(cls)]
    values = ", ".join(f":{column}" for column in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"  # noqa: S608 - the names stand in the code


def assignments(cls: type[Any], *, without: Collection[str]) -> str:
    """The `SET` list that writes the columns of a record, all but some."""
    return ", ".join(f"{column} = :{column}" for _, column, _ in _plan(cls) if column not in without)
