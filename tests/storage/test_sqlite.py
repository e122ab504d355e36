"""SQLite only: grouped commits, the thread, the file, and what happens when they fail."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

from hibana_op.foundation.errors import Busy, InvalidGrant
from hibana_op.storage.database import ConstraintBroken, DatabaseBroken, Session
from hibana_op.storage.sqlite import SqliteDatabase
from hibana_op.storage.sqlite_lane import MOST_WAITING
from tests.storage.conftest import make_tables


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hibana.db"


@pytest_asyncio.fixture
async def db(file: Path) -> AsyncIterator[SqliteDatabase]:
    """A database that waits a tenth of a second for locks, not five seconds."""
    opened = await SqliteDatabase.open(f"sqlite:///{file}", patience=0.1)
    await make_tables(opened)
    yield opened
    await opened.close()


async def insert(session: Session, name: str, label: str = "") -> None:
    await session.run("INSERT INTO items (id, label) VALUES (:id, :label)", id=name, label=label + name)


async def names(session: Session) -> list[str]:
    return [row["id"] for row in await session.all("SELECT id FROM items ORDER BY id")]


async def leave_the_loop(session: Session) -> None:
    """Take longer than the loop allows, so that the body is begun anew on a thread."""
    if threading.current_thread() is threading.main_thread():
        await session.one("WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n")


def damage(file: Path) -> None:
    """Overwrite every page but the first."""
    size = file.stat().st_size
    with file.open("r+b") as raw:
        raw.seek(4096)
        raw.write(b"\xff" * (size - 4096))


async def test_waiting_transactions_share_a_commit(db: SqliteDatabase) -> None:
    commits, transactions = db.commits, db.transactions

    await asyncio.gather(*(db.transact(lambda tx, n=n: insert(tx, f"{n:03}")) for n in range(128)))  # type: ignore[misc]

    assert db.transactions - transactions == 128
    assert db.commits - commits == 2
    assert len(await names(db)) == 128


async def test_neighbours_in_a_shared_commit_have_their_own_fates(db: SqliteDatabase) -> None:
    async def one_fate(number: int, tx: Session) -> int:
        await insert(tx, f"{number:02}")
        if number % 3 == 1:
            raise InvalidGrant("refused, yet kept")
        if number % 3 == 2:
            raise LookupError("undone")
        return number

    commits = db.commits
    outcomes = await asyncio.gather(
        *(db.transact(lambda tx, n=n: one_fate(n, tx)) for n in range(30)),  # type: ignore[misc]
        return_exceptions=True,
    )

    assert db.commits - commits == 1
    assert outcomes[::3] == list(range(0, 30, 3))
    assert all(isinstance(outcome, InvalidGrant) for outcome in outcomes[1::3])
    assert all(isinstance(outcome, LookupError) for outcome in outcomes[2::3])
    assert await names(db) == [f"{number:02}" for number in range(30) if number % 3 != 2]


async def test_a_body_that_makes_the_engine_undo_everything_does_not_take_its_neighbours_along(
    db: SqliteDatabase,
) -> None:
    async def ruinous(tx: Session) -> None:
        await tx.run("INSERT OR ROLLBACK INTO items (id) VALUES ('first')")

    await insert(db, "first")
    outcomes = await asyncio.gather(
        db.transact(lambda tx: insert(tx, "second")),
        db.transact(ruinous),
        db.transact(lambda tx: insert(tx, "third")),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes] == [type(None), ConstraintBroken, type(None)]
    assert await names(db) == ["first", "second", "third"]


async def test_a_body_that_waits_for_anything_else_is_refused(db: SqliteDatabase) -> None:
    async def sleeping(tx: Session) -> None:
        await insert(tx, "a")
        await asyncio.sleep(0)

    async def clinging(tx: Session) -> None:
        await insert(tx, "b")
        try:
            await asyncio.sleep(0)
        except GeneratorExit:
            await asyncio.sleep(0)

    outcomes = await asyncio.gather(
        *(db.transact(body) for body in (sleeping, clinging)),
        insert(db, "d"),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes] == [RuntimeError] * 2 + [type(None)]
    assert "waited for something other than its session" in str(outcomes[0])
    assert "waited for something other than its session" in str(outcomes[1])
    assert await names(db) == ["d"]


async def test_a_glance_sees_what_was_acknowledged_and_waits_for_no_writer(db: SqliteDatabase) -> None:
    await insert(db, "a")
    async with asyncio.timeout(5):
        [*_, seen] = await asyncio.gather(insert(db, "b"), insert(db, "c"), db.glance(names))
    assert "a" in seen
    with pytest.raises(DatabaseBroken, match="readonly"):
        await db.glance(lambda tx: insert(tx, "d"))


async def test_a_closed_database_answers_that_it_is_busy(file: Path) -> None:
    db = await SqliteDatabase.open(f"sqlite:///{file}")
    await db.close()
    for ask in (db.glance, db.read, db.transact):
        with pytest.raises(Busy):
            await ask(names)


async def test_callers_that_give_up_do_not_disturb_the_others(db: SqliteDatabase) -> None:
    started, go_on = threading.Event(), threading.Event()

    async def slow(tx: Session) -> None:
        await leave_the_loop(tx)
        started.set()
        go_on.wait(10)
        await insert(tx, "under way")

    under_way = asyncio.create_task(db.transact(slow))
    await asyncio.to_thread(started.wait, 10)
    queued = asyncio.create_task(insert(db, "queued"))
    patient = asyncio.create_task(insert(db, "patient"))
    await asyncio.sleep(0)
    queued.cancel()
    under_way.cancel()
    go_on.set()
    await patient
    outcomes = await asyncio.gather(under_way, queued, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError] * 2
    # Nobody can call back what the writer has begun, and nobody begins what nobody waits for.
    assert await names(db) == ["patient", "under way"]


async def test_a_long_read_does_not_hold_up_other_readers(db: SqliteDatabase) -> None:
    started, go_on = threading.Event(), threading.Event()

    async def slow(session: Session) -> list[str]:
        started.set()
        assert go_on.wait(10)
        return await names(session)

    under_way = asyncio.create_task(db.read(slow))
    await asyncio.to_thread(started.wait, 10)
    assert [await names(db) for _ in range(3)] == [[], [], []]
    go_on.set()

    assert await under_way == []


async def test_T06_a_lock_held_by_somebody_else_is_busy_and_then_gone(db: SqliteDatabase, file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        outcomes = await asyncio.gather(*(insert(db, str(number)) for number in range(3)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [Busy] * 3
        with pytest.raises(Busy):
            await db.alone(names)
        assert await names(db) == []
        other.execute("ROLLBACK")

    await insert(db, "a")
    assert await names(db) == ["a"]


async def test_T06_a_queue_without_end_is_refused_at_once(db: SqliteDatabase, file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = [asyncio.ensure_future(db.transact(names)) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="are waiting"):
            await db.transact(names)
        other.execute("ROLLBACK")

    assert {str(outcome) for outcome in await asyncio.gather(*waiting)} == {"[]"}


async def test_T07_a_full_disk_fails_the_request_that_met_it_and_nobody_else(db: SqliteDatabase) -> None:
    pages = await db.one("PRAGMA page_count")
    assert pages is not None
    await db.transact(lambda tx: tx.one(f"PRAGMA max_page_count = {pages['page_count'] + 2}"))

    outcomes = await asyncio.gather(
        insert(db, "small"), insert(db, "big", label="x" * 100_000), insert(db, "tiny"), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), DatabaseBroken, type(None)]
    assert "full" in str(outcomes[1])
    assert await names(db) == ["small", "tiny"]

    await db.transact(lambda tx: tx.one("PRAGMA max_page_count = 1000000"))
    await insert(db, "big", label="x" * 100_000)
    assert await names(db) == ["big", "small", "tiny"]


async def test_T07_a_damaged_file_is_said_to_be_broken(db: SqliteDatabase, file: Path) -> None:
    await asyncio.gather(*(insert(db, f"{number:03}", label="x" * 1000) for number in range(100)))
    await db.close()
    damage(file)

    damaged = await SqliteDatabase.open(f"sqlite:///{file}")
    with pytest.raises(DatabaseBroken):
        await names(damaged)
    await damaged.close()


async def test_T05_every_commit_waits_for_the_disk(db: SqliteDatabase) -> None:
    synchronous = await db.transact(lambda tx: tx.one("PRAGMA synchronous"))
    journal = await db.transact(lambda tx: tx.one("PRAGMA journal_mode"))

    assert synchronous == {"synchronous": 2}
    assert journal == {"journal_mode": "wal"}


async def test_close_waits_for_the_body_that_runs(db: SqliteDatabase, file: Path) -> None:
    started, go_on = threading.Event(), threading.Event()

    async def slow(tx: Session) -> None:
        await leave_the_loop(tx)
        started.set()
        go_on.wait(10)
        await insert(tx, "a")

    under_way = asyncio.create_task(db.transact(slow))
    await asyncio.to_thread(started.wait, 10)
    queued = asyncio.create_task(insert(db, "b"))
    closing_it = asyncio.create_task(db.close())
    await asyncio.sleep(0)
    go_on.set()
    await closing_it
    await asyncio.gather(under_way, queued)

    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT id FROM items").fetchall() == [("a",), ("b",)]


async def test_a_table_can_be_rebuilt_alone_while_others_refer_to_it(db: SqliteDatabase) -> None:
    async def rebuild(tx: Session) -> None:
        await tx.run("CREATE TABLE items_new (id TEXT PRIMARY KEY, colour TEXT)")
        await tx.run("INSERT INTO items_new (id) SELECT id FROM items")
        await tx.run("DROP TABLE items")
        await tx.run("ALTER TABLE items_new RENAME TO items")

    async def rebuild_and_lose(tx: Session) -> None:
        await rebuild(tx)
        await tx.run("DELETE FROM items")

    await insert(db, "a")
    await db.run("INSERT INTO parts (id, item_id) VALUES ('p', 'a')")

    with pytest.raises(ConstraintBroken, match="foreign key from parts to items"):
        await db.alone(rebuild_and_lose)
    await db.alone(rebuild)

    assert await db.all("SELECT * FROM items") == [{"id": "a", "colour": None}]
    assert await db.all("SELECT id FROM parts") == [{"id": "p"}]
    with pytest.raises(ConstraintBroken):
        await db.run("INSERT INTO parts (id, item_id) VALUES ('q', 'nowhere')")
