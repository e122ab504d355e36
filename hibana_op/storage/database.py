"""The seam to the database: run this SQL, and a transaction that is a function."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Row = Mapping[str, Any]


class ConstraintBroken(Exception):
    """A rule of the schema said no; the transaction it happened in is undone (see `transact`).

    `kind` is "unique", "foreign key", "check" or "not null". `constraint` is the same text on both engines
    where both know it: `table.column, table.other` for plain columns, else the name of the index or the
    check. SQLite does not say which foreign key it was: then it is empty.
    """

    def __init__(self, kind: str, constraint: str) -> None:
        super().__init__(f"{kind} {constraint}".rstrip())
        self.kind = kind
        self.constraint = constraint


class DatabaseBroken(Exception):
    """The engine cannot do its work (full disk, read error, damaged file); nothing was changed."""


@dataclass(frozen=True, slots=True, eq=False)
class HeldRow:
    """A row that nearly every transaction changes, so that those that share a commit read it and write it once."""

    read: str
    write: str  # with the row's columns as parameters


class Session(Protocol):
    """Runs SQL: `:name` parameters, `TEXT BIGINT BOOLEAN` values, the same text on both engines."""

    async def one(self, sql: str, **args: object) -> Row | None:
        """The first row, or None."""
        ...

    async def all(self, sql: str, **args: object) -> list[Row]:
        """Every row."""
        ...

    async def run(self, sql: str, **args: object) -> int:
        """Change something; how many rows were touched."""
        ...

    async def hold(self, row: HeldRow) -> dict[str, Any] | None:
        """The row as the commit will leave it, locked until then: change the mapping, and the row is written.

        Within a transaction only, and never beside other statements that touch the row.
        """
        ...


class Database(Session, Protocol):
    """A database that is open. Outside a transaction, `one` and `all` read and `run` commits at once."""

    engine: str

    async def transact(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run `body` in one transaction.

        A body touches the database and nothing else: it may run twice (a serialization failure, a moment that was
        too short), and on SQLite it is driven to its end without a pause, on the loop's thread or another, so it
        cannot wait for anything but its session. A `Refusal` that passes through commits, any other exception
        undoes all.

        A statement that fails spoils its transaction, whoever catches the error: no further statement runs,
        and everything is undone even when a `Refusal` follows. To go on after a duplicate, say
        `ON CONFLICT DO NOTHING`.
        """
        ...

    async def glance(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run a body that reads a few rows by their keys, at one moment of the data.

        On SQLite this happens at once on the event loop's thread; what takes longer than a moment begins anew on
        another, so what is known to be long is for `read`.
        """
        ...

    async def read(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run a body that only reads, on one connection, at one moment of the data."""
        ...

    async def search(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Read, with statements whose best plan depends on the values: common or rare in a large table.

        PostgreSQL plans a statement that it has seen often for values of middling frequency, which may take a
        hundred times as long; here it plans for those that are asked.
        """
        ...

    async def alone(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run one transaction that no other `alone` overlaps, in any process, without limit of time.

        For migrations: SQLite checks the foreign keys once, at the end, so that a table can be rebuilt.
        """
        ...

    async def close(self) -> None:
        """Finish what is under way and let go of every connection."""
        ...
