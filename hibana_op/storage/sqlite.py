"""SQLite: one writer whose waiting transactions share a commit, two readers, WAL, full durability.

Bodies run on the event loop's thread, for a few microseconds each; what waits (for the lock of another process,
for the disk) or takes long is left to the threads of the connections. A hand-over costs as much as a short body.
"""

import os
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import unquote

from hibana_op.foundation.errors import Busy, WrongSettings
from hibana_op.storage.database import ConstraintBroken, HeldRow, Row, Session
from hibana_op.storage.mounts import MOUNT_TABLE, network_file_system
from hibana_op.storage.sqlite_lane import CONNECTED, Lane, Work, Worker, connect
from hibana_op.storage.sqlite_moment import Moment
from hibana_op.storage.sqlite_session import Body, Held, Outcome, SqliteSession, drive, translated, undo, write_held

T = TypeVar("T")

READERS = 2
PATIENCE = 5.0  # seconds that somebody else may hold the file
_BETWEEN_ATTEMPTS = 0.005
ALONE = 12  # times that patience for a migration, which may have to wait for another process's migration

# No mmap: a read error in mapped memory is a signal that ends the process, not an exception.
PRAGMAS = (
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-4000",  # KiB of pages; the system keeps the file in its own cache besides
    "journal_size_limit=67108864",
)

# The engine knows no booleans, the seam does: a column declared BOOLEAN answers True or False.
sqlite3.register_converter("BOOLEAN", lambda stored: stored != b"0")


