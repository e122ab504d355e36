"""Rows that nearly every transaction changes: read once and written once by those that share a commit."""

import asyncio

import pytest

from hibana_op.foundation.errors import InvalidGrant
from hibana_op.storage.database import Database, Session
from tests.storage.counting import COUNTER, add_one


async def counted(db: Database) -> int:
    row = await db.one(COUNTER.read)
    assert row is not None
    return int(row["amount"])


@pytest.fixture(autouse=True)
async def counter(db: Database) -> None:
    await db.run("INSERT INTO items (id) VALUES ('counter')")


async def test_T06_nobody_counts_twice_from_the_same(db: Database, second_db: Database) -> None:
    found = await asyncio.gather(*(side.transact(add_one) for side in (db, second_db) for _ in range(40)))

    assert sorted(found) == list(range(1, 81))
    assert await counted(db) == await counted(second_db) == 80


async def test_what_is_held_goes_the_way_of_its_transaction(db: Database) -> None:
    async def one_fate(number: int, tx: Session) -> int:
        count = await add_one(tx)
        if number % 3 == 1:
            raise InvalidGrant("refused, yet kept")
        if number % 3 == 2:
            raise LookupError("undone")
        return count

    outcomes = await asyncio.gather(
        *(db.transact(lambda tx, n=n: one_fate(n, tx)) for n in range(30)),  # type: ignore[misc]
        return_exceptions=True,
    )

    kept = [each for each in outcomes if not isinstance(each, LookupError)]
    assert [type(each) for each in kept].count(InvalidGrant) == 10
    assert await counted(db) == len(kept) == 20
    rows = await db.all("SELECT id FROM items WHERE id <> 'counter'")
    assert sorted(int(row["id"]) for row in rows) == list(range(1, 21))


async def test_a_transaction_that_holds_twice_holds_the_same(db: Database) -> None:
    async def twice(tx: Session) -> int:
        await add_one(tx)
        return await add_one(tx)

    assert await db.transact(twice) == 2
    assert await counted(db) == 2


async def test_what_is_held_is_written_by_a_body_that_runs_alone(db: Database) -> None:
    assert await db.alone(add_one) == 1
    assert await db.transact(add_one) == 2
    assert await counted(db) == 2


async def test_a_row_that_is_not_there_is_not_held(db: Database) -> None:
    await db.run("DELETE FROM items WHERE id = 'counter'")

    assert await db.transact(lambda tx: tx.hold(COUNTER)) is None
    assert await db.one(COUNTER.read) is None


async def test_nothing_is_held_outside_a_transaction(db: Database) -> None:
    with pytest.raises(RuntimeError, match="outside a transaction"):
        await db.hold(COUNTER)
