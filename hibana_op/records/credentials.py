"""Password hashes."""

from hibana_op.storage.database import Session


async def find_password_hash(db: Session, user_id: str) -> str | None:
    """The hash of a person's password, if they have one."""
    row = await db.one("SELECT password_hash FROM passwords WHERE user_id = :id", id=user_id)
    return str(row["password_hash"]) if row else None


async def changed_at(db: Session, user_id: str) -> int | None:
    """When a person's password was set last; None when they have none."""
    row = await db.one("SELECT changed_at FROM passwords WHERE user_id = :id", id=user_id)
    return int(row["changed_at"]) if row else None


async def put_password_hash(db: Session, user_id: str, *, password_hash: str, now: int) -> None:
    """Set or replace a person's password."""
    await db.run(
        """
        INSERT INTO passwords (user_id, password_hash, changed_at) VALUES (:id, :hash, :now)
        ON CONFLICT (user_id) DO UPDATE SET password_hash = :hash, changed_at = :now""",
        id=user_id,
        hash=password_hash,
        now=now,
    )


async def replace_password_hash(db: Session, user_id: str, *, old: str, new: str) -> None:
    """Store the same password under newer parameters, unless it was changed meanwhile."""
    await db.run(
        "UPDATE passwords SET password_hash = :new WHERE user_id = :id AND password_hash = :old",
        id=user_id,
        new=new,
        old=old,
    )
