"""People who asked for their account to be deleted, until it is done."""

from hibana_op.records.row import as_record
from hibana_op.records.users import User
from hibana_op.storage.database import Session


async def ask(db: Session, user_id: str, *, due_at: int) -> bool:
    """Set the day on which a person is deleted; False when there is one already."""
    return (
        await db.run(
            "UPDATE users SET deletion_due_at = :due_at WHERE id = :id AND deletion_due_at IS NULL",
            id=user_id,
            due_at=due_at,
        )
        > 0
    )


async def cancel(db: Session, user_id: str) -> bool:
    """Keep a person after all; False when they did not ask to be deleted."""
    return (
        await db.run(
            "UPDATE users SET deletion_due_at = NULL WHERE id = :id AND deletion_due_at IS NOT NULL", id=user_id
        )
        > 0
    )


async def due_of(db: Session, user_id: str) -> int | None:
    """The moment from which a person is deleted, if they asked for it."""
    row = await db.one("SELECT deletion_due_at FROM users WHERE id = :id", id=user_id)
    return row["deletion_due_at"] if row else None


async def claim(db: Session, user_id: str, *, now: int) -> bool:
    """Whether the day of a person has come and they did not think better of it; they cannot any more."""
    return (
        await db.run(
            "UPDATE users SET status = 'deleted' WHERE id = :id AND deletion_due_at <= :now", id=user_id, now=now
        )
        > 0
    )


async def due(db: Session, *, now: int, limit: int = 100) -> list[User]:
    """People whose day has come, the longest overdue first."""
    rows = await db.all(
        "SELECT * FROM users WHERE deletion_due_at <= :now ORDER BY deletion_due_at, id LIMIT :limit",
        now=now,
        limit=limit,
    )
    return [as_record(User, row) for row in rows]
