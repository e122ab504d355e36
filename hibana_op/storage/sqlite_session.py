"""What runs on a SQLite connection: a session whose awaits never suspend, and bodies driven to their end."""

import re
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NoReturn

from hibana_op.foundation.errors import Busy, Refusal
from hibana_op.storage.database import ConstraintBroken, DatabaseBroken, HeldRow, Row, Session

Body = Callable[[Session], Awaitable[Any]]
Held = dict[HeldRow, dict[str, Any]]

LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
BROKEN = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_NOMEM,
}


_NAME = itemgetter(0)  # of a column in a cursor's description


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one body ended; `keep` says whether its writes stay."""

    value: Any = field(default=None, repr=False)  # the library logs its work, and this may hold a token
    error: BaseException | None = None
    keep: bool = True


class SqliteSession:
    """Runs SQL at once on the thread that owns the connection."""

    __slots__ = ("_connection", "held", "spoiled")

    def __init__(self, connection: sqlite3.Connection, held: Held | None = None) -> None:
        self._connection = connection
        self.spoiled: Exception | None = None
        # Copies, for a body that is undone must leave no trace in what its neighbours hold.
        self.held: Held = {row: {**values} for row, values in held.items()} if held else {}

    async def one(self, sql: str, **args: object) -> Row | None:
        """The first row, or None."""
        try:
            cursor = self._execute(sql, args)
            values = cursor.fetchone()
            if values is None:
                return None
            row = dict(zip(map(_NAME, cursor.description), values, strict=True))
            cursor.close()
        except Exception as error:
            self._spoil(error)
        return row

    async def all(self, sql: str, **args: object) -> list[Row]:
        """Every row."""
        try:
            cursor = self._execute(sql, args)
            found = cursor.fetchall()
            names = [column[0] for column in cursor.description] if found else ()
            return [dict(zip(names, values, strict=True)) for values in found]
        except Exception as error:
            self._spoil(error)

    async def run(self, sql: str, **args: object) -> int:
        """Change something; how many rows were touched."""
        before = self._connection.total_changes
        try:
            cursor = self._execute(sql, args)
            # RETURNING counts its rows only once they have been fetched.
            cursor.fetchall()
        except Exception as error:
            self._spoil(error)
        # The module does not count for itself when the statement begins with WITH.
        return cursor.rowcount if cursor.rowcount >= 0 else self._connection.total_changes - before

    async def hold(self, row: HeldRow) -> dict[str, Any] | None:
        """The row as the commit will leave it; whoever is in a transaction here has the lock already."""
        if row not in self.held:
            found = await self.one(row.read)
            if found is None:
                return None
            self.held[row] = dict(found)
        return self.held[row]

    def _execute(self, sql: str, args: Mapping[str, object]) -> sqlite3.Cursor:
        if self.spoiled is not None:
            raise RuntimeError("an earlier statement failed: its transaction can only be undone")
        return self._connection.execute(sql, args)

    def _spoil(self, error: Exception) -> NoReturn:
        shown = translated(error)
        self.spoiled = self.spoiled or shown
        if shown is error:
            raise error
        raise shown from error


def drive(body: Body, session: SqliteSession) -> Outcome:
    """Run a body from its first line to its last, here and now."""
    try:
        steps = body(session).__await__()
        next(steps)
    except StopIteration as end:
        if session.spoiled is not None:
            return Outcome(error=session.spoiled, keep=False)
        return Outcome(end.value)
    except Refusal as refusal:
        return Outcome(error=refusal, keep=session.spoiled is None)
    except BaseException as error:
        return Outcome(error=error, keep=False)
    with suppress(BaseException):
        steps.close()
    waited = "a transaction body waited for something other than its session: keep it outside the transaction"
    return Outcome(error=RuntimeError(waited), keep=False)


def write_held(connection: sqlite3.Connection, held: Held) -> None:
    """Write the rows that the bodies of this commit held."""
    for row, values in held.items():
        connection.execute(row.write, values)


def undo(connection: sqlite3.Connection) -> None:
    """Roll back what is open, if anything is."""
    if connection.in_transaction:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


def translated(error: Exception) -> Exception:
    """The seam's own exception for what SQLite said; anything else, a mistake in our SQL, stays as it is."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in LOCKED:
        return Busy("another process held the database file for too long; nothing was changed")
    if code == sqlite3.SQLITE_CONSTRAINT:
        kind, _, constraint = str(error).partition(" constraint failed")
        return ConstraintBroken(kind.lower(), re.sub(r"^index '(.*)'$", r"\1", constraint.removeprefix(": ")))
    if code in BROKEN:
        return DatabaseBroken(f"SQLite: {error}")
    return error