class SqliteDatabase:
    """A SQLite file that is open.

    `transactions` and `commits` count what the writer did for them: their ratio is the grouping.
    """

    engine = "sqlite"

    def __init__(
        self, path: Path, writer: Worker, glancer: sqlite3.Connection, readers: list[Worker], patience: float
    ) -> None:
        self.transactions = 0
        self.commits = 0
        self._path = path
        self._patience = patience
        self._writing = Moment(writer.connection)
        self._writer = Lane(writer, self._begin)
        self._glancing = Moment(glancer)
        self._readers = [Lane(reader, lambda bodies: partial(_read, bodies=bodies)) for reader in readers]

    @classmethod
    async def open(cls, url: str, *, mount_table: Path = MOUNT_TABLE, patience: float = PATIENCE) -> Self:
        """Open the file that the URL names; when there is none, make one that only its owner can read."""
        path = _path(url)
        _refuse_network(path, mount_table)
        workers: list[Worker] = []
        try:
            _make_file(path)
            workers.append(await connect(path, patience, partial(_prepare_writer, patience)))
            for _ in range(READERS):
                workers.append(await connect(path, patience, partial(_set, "query_only=ON")))
            glancer = sqlite3.connect(path, timeout=patience, **CONNECTED)
            _set("query_only=ON", glancer)
        except (OSError, sqlite3.Error) as error:
            for worker in workers:
                await worker.end()
            if isinstance(busy := translated(error), Busy):
                raise busy from error
            raise WrongSettings([f"database file {path}: {error}; check the path and its owner"]) from error
        return cls(path, workers[0], glancer, workers[1:], patience)

    async def one(self, sql: str, **args: object) -> Row | None:
        """The first row, or None."""
        return await self.glance(lambda session: session.one(sql, **args))

    async def all(self, sql: str, **args: object) -> list[Row]:
        """Every row."""
        return await self.read(lambda session: session.all(sql, **args))

    async def run(self, sql: str, **args: object) -> int:
        """Change something in a transaction of its own; how many rows were touched."""
        return await self.transact(lambda session: session.run(sql, **args))

    async def hold(self, row: HeldRow) -> dict[str, Any] | None:
        """Only a transaction can hold a row."""
        raise RuntimeError(f"nothing can be held outside a transaction: {row.read}")

    async def transact(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run a body in one transaction; it answers when its writes are on the disk."""
        value: T = await self._writer.put(body)
        return value

    async def glance(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run a body that reads a few rows by their keys, here and now, at one moment of the data."""
        outcome = self._glancing.read(body)
        if outcome is None:  # the file is being recovered, or this is no glance: a thread has the time
            return await self.read(body)
        if outcome.error is not None:
            raise outcome.error
        value: T = outcome.value
        return value

    async def read(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run a body that only reads, at one moment of the data."""
        value: T = await min(self._readers, key=lambda lane: lane.load).put(body)
        return value

    async def search(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Read; plans are the same for all values here."""
        return await self.read(body)

    async def alone(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run one body in a transaction and on a connection of its own, foreign keys checked at the end."""
        worker = await connect(self._path, ALONE * self._patience, partial(_set, "foreign_keys=OFF"))
        try:
            outcome = await worker.hop(partial(_write_alone, body=body))
        finally:
            await worker.end()
        if outcome.error is not None:
            raise outcome.error
        value: T = outcome.value
        return value

    async def close(self) -> None:
        """Finish what is under way, fold the log into the file, end the threads."""
        self._glancing.close()
        for reader in self._readers:
            await reader.close()
        # The last connection to leave folds the log into the file.
        await self._writer.close()

    def _begin(self, bodies: list[Body]) -> Work:
        """Run bodies here and leave their COMMIT to the thread; what is more than a moment's work is all its own."""
        outcomes = self._writing.write(bodies)
        if outcomes is None:
            return partial(self._write_patiently, bodies=bodies)
        return partial(self._commit, bodies=bodies, outcomes=outcomes)

    def _commit(self, connection: sqlite3.Connection, bodies: list[Body], outcomes: list[Outcome]) -> list[Outcome]:
        try:
            connection.execute("COMMIT")
        except sqlite3.Error:
            undo(connection)
            return self._write_patiently(connection, bodies)
        self.commits += 1
        self.transactions += len(bodies)
        return outcomes

    def _write_patiently(self, connection: sqlite3.Connection, bodies: list[Body]) -> list[Outcome]:
        self._writing.give()
        try:
            return self._write(connection, bodies)
        finally:
            self._writing.take()

    def _write(self, connection: sqlite3.Connection, bodies: list[Body]) -> list[Outcome]:
        """One commit for all bodies; what breaks it is found by giving each a commit of its own."""
        try:
            _begin(connection, self._patience)
            outcomes, held = [], Held()
            for body in bodies:
                outcome, held = _in_savepoint(connection, body, held)
                outcomes.append(outcome)
                # A full disk makes the engine undo everything by itself.
                if not connection.in_transaction:
                    break
            else:
                write_held(connection, held)
                connection.execute("COMMIT")
                self.commits += 1
                self.transactions += len(bodies)
                return outcomes
        except sqlite3.Error as error:
            outcomes = [Outcome(error=translated(error)) for _ in bodies]
            if isinstance(outcomes[0].error, Busy):
                return outcomes
        finally:
            undo(connection)
        if len(bodies) == 1:
            return outcomes
        return [outcome for body in bodies for outcome in self._write(connection, [body])]


def _begin(connection: sqlite3.Connection, patience: float) -> None:
    """Take the write lock; SQLite's own way to wait would leave it to others for a tenth of a second each time."""
    give_up = time.monotonic() + patience
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not isinstance(translated(error), Busy) or time.monotonic() > give_up:
                raise
            time.sleep(_BETWEEN_ATTEMPTS)
        else:
            return


def _in_savepoint(connection: sqlite3.Connection, body: Body, held: Held) -> tuple[Outcome, Held]:
    """How a body ended, and what is held after it."""
    connection.execute("SAVEPOINT body")
    session = SqliteSession(connection, held)
    outcome = drive(body, session)
    if connection.in_transaction:
        if not outcome.keep:
            connection.execute("ROLLBACK TO body")
        connection.execute("RELEASE body")
    return outcome, session.held if outcome.keep else held


def _write_alone(connection: sqlite3.Connection, body: Body) -> Outcome:
    try:
        connection.execute("BEGIN IMMEDIATE")
        session = SqliteSession(connection)
        outcome = drive(body, session)
        if not outcome.keep:
            return outcome
        write_held(connection, session.held)
        for child, _, parent, _ in connection.execute("PRAGMA foreign_key_check"):
            return Outcome(error=ConstraintBroken("foreign key", f"from {child} to {parent}"))
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        return Outcome(error=translated(error))
    finally:
        undo(connection)
    return outcome


def _read(connection: sqlite3.Connection, bodies: list[Body]) -> list[Outcome]:
    """The bodies of one batch see one moment: later than each was asked for, so never a stale one."""
    try:
        connection.execute("BEGIN")
        return [drive(body, SqliteSession(connection)) for body in bodies]
    finally:
        undo(connection)


def _path(url: str) -> Path:
    scheme, _, rest = url.partition("://")
    if scheme.lower() != "sqlite" or not rest.startswith("/") or "?" in rest or rest == "/":
        raise WrongSettings(
            [f"database URL {url!r}: give sqlite:///relative/path or sqlite:////absolute/path, nothing more"]
        )
    name = unquote(rest[1:])
    if ":memory:" in name:
        raise WrongSettings(
            ["database URL: :memory: would be lost at every stop and differ in every connection; name a file"]
        )
    return Path(name)


def _refuse_network(path: Path, mount_table: Path) -> None:
    kind = network_file_system(path, mount_table)
    if kind is not None:
        raise WrongSettings(
            [
                f"database file {path} is on a network file system ({kind}), where SQLite loses data: "
                "move it to a local disk, or use postgresql://"
            ]
        )


def _make_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _prepare_writer(patience: float, connection: sqlite3.Connection) -> None:
    give_up = time.monotonic() + patience
    # Another process that is switching the same new file answers "locked" at once, without patience.
    while True:
        try:
            _set("journal_mode=WAL", connection)
            connection.execute("PRAGMA cache_size=-8000")  # its indexes are written to at random places
        except sqlite3.OperationalError as error:
            if not isinstance(translated(error), Busy) or time.monotonic() > give_up:
                raise
            time.sleep(_BETWEEN_ATTEMPTS)
        else:
            return


def _set(pragma: str, connection: sqlite3.Connection) -> None:
    for each in (*PRAGMAS, pragma):
        connection.execute(f"PRAGMA {each}")
