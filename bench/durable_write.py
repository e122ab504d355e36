"""The cost of one durable write when many wait: the part of a ceiling that the database takes."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from queue import SimpleQueue

import asyncpg

_WRITES = 12_000
_TABLE = "CREATE TABLE ceiling (id TEXT PRIMARY KEY, body TEXT NOT NULL)"
_BODY = "x" * 200

Waiting = tuple[int, "asyncio.Future[None]"]


def durable_write_us(directory: Path, database_url: str, *, waiting: int) -> float:
    """Our processor time for one committed insert; on SQLite those that wait share a commit."""
    if database_url.startswith("sqlite:"):
        return asyncio.run(_sqlite(directory / "ceiling.db", waiting))
    return asyncio.run(_postgres(database_url, waiting))


async def _timed(insert: Callable[[int], Awaitable[object]], waiting: int) -> float:
    async def some(first: int) -> None:
        for number in range(first, _WRITES, waiting):
            await insert(number)

    cpu = time.process_time()
    await asyncio.gather(*(some(first) for first in range(waiting)))
    return (time.process_time() - cpu) / _WRITES * 1e6


async def _postgres(url: str, waiting: int) -> float:
    async with asyncpg.create_pool(url, min_size=waiting, max_size=waiting) as pool:
        await pool.execute(_TABLE)
        try:
            return await _timed(
                lambda number: pool.execute("INSERT INTO ceiling VALUES ($1, $2)", f"{number:032}", _BODY),
                waiting,
            )
        finally:
            await pool.execute("DROP TABLE ceiling")


async def _sqlite(path: Path, waiting: int) -> float:
    asked: SimpleQueue[Waiting | None] = SimpleQueue()
    loop = asyncio.get_running_loop()
    writer = threading.Thread(target=_write_groups, args=(path, asked, loop))
    writer.start()

    def insert(number: int) -> "asyncio.Future[None]":
        future: asyncio.Future[None] = loop.create_future()
        asked.put((number, future))
        return future

    used = await _timed(insert, waiting)
    asked.put(None)
    writer.join()
    return used


def _write_groups(path: Path, asked: "SimpleQueue[Waiting | None]", loop: asyncio.AbstractEventLoop) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(_TABLE)
    more = True
    while more:
        items = [asked.get()]
        while not asked.empty():
            items.append(asked.get())
        group = [item for item in items if item is not None]
        more = len(group) == len(items)
        connection.execute("BEGIN IMMEDIATE")
        for number, _ in group:
            connection.execute("INSERT INTO ceiling VALUES (?, ?)", (f"{number:032}", _BODY))
        connection.execute("COMMIT")
        loop.call_soon_threadsafe(_wake, [future for _, future in group])
    connection.close()


def _wake(futures: "list[asyncio.Future[None]]") -> None:
    for future in futures:
        future.set_result(None)
