"""What the seam promises, on each engine."""

import asyncio
import traceback
from functools import partial

import pytest

from hibana_op.foundation.errors import Busy, InvalidGrant
from hibana_op.storage.database import ConstraintBroken, Database, Row, Session
from tests.storage.elsewhere import elsewhere

INSERT = "INSERT INTO items (id, owner, kind, amount) VALUES (:id, :owner, :kind, :amount)"


async def insert(
    session: Session, name: str, *, owner: str | None = None, kind: str | None = None, amount: int = 0
) -> None:
    await session.run(INSERT, id=name, owner=owner, kind=kind, amount=amount)


async def names(session: Session) -> list[str]:
    return [row["id"] for row in await session.all("SELECT id FROM items ORDER BY id")]


async def test_run_answers_how_many_rows_it_touched(db: Database) -> None:
    for name in "abc":
        await insert(db, name)

    assert await db.run("UPDATE items SET amount = 1 WHERE id <> :id", id="a") == 2
    assert await db.run("UPDATE items SET amount = 2 WHERE id = :id RETURNING id", id="a") == 1
    assert await db.run("DELETE FROM items WHERE id = :id", id="nobody") == 0
    assert await db.run("INSERT INTO items (id) VALUES ('a') ON CONFLICT (id) DO NOTHING") == 0
    assert (
        await db.run(
            "WITH chosen AS (SELECT id FROM items WHERE amount = 1) "
            "DELETE FROM items WHERE id IN (SELECT id FROM chosen)"
        )
        == 2
    )
    assert await db.run("CREATE TABLE others (id TEXT PRIMARY KEY)") == 0


async def test_rows_are_mappings_with_the_columns_own_types(db: Database) -> None:
    insert_spent = "INSERT INTO items (id, amount, is_spent) VALUES (:id, :amount, :is_spent)"
    await db.run(insert_spent, id="a", amount=7, is_spent=True)

    row = await db.one("SELECT * FROM items WHERE id = :id", id="a")

    assert row is not None
    assert dict(row) == {"id": "a", "owner": None, "kind": None, "label": None, "amount": 7, "is_spent": True}
    assert row["is_spent"] is True
    assert row.get("nothing") is None
    assert "amount" in row
    assert await db.one("SELECT * FROM items WHERE id = :id", id="b") is None
    assert await db.all("SELECT * FROM items WHERE id = :id", id="b") == []


async def test_returning_gives_booleans_as_select_does(db: Database) -> None:
    await insert(db, "a")

    row = await db.transact(
        lambda tx: tx.one("UPDATE items SET is_spent = TRUE WHERE is_spent = :was RETURNING is_spent", was=False)
    )

    assert row is not None
    assert row["is_spent"] is True


async def test_one_name_may_stand_twice_in_a_statement(db: Database) -> None:
    row = await db.one(
        "SELECT CAST(:x AS TEXT) AS x, CAST(:y AS TEXT) AS y WHERE CAST(:x AS TEXT) <> ':z' -- :no\n", x="1", y="2"
    )

    assert row is not None
    assert dict(row) == {"x": "1", "y": "2"}


async def test_a_body_that_ends_well_commits_and_answers_its_value(db: Database, second_db: Database) -> None:
    async def body(tx: Session) -> str:
        await insert(tx, "a")
        await insert(tx, "b")
        return "done"

    assert await db.transact(body) == "done"
    assert await names(second_db) == ["a", "b"]


async def test_a_refusal_commits_and_any_other_exception_undoes(db: Database) -> None:
    async def refusing(tx: Session) -> None:
        await insert(tx, "refused")
        raise InvalidGrant("the code was spent before")

    async def crashing(tx: Session) -> None:
        await insert(tx, "crashed")
        raise LookupError("a mistake of ours")

    async def cancelled(tx: Session) -> None:
        await insert(tx, "cancelled")
        raise asyncio.CancelledError

    async def fine(tx: Session) -> None:
        await insert(tx, "fine")

    outcomes = await asyncio.gather(
        *(db.transact(body) for body in (fine, crashing, refusing, cancelled)), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes] == [type(None), LookupError, InvalidGrant, asyncio.CancelledError]
    assert await names(db) == ["fine", "refused"]


