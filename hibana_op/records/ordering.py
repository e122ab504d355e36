"""The order of a list: by one column, up or down; where several have the same there, the id decides."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from hibana_op.records.row import as_json

R = TypeVar("R")
_decoded = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What a list may be ordered by: `sql`, a text of ours, and the same `value` of a record.

    `is_quick`: an index has this order, or what is listed is always a tenant's. Otherwise it is for the list of one
    tenant or one person alone.
    """

    sql: str
    value: Callable[[Any], Any]
    is_folded: bool  # small letters and capitals are alike
    is_unique: bool
    is_quick: bool


def by(
    sql: str,
    *,
    value: Callable[[Any], Any] | None = None,
    is_folded: bool = False,
    is_unique: bool = False,
    is_quick: bool = True,
) -> Column:
    """A column, and the field of the same name."""
    found = value or attrgetter(sql.rpartition(".")[2])
    return Column(sql=sql, value=found, is_folded=is_folded, is_unique=is_unique, is_quick=is_quick)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order of one list; without a column it is that of the ids."""

    identity: str  # the column of the ids
    identified: Callable[[Any], str]
    column: Column | None = None
    is_descending: bool = False

    @property
    def is_quick(self) -> bool:
        """Whether it may be had for all that there is."""
        return self.column is None or self.column.is_quick

    @property
    def clause(self) -> str:
        """What stands after ORDER BY."""
        return ", ".join(f"{each} DESC" if self.is_descending else each for each in self._columns())

    def key(self, record: Any) -> str:
        """What a page ends with whose last record this is."""
        identity = self.identified(record)
        return identity if self.column is None else as_json([self.column.value(record), identity])

    def beyond(self, after: str) -> tuple[str, dict[str, Any]]:
        """The condition for what comes after such an end ("": everything), and its parameters."""
        if not after:
            return "TRUE", {}
        sign = "<" if self.is_descending else ">"
        if self.column is None:
            return f"{self.identity} {sign} :after_id", {"after_id": after}
        value, identity = _decoded(after)
        ends = (_folded(":after_value") if self.column.is_folded else ":after_value", ":after_id")
        columns = self._columns()
        condition = f"({', '.join(columns)}) {sign} ({', '.join(ends[: len(columns)])})"
        return condition, {"after_value": value, "after_id": identity}

    def page_of(self, records: Iterable[R], *, after: str, limit: int) -> list[R]:
        """One page of what is all at hand."""
        ordered = sorted(records, key=self._place, reverse=self.is_descending)
        if after:
            end = (after,) if self.column is None else tuple(_decoded(after))
            ordered = [
                each for each in ordered if (self._place(each) < end if self.is_descending else self._place(each) > end)
            ]
        return ordered[:limit]

    def _columns(self) -> tuple[str, ...]:
        if self.column is None:
            return (self.identity,)
        named = _folded(self.column.sql) if self.column.is_folded else self.column.sql
        return (named,) if self.column.is_unique else (named, self.identity)

    def _place(self, record: Any) -> tuple[Any, ...]:
        identity = self.identified(record)
        return (identity,) if self.column is None else (self.column.value(record), identity)


def orders(
    identity: str, *, identified: Callable[[Any], str] = attrgetter("id"), **columns: Column | None
) -> dict[str, Order]:
    """Every order of a list by its name; with a minus before the name it is the other way round."""
    found: dict[str, Order] = {}
    for name, column in columns.items():
        found[name] = Order(identity=identity, identified=identified, column=column)
        found[f"-{name}"] = replace(found[name], is_descending=True)
    return found


def _folded(sql: str) -> str:
    return f"LOWER({sql})"
