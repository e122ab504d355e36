"""A row that nearly every transaction changes, as the counters of the house are."""

from hibana_op.storage.database import HeldRow, Session

COUNTER = HeldRow(
    read="SELECT amount FROM items WHERE id = 'counter'",
    write="UPDATE items SET amount = :amount WHERE id = 'counter'",
)


async def add_one(tx: Session) -> int:
    """Count, and say in a row of its own what the count was."""
    counter = await tx.hold(COUNTER)
    assert counter is not None
    counter["amount"] += 1
    await tx.run("INSERT INTO items (id) VALUES (:id)", id=str(counter["amount"]))
    return int(counter["amount"])
