"""Backup codes: each lets its person in once, when nothing else is at hand."""

from collections.abc import Iterable

from hibana_op.storage.database import Session


async def replace(db: Session, user_id: str, *, hashes: Iterable[str], now: int) -> None:
    """Give a person new codes; all those before are void."""
    await db.run("DELETE FROM backup_codes WHERE user_id = :id", id=user_id)
    for code_hash in hashes:
        await db.run(
            """
            INSERT INTO backup_codes (code_hash, user_id, created_at, used_at)
            VALUES (:hash, :id, :now, NULL)""",
            hash=code_hash,
            id=user_id,
            now=now,
        )


async def spend(db: Session, user_id: str, *, code_hash: str, now: int) -> bool:
    """Use a code up; False when it is not one of this person's that is left."""
    spent = await db.run(
        "UPDATE backup_codes SET used_at = :now WHERE code_hash = :hash AND user_id = :id AND used_at IS NULL",
        hash=code_hash,
        id=user_id,
        now=now,
    )
    return spent > 0


async def left(db: Session, user_id: str) -> int:
    """How many codes a person has left."""
    row = await db.one("SELECT COUNT(*) AS count FROM backup_codes WHERE user_id = :id AND used_at IS NULL", id=user_id)
    return int(row["count"]) if row else 0


async def remove_all(db: Session, user_id: str) -> None:
    """A person has no second factor any more that these could stand in for."""
    await db.run("DELETE FROM backup_codes WHERE user_id = :id", id=user_id)