async def test_a_body_sees_its_own_writes_and_nobody_else_does_before_the_end(db: Database, empty_url: str) -> None:
    async def body(tx: Session) -> tuple[list[str], int]:
        await insert(tx, "a")
        return await names(tx), len(await elsewhere(empty_url, "SELECT id FROM items"))

    assert await db.transact(body) == (["a"], 0)


async def test_a_broken_unique_rule_names_its_columns_alike_on_both_engines(db: Database) -> None:
    await insert(db, "a", owner="me", kind="red")

    await insert(db, "b")
    await db.run("UPDATE items SET label = 'Left' WHERE id = 'a'")

    with pytest.raises(ConstraintBroken) as same_key:
        await insert(db, "a")
    with pytest.raises(ConstraintBroken) as same_pair:
        await insert(db, "c", owner="me", kind="red")
    with pytest.raises(ConstraintBroken) as same_in_capitals:
        await db.run("UPDATE items SET label = 'LEFT' WHERE id = 'b'")

    assert (same_key.value.kind, same_key.value.constraint) == ("unique", "items.id")
    assert (same_pair.value.kind, same_pair.value.constraint) == ("unique", "items.owner, items.kind")
    assert (same_in_capitals.value.kind, same_in_capitals.value.constraint) == ("unique", "items_label_in_any_case")


async def test_a_broken_rule_does_not_repeat_the_value(db: Database) -> None:
    await insert(db, "alice@example.com")

    with pytest.raises(ConstraintBroken) as broken:
        await db.transact(lambda tx: tx.one("INSERT INTO items (id) VALUES ('alice@example.com') RETURNING id"))

    assert "alice" not in "".join(traceback.format_exception_only(broken.value))
    assert broken.value.__cause__ is None or "alice" not in str(broken.value.__cause__)


async def test_other_broken_rules_say_their_kind(db: Database) -> None:
    with pytest.raises(ConstraintBroken) as check:
        await insert(db, "a", amount=-1)
    with pytest.raises(ConstraintBroken) as missing:
        await db.run("INSERT INTO parts (id) VALUES ('p')")
    with pytest.raises(ConstraintBroken) as foreign:
        await db.run("INSERT INTO parts (id, item_id) VALUES ('p', 'nowhere')")

    assert (check.value.kind, check.value.constraint) == ("check", "items_amount_is_positive")
    assert (missing.value.kind, missing.value.constraint) == ("not null", "parts.item_id")
    assert foreign.value.kind == "foreign key"


async def test_a_rule_checked_at_commit_fails_only_the_body_that_broke_it(db: Database) -> None:
    async def breaking(tx: Session) -> None:
        await tx.run("INSERT INTO parts (id, item_id, next_id) VALUES ('p', 'a', 'nowhere')")

    await insert(db, "a")
    outcomes = await asyncio.gather(
        db.transact(lambda tx: insert(tx, "b")),
        db.transact(breaking),
        db.transact(lambda tx: insert(tx, "c")),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes] == [type(None), ConstraintBroken, type(None)]
    assert await names(db) == ["a", "b", "c"]
    assert await db.all("SELECT id FROM parts") == []


async def test_a_failed_statement_spoils_its_transaction_even_when_the_body_goes_on(db: Database) -> None:
    async def swallowing(tx: Session) -> None:
        await insert(tx, "b")
        with pytest.raises(ConstraintBroken):
            await insert(tx, "a")

    async def continuing(tx: Session) -> None:
        with pytest.raises(ConstraintBroken):
            await insert(tx, "a")
        await insert(tx, "c")

    async def refusing(tx: Session) -> None:
        await insert(tx, "d")
        with pytest.raises(ConstraintBroken):
            await insert(tx, "a")
        raise InvalidGrant("taken")

    await insert(db, "a")
    with pytest.raises(ConstraintBroken):
        await db.transact(swallowing)
    with pytest.raises(RuntimeError, match="an earlier statement failed"):
        await db.transact(continuing)
    with pytest.raises(InvalidGrant):
        await db.transact(refusing)

    assert await names(db) == ["a"]


