"""What is over in a moment runs on the event loop itself: reads, and transactions up to their COMMIT."""

import asyncio
import math
import sqlite3
import time

from hibana_op.foundation.errors import Busy
from hibana_op.storage.sqlite_session import Body, Held, Outcome, SqliteSession, drive, undo, write_held

LONGEST = 0.002  # seconds that one body may hold up everybody else
STEPS = 4000  # of SQLite's machine between two looks at the clock: some ten microseconds


class Moment:
    """A connection in the hands of the event loop, which waits for nothing: no lock, and nothing that takes long.

    What is not over in a moment is broken off and undone, None is the answer, and a thread begins it anew.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._ends_at = math.inf
        self._is_closed = False
        self.take()

    def take(self) -> None:
        """From here on the connection is the loop's."""
        self._connection.execute("PRAGMA busy_timeout = 0")
        self._connection.set_progress_handler(self._is_over, STEPS)

    def give(self) -> None:
        """From here on it is a thread's, which has all the time it needs."""
        self._connection.set_progress_handler(None, 0)

    def close(self) -> None:
        """Close the connection; nothing more is done here."""
        self._is_closed = True
        self._connection.close()

    def read(self, body: Body) -> Outcome | None:
        """Run a body that only reads, at one moment of the data."""
        if self._is_closed:
            return None
        try:
            self._connection.execute("BEGIN")
            return self._drive(body, SqliteSession(self._connection))
        except sqlite3.Error:
            return None
        finally:
            undo(self._connection)

    def write(self, bodies: list[Body]) -> list[Outcome] | None:
        """Run bodies in one transaction, each in a savepoint of its own; the COMMIT, which waits, is left out."""
        outcomes: list[Outcome] = []
        held: Held = {}
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for body in bodies:
                self._connection.execute("SAVEPOINT body")
                session = SqliteSession(self._connection, held)
                outcome = self._drive(body, session)
                if outcome is None or not self._connection.in_transaction:
                    break
                if outcome.keep:
                    held = session.held
                else:
                    self._connection.execute("ROLLBACK TO body")
                self._connection.execute("RELEASE body")
                outcomes.append(outcome)
            else:
                write_held(self._connection, held)
                return outcomes
        except sqlite3.Error:
            pass  # told by the thread, if it meets it too
        undo(self._connection)
        return None

    def _drive(self, body: Body, session: SqliteSession) -> Outcome | None:
        loop = asyncio.get_running_loop()
        # There is none on a thread either, so what asks for it fails at the first try and not only sometimes.
        asyncio._set_running_loop(None)
        self._ends_at = time.perf_counter() + LONGEST
        try:
            outcome = drive(body, session)
        finally:
            self._ends_at = math.inf
            asyncio._set_running_loop(loop)
        return None if session.spoiled is not None and _must_wait(session.spoiled) else outcome

    def _is_over(self) -> bool:
        return time.perf_counter() > self._ends_at


def _must_wait(error: Exception) -> bool:
    return isinstance(error, Busy) or getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT
