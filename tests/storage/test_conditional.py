"""A change under a condition: both in one transaction, or nothing."""

import pytest

from hibana_op.foundation.errors import Conflict
from hibana_op.storage.conditional import Conditional, Within
from hibana_op.storage.database import Database, Session

ADD = "INSERT INTO items (id, owner, kind) VALUES (:id, 'alice', :id)"


async def ids(db: Session) -> list[str]:
    return [str(row["id"]) for row in await db.all("SELECT id FROM items ORDER BY id")]


async def test_a_change_is_made_while_its_condition_is_met(db: Database) -> None:
    looked: list[list[str]] = []

    async def nobody_else(tx: Session) -> None:
        found = await ids(Within(tx, db.engine))
        looked.append(found)
        if found:
            raise Conflict("somebody was quicker")

    first, second = Conditional(db, nobody_else), Conditional(db, nobody_else)
    await first.transact(lambda tx: tx.run(ADD, id="a"))
    with pytest.raises(Conflict):
        await second.run(ADD, id="b")
    await first.run(ADD, id="c")  # what follows the change does not ask again

    assert looked == [[], ["a"]]
    assert await ids(first) == await ids(db) == ["a", "c"]


async def test_a_change_that_failed_asks_again(db: Database) -> None:
    asked = 0

    async def count(tx: Session) -> None:
        nonlocal asked
        asked += 1

    async def fail(tx: Session) -> None:
        raise ValueError("this goes wrong")

    conditional = Conditional(db, count)
    with pytest.raises(ValueError, match="goes wrong"):
        await conditional.transact(fail)
    await conditional.run(ADD, id="a")

    assert asked == 2


async def test_reading_goes_on_without_a_condition(db: Database) -> None:
    async def never(tx: Session) -> None:
        raise AssertionError("nothing is changed")

    conditional = Conditional(db, never)
    await db.run(ADD, id="a")

    assert await conditional.one("SELECT 1 FROM items WHERE id = 'a'")
    assert await ids(conditional) == await conditional.read(ids) == await conditional.glance(ids) == ["a"]


async def test_a_condition_changes_nothing(db: Database) -> None:
    async def write(tx: Session) -> None:
        await Within(tx, db.engine).run(ADD, id="a")

    async def nested(tx: Session) -> None:
        await Within(tx, db.engine).transact(ids)

    async def look(tx: Session) -> tuple[list[str], list[str]]:
        within = Within(tx, db.engine)
        return await within.read(ids), await within.glance(ids)

    for body in (write, nested):
        with pytest.raises(RuntimeError, match="only looks"):
            await db.transact(body)
    assert await db.transact(look) == ([], [])