async def test_a_mistake_in_our_sql_is_not_dressed_up(db: Database) -> None:
    with pytest.raises(Exception, match="nowhere") as mistake:
        await db.all("SELECT * FROM nowhere")

    assert not isinstance(mistake.value, ConstraintBroken)
    assert mistake.value.__cause__ is None


async def test_a_reading_body_sees_one_moment_of_the_data(db: Database, empty_url: str) -> None:
    async def body(session: Session) -> tuple[list[str], list[str]]:
        before = await names(session)
        await elsewhere(empty_url, "INSERT INTO items (id) VALUES ('b')")
        return before, await names(session)

    await insert(db, "a")

    assert await db.read(body) == (["a"], ["a"])
    assert await names(db) == ["a", "b"]


async def test_a_reading_body_cannot_write(db: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)read.?only"):
        await db.read(lambda session: insert(session, "a"))

    assert await names(db) == []


async def test_T06_twenty_parallel_spends_of_one_row_have_exactly_one_winner(db: Database, second_db: Database) -> None:
    async def spend(name: str, tx: Session) -> Row | None:
        return await tx.one(
            "UPDATE items SET is_spent = TRUE WHERE id = :id AND is_spent = FALSE RETURNING id", id=name
        )

    for number in range(200):
        await insert(db, str(number))
        spender = partial(spend, str(number))
        rows = await asyncio.gather(*(side.transact(spender) for side in (db, second_db) for _ in range(10)))
        assert sum(row is not None for row in rows) == 1


async def test_a_write_that_was_answered_is_seen_by_the_next_read(db: Database) -> None:
    async def write_then_read(number: int) -> bool:
        await insert(db, str(number))
        return await db.one("SELECT id FROM items WHERE id = :id", id=str(number)) is not None

    assert all(await asyncio.gather(*(write_then_read(number) for number in range(100))))


async def test_bodies_run_alone_never_overlap(db: Database, second_db: Database) -> None:
    async def add_one(tx: Session) -> None:
        row = await tx.one("SELECT amount FROM items WHERE id = 'a'")
        assert row is not None
        await tx.run("UPDATE items SET amount = :amount WHERE id = 'a'", amount=row["amount"] + 1)

    await insert(db, "a")
    await asyncio.gather(*(side.alone(add_one) for side in (db, second_db) for _ in range(5)))

    row = await db.one("SELECT amount FROM items")
    assert row is not None
    assert row["amount"] == 10


async def test_a_body_run_alone_undoes_everything_when_it_fails(db: Database) -> None:
    async def failing(tx: Session) -> None:
        await tx.run("CREATE TABLE half_done (id TEXT PRIMARY KEY)")
        await insert(tx, "a")
        raise LookupError

    with pytest.raises(LookupError):
        await db.alone(failing)

    assert await names(db) == []
    await db.run("CREATE TABLE half_done (id TEXT PRIMARY KEY)")


async def test_close_keeps_what_it_answered_and_takes_nothing_more(db: Database, second_db: Database) -> None:
    under_way = [asyncio.create_task(insert(second_db, str(number))) for number in range(10)]
    await asyncio.sleep(0)

    await second_db.close()
    outcomes = await asyncio.gather(*under_way, return_exceptions=True)

    assert {type(outcome) for outcome in outcomes} <= {type(None), Busy}
    assert len(await names(db)) == outcomes.count(None) > 0
    with pytest.raises(Busy):
        await insert(second_db, "late")
    with pytest.raises(Busy):
        await names(second_db)
