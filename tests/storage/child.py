"""A process of its own at the database: `python -m tests.storage.child ACT URL [FOLDER]`."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from hibana_op.storage import migrate, open_database
from hibana_op.storage.database import Database, Session


def say(line: str) -> None:
    """One write to the pipe, so that a kill cannot tear it."""
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


async def write(url: str) -> None:
    """Insert without end from eight tasks and say each id once it is acknowledged."""
    db = await open_database(url)

    async def insert_without_end(task: int) -> None:
        for number in range(1_000_000):
            name = f"{os.getpid()}-{task}-{number}"
            await db.transact(lambda tx, name=name: insert_pair(tx, name))  # type: ignore[misc]
            say(name)

    await asyncio.gather(*(insert_without_end(task) for task in range(8)))


async def insert_pair(tx: Session, name: str) -> None:
    """Two rows that belong together."""
    await tx.run("INSERT INTO items (id) VALUES (:name)", name=name)
    await tx.run("INSERT INTO parts (id, item_id) VALUES (:name, :name)", name=name)


async def count(url: str) -> None:
    """Add one to the counter two hundred times, eight at once."""
    db = await open_database(url)
    for _ in range(25):
        await asyncio.gather(*(add_one(db) for _ in range(8)))
    await db.close()


async def add_one(db: Database) -> None:
    """One transaction on the row that everybody wants."""
    await db.run("UPDATE items SET amount = amount + 1 WHERE id = 'counter'")


async def forget(url: str) -> None:
    """Open the database, use it, and end without closing it."""
    db = await open_database(url)
    await db.run("INSERT INTO items (id) VALUES ('forgotten')")


async def serve(url: str) -> None:
    """Stay open and busy until SIGTERM, then close."""
    db = await open_database(url)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    say("ready")
    await stopped.wait()
    await db.close()


async def upgrade(url: str) -> None:
    """Apply the migrations of a folder and say which ones this process applied."""
    db = await open_database(url)
    say("ready")
    for step in await migrate.up(db, folder=Path(sys.argv[3])):
        say(step.name)
    await db.close()


ACTS: dict[str, Callable[[str], Awaitable[None]]] = {
    act.__name__: act for act in (write, count, forget, serve, upgrade)
}


async def main() -> None:
    """Do what the command line says."""
    await ACTS[sys.argv[1]](sys.argv[2])


if __name__ == "__main__":
    asyncio.run(main())
