"""Passwords that a person had before, as hashes: kept only where somebody asks that they do not come again."""

from hibana_op.storage.database import Session


async def newest(db: Session, user_id: str, *, most: int) -> list[str]:
    """The last ones before the present one, the newest first."""
    rows = await db.all(
        """
        SELECT password_hash FROM password_history
        WHERE user_id = :id ORDER BY created_at DESC, id DESC LIMIT :most""",
        id=user_id,
        most=most,
    )
    return [str(row["password_hash"]) for row in rows]


async def keep_present(db: Session, user_id: str, *, id: str, most: int) -> None:
    """Remember the present password, which is about to be replaced, and no more than so many."""
    await db.run(
        """
        INSERT INTO password_history (id, user_id, password_hash, created_at)
        SELECT :id, user_id, password_hash, changed_at FROM passwords WHERE user_id = :user_id""",
        id=id,
        user_id=user_id,
    )
    await db.run(
        """
        DELETE FROM password_history WHERE user_id = :user_id AND id NOT IN (
          SELECT id FROM password_history WHERE user_id = :user_id ORDER BY created_at DESC, id DESC LIMIT :most)""",
        user_id=user_id,
        most=most,
    )
