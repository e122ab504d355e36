"""From the event loop to a SQLite thread: bodies that wait together travel together, in one hop."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from hibana_op.foundation.errors import Busy
from hibana_op.storage.sqlite_session import Body, Outcome

T = TypeVar("T")

MOST_TOGETHER = 64
MOST_WAITING = 2048
# How every connection is opened. Whoever uses one from two threads sees to it that they take turns.
CONNECTED: Any = {
    "isolation_level": None,
    "cached_statements": 512,
    "detect_types": sqlite3.PARSE_DECLTYPES,
    "check_same_thread": False,
}


class Worker(aiosqlite.Connection):
    """One connection on a thread of its own."""

    def __init__(self, path: Path, patience: float) -> None:
        connect = partial(
            sqlite3.connect,
            path,
            timeout=patience,
            **CONNECTED,
        )
        super().__init__(connect, iter_chunk_size=64)
        # A start that fails half-way must not leave a thread that keeps the process alive.
        self._thread.daemon = True

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection itself, for the loop while nothing runs on the thread."""
        return self._conn

    async def hop(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on the connection's thread."""
        result: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        return result

    async def end(self) -> None:
        """Close the connection and wait until its thread is gone."""
        await self.close()
        self._thread.join()


async def connect(path: Path, patience: float, prepare: Callable[[sqlite3.Connection], None]) -> Worker:
    """Start a thread, open the file there and prepare the connection."""
    worker = Worker(path, patience)
    try:
        await worker
        await worker.hop(prepare)
    except BaseException:
        await worker.end()
        raise
    return worker


# What the thread does for a batch of bodies: one outcome for each.
Work = Callable[[sqlite3.Connection], list[Outcome]]


class Lane:
    """The queue in front of one worker; `begin` runs on the loop and leaves the rest of a batch to the thread."""

    def __init__(self, worker: Worker, begin: Callable[[list[Body]], Work]) -> None:
        self._worker = worker
        self._begin = begin
        self._waiting: deque[tuple[Body, asyncio.Future[Any]]] = deque()
        self._under_way = 0
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def load(self) -> int:
        """How many bodies wait or run."""
        return len(self._waiting) + self._under_way

    def put(self, body: Body) -> asyncio.Future[Any]:
        """Queue a body; the future ends when its batch has ended."""
        if self._is_closed:
            raise Busy("the database is closed")
        if len(self._waiting) >= MOST_WAITING:
            raise Busy(f"{MOST_WAITING} pieces of work are waiting for the database already")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((body, future))
        if self._task is None:
            # The task first runs after whoever is ready now has queued as well: that makes the batches.
            self._task = asyncio.create_task(self._empty())
        return future

    async def close(self) -> None:
        """Take nothing more, finish what is queued, end the thread."""
        self._is_closed = True
        if self._task is not None:
            await asyncio.wait([self._task])
        await self._worker.end()

    async def _empty(self) -> None:
        try:
            while self._waiting:
                together = min(len(self._waiting), MOST_TOGETHER)
                batch = [self._waiting.popleft() for _ in range(together)]
                await self._send([(body, future) for body, future in batch if not future.done()])
        finally:
            self._task = None

    async def _send(self, batch: list[tuple[Body, asyncio.Future[Any]]]) -> None:
        bodies = [body for body, _ in batch]
        self._under_way = len(bodies)
        try:
            outcomes = await self._worker.hop(self._begin(bodies))
        except Exception as error:
            outcomes = [Outcome(error=error)] * len(bodies)
        finally:
            self._under_way = 0
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            # A caller that was cancelled meanwhile has let go of its future.
            if future.done():
                continue
            if outcome.error is None:
                future.set_result(outcome.value)
            else:
                future.set_exception(outcome.error)
