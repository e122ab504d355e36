"""PostgreSQL: a pool of asyncpg connections, READ COMMITTED, another try after a serialization failure."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Self, TypeVar

import asyncpg

from hibana_op.foundation.errors import Busy, Refusal, WrongSettings
from hibana_op.storage import redacted
from hibana_op.storage.database import HeldRow, Row, Session
from hibana_op.storage.postgres_session import WORTH_ANOTHER_TRY, PostgresSession, translated

T = TypeVar("T")

CONNECTIONS = 10
STATEMENTS_KEPT = 512
PATIENCE = 5.0  # seconds for a connection, and again for a lock
TRIES = 6
GIVE_UP = 20.0  # seconds without any answer; a server that lives gives up earlier by itself
GIVE_UP_ALONE = 86_400.0
NOT_YET = (asyncpg.TooManyConnectionsError, asyncpg.CannotConnectNowError)

WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
PLANNED_ANEW = "; SET LOCAL plan_cache_mode = force_custom_plan"
# Any constant will do, so long as every Hibana uses the same.
ALONE = (
    f"{WRITE}; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;"
    " SELECT pg_advisory_xact_lock(5217341960284517); SET LOCAL lock_timeout = 60000"
)


class PostgresDatabase:
    """A PostgreSQL database that is open.

    Connections that the server or the network cut are replaced when they are next needed. `?pgbouncer=true`
    in the URL is for a pooler that hands out servers by transaction: no prepared statements are kept,
    and whatever belongs to a session is said anew in every transaction.
    """

    engine = "postgresql"

    def __init__(self, pool: Any, *, limits: dict[str, str], is_behind_pooler: bool, patience: float) -> None:
        self._pool = pool
        self._patience = patience
        said = "".join(f"; SET LOCAL {name} = {value}" for name, value in limits.items())
        self._read, self._write = (READ + said, WRITE + said) if is_behind_pooler else (READ, WRITE)
        # One statement is its own transaction, unless a pooler could split even that.
        self._read_once, self._write_once = (self._read, self._write) if is_behind_pooler else ("", "")

    @classmethod
    async def open(cls, url: str, *, patience: float = PATIENCE) -> Self:
        """Connect to the database that the URL names."""
        address, is_behind_pooler = _pooler_option(url)
        limits = {
            "lock_timeout": f"{patience * 1000:.0f}",
            "statement_timeout": "15000",
            "idle_in_transaction_session_timeout": "30000",  # a frozen process must not keep its locks
        }
        try:
            pool = asyncpg.create_pool(
                address,
                min_size=1,
                max_size=CONNECTIONS,
                timeout=patience,
                command_timeout=GIVE_UP,
                statement_cache_size=0 if is_behind_pooler else STATEMENTS_KEPT,
                server_settings={"application_name": "hibana"} | ({} if is_behind_pooler else limits),
                reset=_nothing_to_reset,
            )
            await pool
        except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if isinstance(error, NOT_YET):
                raise translated(error) from error
            # What cannot be read in a URL may be a piece of the password: do not repeat it.
            is_unreadable = isinstance(error, ValueError)
            why = "this URL cannot be read" if is_unreadable else str(error) or type(error).__name__
            mend = (
                "check that PostgreSQL runs there, the name and the password (/ ? # @ % in it are written %2F %3F %23"
                " %40 %25); behind PgBouncer add ?pgbouncer=true"
            )
            raise WrongSettings([f"database {redacted(url)}: {why}; {mend}"]) from error
        return cls(pool, limits=limits, is_behind_pooler=is_behind_pooler, patience=patience)

    async def one(self, sql: str, **args: object) -> Row | None:
        """The first row, or None."""
        return await self._tried(self._read_once, lambda session: session.one(sql, **args))

    async def all(self, sql: str, **args: object) -> list[Row]:
        """Every row."""
        return await self._tried(self._read_once, lambda session: session.all(sql, **args))

    async def run(self, sql: str, **args: object) -> int:
        """Change something in a transaction of its own; how many rows were touched."""
        return await self._tried(self._write_once, lambda session: session.run(sql, **args))

    async def hold(self, row: HeldRow) -> dict[str, Any] | None:
        """Only a transaction can hold a row."""
        raise RuntimeError(f"nothing can be held outside a transaction: {row.read}")

    async def transact(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run a body in one transaction, again when the server says that another was in its way.

        `Busy` means that nothing was changed, but for one case nobody can tell from outside: a connection
        that is lost during COMMIT.
        """
        return await self._tried(self._write, body)

    async def glance(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run a body that reads a few rows by their keys; here that is a read like any other."""
        return await self.read(body)

    async def read(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run a body that only reads, at one moment of the data."""
        return await self._tried(self._read, body)

    async def search(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run a body that only reads, its statements planned for the values that they are given."""
        return await self._tried(self._read + PLANNED_ANEW, body)

    async def alone(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run one transaction under a lock that every Hibana on this database shares."""
        return await self._tried(ALONE, body, give_up=GIVE_UP_ALONE)

    async def close(self) -> None:
        """Finish what is under way and close every connection."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GIVE_UP):
                await self._pool.close()

    async def _tried(self, begin: str, body: Callable[[Session], Awaitable[T]], *, give_up: float = GIVE_UP) -> T:
        for attempt in range(TRIES):
            try:
                return await self._once(begin, body, give_up)
            except WORTH_ANOTHER_TRY:
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - spreads rivals in time
        raise Busy(f"another transaction was in the way {TRIES} times; nothing was changed")

    async def _once(self, begin: str, body: Callable[[Session], Awaitable[T]], give_up: float) -> T:
        connection = await self._acquire()
        session = PostgresSession(connection, give_up)
        is_over = False
        refusal = None
        try:
            if begin:
                await session.run(begin)
            try:
                value = await body(session)
            except Refusal as error:
                refusal = error
            if session.spoiled is not None:
                raise refusal or session.spoiled
            if begin:
                await session.write_held()
                await session.run("COMMIT")
            is_over = True
        finally:
            released = self._release(connection, roll_back=not is_over)
            await (released if is_over else asyncio.shield(released))
        if refusal is not None:
            raise refusal
        return value

    async def _acquire(self) -> Any:
        try:
            async with asyncio.timeout(self._patience):
                return await self._pool.acquire()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise Busy(f"no connection to PostgreSQL: {error or type(error).__name__}") from error

    async def _release(self, connection: Any, *, roll_back: bool) -> None:
        # A connection that fails here is dropped by the pool; the outcome of the work is known already.
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            try:
                if roll_back and not connection.is_closed():
                    await connection.execute("ROLLBACK")
            finally:
                await self._pool.release(connection, timeout=self._patience)


def _pooler_option(url: str) -> tuple[str, bool]:
    """The URL without `pgbouncer=true`, which is for us and not for the server, and whether it was there."""
    address, _, query = url.partition("?")
    options = [option for option in query.split("&") if option]
    others = [option for option in options if not option.startswith("pgbouncer=")]
    is_behind_pooler = any(option.lower() in {"pgbouncer=true", "pgbouncer=1"} for option in options)
    return f"{address}?{'&'.join(others)}" if others else address, is_behind_pooler


async def _nothing_to_reset(_connection: Any) -> None:
    """No transaction of ours leaves anything behind in its session: spare the round trip."""
