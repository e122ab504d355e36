"""What runs on the event loop itself, and what leaves it for a thread."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hibana_op.foundation.errors import InvalidGrant
from hibana_op.storage.database import Row, Session
from hibana_op.storage.sqlite import SqliteDatabase
from tests.storage.conftest import make_tables
from tests.storage.counting import COUNTER, add_one

# Takes long, and ends; and makes as many rows as it is told.
COUNTED = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT :many)"


@pytest_asyncio.fixture
async def db(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    opened = await SqliteDatabase.open(f"sqlite:///{tmp_path}/hibana.db")
    await make_tables(opened)
    yield opened
    await opened.close()


async def insert(session: Session, name: str) -> None:
    await session.run("INSERT INTO items (id) VALUES (:name)", name=name)


async def names(session: Session) -> list[str]:
    return [row["id"] for row in await session.all("SELECT id FROM items ORDER BY id")]


class Visitor:
    """Bodies that note on which threads they ran, the loop's or another."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self) -> None:
        is_loop = threading.current_thread() is threading.main_thread()
        self.seen.append("loop" if is_loop else "thread")


async def test_what_is_short_runs_where_it_is_asked_for(db: SqliteDatabase) -> None:
    visit = Visitor()

    async def body(session: Session) -> Row | None:
        visit()
        return await session.one("SELECT count(*) AS many FROM items")

    assert await db.glance(body) == {"many": 0}
    assert await db.transact(body) == {"many": 0}
    assert visit.seen == ["loop", "loop"]


async def test_a_long_read_is_begun_anew_on_a_thread(db: SqliteDatabase) -> None:
    visit = Visitor()

    async def body(session: Session) -> Row | None:
        visit()
        return await session.one(f"{COUNTED} SELECT count(*) AS many FROM n", many=400_000)

    assert await db.glance(body) == {"many": 400_000}
    assert visit.seen == ["loop", "thread"]


async def test_many_short_reads_in_one_body_are_a_long_one(db: SqliteDatabase) -> None:
    visit = Visitor()

    async def body(session: Session) -> int:
        visit()
        found = 0
        for _ in range(3000):
            row = await session.one(f"{COUNTED} SELECT count(*) AS many FROM n", many=100)
            found += row["many"] if row else 0
        return found

    assert await db.glance(body) == 300_000
    assert visit.seen == ["loop", "thread"]


async def test_a_long_write_is_undone_and_begun_anew_with_its_neighbours(db: SqliteDatabase) -> None:
    visit = Visitor()

    async def long(tx: Session) -> int:
        visit()
        return await tx.run(f"{COUNTED} INSERT INTO items (id) SELECT 'many ' || x FROM n", many=20_000)

    async def refusing(tx: Session) -> None:
        await insert(tx, "refused")
        raise InvalidGrant("kept")

    commits = db.commits
    outcomes = await asyncio.gather(
        db.transact(lambda tx: insert(tx, "before")),
        db.transact(long),
        db.transact(refusing),
        db.transact(lambda tx: insert(tx, "after")),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes] == [type(None), int, InvalidGrant, type(None)]
    assert outcomes[1] == 20_000
    assert visit.seen == ["loop", "thread"]
    assert db.commits - commits == 1
    assert await db.one("SELECT count(*) AS many FROM items") == {"many": 20_003}


async def test_a_body_that_swallows_what_broke_it_off_is_begun_anew_all_the_same(db: SqliteDatabase) -> None:
    visit = Visitor()

    async def body(tx: Session) -> str:
        visit()
        await insert(tx, "a")
        try:
            await tx.one(f"{COUNTED} SELECT count(*) AS many FROM n", many=400_000)
        except Exception:
            return "broken off"
        return "whole"

    assert await db.transact(body) == "whole"
    assert visit.seen == ["loop", "thread"]
    assert await names(db) == ["a"]


async def test_those_that_share_a_commit_write_a_held_row_once(db: SqliteDatabase) -> None:
    await insert(db, "counter")
    await db.run(
        """CREATE TRIGGER noting AFTER UPDATE OF amount ON items BEGIN
             INSERT INTO items (id) VALUES ('written ' || NEW.amount); END"""
    )
    found = await asyncio.gather(*(db.transact(add_one) for _ in range(30)))

    assert list(found) == list(range(1, 31))
    assert [name for name in await names(db) if name.startswith("written")] == ["written 30"]


async def test_a_row_held_by_a_body_that_began_anew_counts_once(db: SqliteDatabase) -> None:
    async def long(tx: Session) -> int:
        count = await add_one(tx)
        await tx.one(f"{COUNTED} SELECT count(*) FROM n", many=400_000)
        return count

    await insert(db, "counter")
    found = await asyncio.gather(db.transact(add_one), db.transact(long), db.transact(add_one))

    assert list(found) == [1, 2, 3]
    assert await db.one(COUNTER.read) == {"amount": 3}


async def test_what_is_not_committed_yet_is_read_by_nobody(db: SqliteDatabase, tmp_path: Path) -> None:
    written = asyncio.ensure_future(db.transact(lambda tx: insert(tx, "a")))
    while not written.done():
        seen = await names(db)
        with contextlib.closing(sqlite3.connect(tmp_path / "hibana.db")) as another_process:
            committed = [row[0] for row in another_process.execute("SELECT id FROM items")]
        assert set(seen) <= set(committed)
        await asyncio.sleep(0)

    assert await names(db) == ["a"]


async def test_a_body_finds_no_event_loop_wherever_it_runs(db: SqliteDatabase) -> None:
    async def asking(session: Session) -> None:
        await names(session)
        asyncio.get_running_loop()

    for run in (db.glance, db.transact):
        with pytest.raises(RuntimeError, match="no running event loop"):
            await run(asking)
    assert asyncio.get_running_loop().is_running()
