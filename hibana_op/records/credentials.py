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


async def put_password_hash(
    db: Session, user_id: str, *, password_hash: str, now: int, is_recovered: bool = False
) -> None:
    """Set or replace a person's password; `is_recovered`: by a link to their mailbox."""
    await db.run(
        """
        INSERT INTO passwords (user_id, password_hash, changed_at, recovered_at)
        VALUES (:id, :hash, :now, :recovered_at)
        ON CONFLICT (user_id) DO UPDATE
        SET password_hash = :hash, changed_at = :now, recovered_at = :recovered_at""",
        id=user_id,
        hash=password_hash,
        now=now,
        recovered_at=now if is_recovered else None,
    )


async def is_recovered(db: Session, user_id: str) -> bool:
    """Whether a person's password came by mail, and nothing else was proven beside it since."""
    found = await db.one(
        "SELECT 1 AS found FROM passwords WHERE user_id = :id AND recovered_at IS NOT NULL", id=user_id
    )
    return found is not None


async def end_recovery(db: Session, user_id: str, *, until: int) -> None:
    """A password that came by mail counts by itself from here on, unless it came after `until`."""
    await db.run(
        "UPDATE passwords SET recovered_at = NULL WHERE user_id = :id AND recovered_at <= :until",
        id=user_id,
        until=until,
    )


async def replace_password_hash(db: Session, user_id: str, *, old: str, new: str) -> None:
    """Store the same password under newer parameters, unless it was changed meanwhile."""
    await db.run(
        "UPDATE passwords SET password_hash = :new WHERE user_id = :id AND password_hash = :old",
        id=user_id,
        new=new,
        old=old,
    )
