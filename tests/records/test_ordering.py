"""Orders of lists: whole in every page size, whatever is the same and whatever goes meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from hibana_op.records.ordering import Order, by, orders
from hibana_op.storage import open_database
from hibana_op.storage.database import Database

TABLE = "CREATE TABLE ordered_things (id TEXT PRIMARY KEY, name TEXT NOT NULL, amount BIGINT NOT NULL)"


@dataclass(frozen=True, slots=True)
class Thing:
    """A row with ties in every column."""

    id: str
    name: str
    amount: int


THINGS = [
    Thing(f"{at:02}", name, at % 3) for at, name in enumerate(["b", "A", "a", "B", "", "c'", "a", "ß", "あ", "%", "A"])
]
ORDERS = orders(
    "ordered_things.id",
    created_at=None,
    name=by("ordered_things.name", is_folded=True),
    amount=by("ordered_things.amount"),
)


async def page(db: Database, order: Order, *, after: str, limit: int) -> list[Thing]:
    condition, end = order.beyond(after)
    rows = await db.all(
        f"SELECT * FROM ordered_things WHERE {condition} ORDER BY {order.clause} LIMIT :limit", limit=limit, **end
    )
    return [Thing(**row) for row in rows]


async def walk(db: Database, order: Order, *, limit: int) -> list[Thing]:
    found: list[Thing] = []
    while more := await page(db, order, after=order.key(found[-1]) if found else "", limit=limit):
        found += more
    return found


async def fill(db: Database, things: Iterable[Thing]) -> None:
    await db.run(TABLE)
    for each in things:
        await db.run(
            "INSERT INTO ordered_things VALUES (:id, :name, :amount)", id=each.id, name=each.name, amount=each.amount
        )


async def test_every_order_has_everything_once_in_pages_of_any_size(empty_url: str) -> None:
    db = await open_database(empty_url)
    try:
        await fill(db, THINGS)
        for name, order in ORDERS.items():
            whole = await page(db, order, after="", limit=100)
            assert len(whole) == len(THINGS)
            for limit in (1, 2, 3, 10):
                assert await walk(db, order, limit=limit) == whole, f"{name} by {limit}"
            turned = ORDERS[name.removeprefix("-") if name.startswith("-") else f"-{name}"]
            assert await walk(db, turned, limit=2) == whole[::-1]
        assert [each.id for each in await walk(db, ORDERS["amount"], limit=2)] == [
            each.id for each in sorted(THINGS, key=lambda each: (each.amount, each.id))
        ]
        second = (await walk(db, ORDERS["name"], limit=1))[1]
        rest = (await walk(db, ORDERS["name"], limit=1))[2:]
        await db.run("DELETE FROM ordered_things WHERE id = :id", id=second.id)
        assert await page(db, ORDERS["name"], after=ORDERS["name"].key(second), limit=100) == rest
    finally:
        await db.close()


@pytest.mark.parametrize("name", ["created_at", "-created_at", "amount", "-amount"])
def test_what_is_all_at_hand_is_ordered_alike(name: str) -> None:
    order = ORDERS[name]
    found: list[Thing] = []
    while more := order.page_of(THINGS, after=order.key(found[-1]) if found else "", limit=2):
        found += more

    expected = sorted(THINGS, key=lambda each: (each.amount, each.id) if order.column else (0, each.id))
    assert found == (expected[::-1] if order.is_descending else expected)


def test_a_column_without_ties_is_compared_alone() -> None:
    order = orders("things.id", slug=by("things.slug", is_unique=True, value=lambda each: each.name))["-slug"]

    assert order.clause == "things.slug DESC"
    assert order.beyond(order.key(THINGS[0])) == (
        "(things.slug) < (:after_value)",
        {"after_value": "b", "after_id": "00"},
    )
    assert order.beyond("") == ("TRUE", {})
