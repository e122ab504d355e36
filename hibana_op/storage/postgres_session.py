"""What PostgreSQL is told and what it answers: `:name` becomes `$1`, its errors become the seam's."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NoReturn

import asyncpg

from hibana_op.foundation.errors import Busy
from hibana_op.storage.database import ConstraintBroken, DatabaseBroken, HeldRow, Row

# Literals, quoted names, comments and casts are passed over; what is left of `:name` is a parameter.
PARAMETER = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|::|:(?P<name>[A-Za-z_][A-Za-z0-9_]*)", re.DOTALL
)

# The same body may succeed a moment later. The last one follows a migration made by another process.
WORTH_ANOTHER_TRY = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidCachedStatementError,
)
BUSY = (
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.TooManyConnectionsError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.PostgresConnectionError,
    OSError,  # TimeoutError is one
)
BROKEN = (asyncpg.InsufficientResourcesError, asyncpg.PostgresSystemError, asyncpg.InternalServerError)
KINDS = {
    asyncpg.UniqueViolationError: "unique",
    asyncpg.ForeignKeyViolationError: "foreign key",
    asyncpg.CheckViolationError: "check",
    asyncpg.NotNullViolationError: "not null",
}


class PostgresSession:
    """Runs SQL on one connection.

    The driver is strict: a BOOLEAN wants a bool, a BIGINT an int, TEXT a str; nothing is converted. Where
    the server cannot tell the type of a parameter (`:x IS NULL`), write `CAST(:x AS TEXT)`.
    """

    __slots__ = ("_connection", "_give_up", "_held", "spoiled")

    def __init__(self, connection: Any, give_up: float) -> None:
        self._connection = connection
        self._give_up = give_up
        self._held: dict[HeldRow, dict[str, Any]] = {}
        self.spoiled: Exception | None = None

    async def one(self, sql: str, **args: object) -> Row | None:
        """The first row, or None."""
        try:
            record = await self._connection.fetchrow(*self._ready(sql, args), timeout=self._give_up)
        except Exception as error:
            self._spoil(error)
        return None if record is None else dict(record)

    async def all(self, sql: str, **args: object) -> list[Row]:
        """Every row."""
        try:
            records = await self._connection.fetch(*self._ready(sql, args), timeout=self._give_up)
        except Exception as error:
            self._spoil(error)
        return [dict(record) for record in records]

    async def run(self, sql: str, **args: object) -> int:
        """Change something; how many rows were touched."""
        try:
            status: str = await self._connection.execute(*self._ready(sql, args), timeout=self._give_up)
        except Exception as error:
            self._spoil(error)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def hold(self, row: HeldRow) -> dict[str, Any] | None:
        """The row as the commit will leave it, locked until then."""
        if row not in self._held:
            found = await self.one(f"{row.read} FOR UPDATE")
            if found is None:
                return None
            self._held[row] = dict(found)
        return self._held[row]

    async def write_held(self) -> None:
        """Write the rows that were held, as the last thing before the commit."""
        for row, values in self._held.items():
            await self.run(row.write, **values)

    def _ready(self, sql: str, args: Mapping[str, object]) -> list[object]:
        if self.spoiled is not None:
            raise RuntimeError("an earlier statement failed: its transaction can only be undone")
        text, names = numbered(sql)
        return [text, *[args[name] for name in names]]

    def _is_lost(self) -> bool:
        try:
            return bool(self._connection.is_closed())
        except asyncpg.InterfaceError:  # the pool has taken back what was cut
            return True

    def _spoil(self, error: Exception) -> NoReturn:
        shown = translated(error, is_lost=self._is_lost())
        self.spoiled = self.spoiled or shown
        if shown is error:
            raise error
        # What the server adds to a broken rule is the value itself, which is nobody's business in a log.
        raise shown from None if isinstance(shown, ConstraintBroken) else error


@lru_cache(maxsize=4096)
def numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """The text with `$n` for `:name`, and the names in order; a name used twice keeps one number."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found["name"]
        return f"${names.setdefault(name, len(names) + 1)}" if name else found[0]

    return PARAMETER.sub(number, sql), tuple(names)


def translated(error: Exception, *, is_lost: bool = False) -> Exception:
    """The seam's own exception for what went wrong; a mistake in our SQL stays as it is."""
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return ConstraintBroken(KINDS.get(type(error), "constraint"), _constraint(error))
    if isinstance(error, BUSY) or is_lost:
        return Busy(f"PostgreSQL could not answer in time: {error or type(error).__name__}")
    if isinstance(error, BROKEN):
        return DatabaseBroken(f"PostgreSQL: {error}")
    return error


def _constraint(error: Any) -> str:
    """As SQLite says it: `table.column, table.other`; the name for checks and indexes on expressions."""
    columns = re.search(r"\(([^()]+)\)=\(", error.detail or "")
    if isinstance(error, asyncpg.UniqueViolationError) and columns:
        return ", ".join(f"{error.table_name}.{name}" for name in columns[1].split(", "))
    if isinstance(error, asyncpg.NotNullViolationError):
        return f"{error.table_name}.{error.column_name}"
    return error.constraint_name or ""
