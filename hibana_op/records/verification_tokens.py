"""Links sent by mail: each for one purpose and one address, good once and not for long."""

from dataclasses import dataclass, field
from typing import Any

from hibana_op.records.row import as_columns, as_record_or_none, insert_into
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationToken:
    """One link; its token is kept as a hash only. Without a `user_id` it is for somebody who has no account yet."""

    token_hash: str
    purpose: str
    user_id: str | None = None
    email: str
    data: dict[str, Any] = field(default_factory=dict)
    created_at: int
    expires_at: int
    used_at: int | None = None


_INSERT = insert_into("verification_tokens", VerificationToken)


async def insert(db: Session, token: VerificationToken) -> None:
    """Keep a link that is about to be sent."""
    await db.run(_INSERT, **as_columns(token))


async def find_live(db: Session, token_hash: str, *, purpose: str, now: int) -> VerificationToken | None:
    """The link, while it may still be used for this purpose; looking at it does not use it."""
    row = await db.one(
        """
        SELECT * FROM verification_tokens
        WHERE token_hash = :token_hash AND purpose = :purpose AND used_at IS NULL AND expires_at > :now""",
        token_hash=token_hash,
        purpose=purpose,
        now=now,
    )
    return as_record_or_none(VerificationToken, row)


async def spend(db: Session, token_hash: str, *, purpose: str, now: int) -> VerificationToken | None:
    """Use a link, once; None when it is for another purpose, was used, or is too old."""
    row = await db.one(
        """
        UPDATE verification_tokens SET used_at = :now
        WHERE token_hash = :token_hash AND purpose = :purpose AND used_at IS NULL AND expires_at > :now
        RETURNING *""",
        token_hash=token_hash,
        purpose=purpose,
        now=now,
    )
    return as_record_or_none(VerificationToken, row)


async def end_of_address(db: Session, email: str, *, purpose: str) -> int:
    """Let no earlier link count that was sent, for a purpose, to an address without an account."""
    return await db.run(
        "DELETE FROM verification_tokens WHERE email = :email AND purpose = :purpose AND user_id IS NULL",
        email=email,
        purpose=purpose,
    )


async def end_unclaimed(db: Session, email: str) -> int:
    """Let no link count any more with which somebody without an account could make one for an address."""
    return await db.run("DELETE FROM verification_tokens WHERE email = :email AND user_id IS NULL", email=email)


async def end_of_user(db: Session, user_id: str, *, purpose: str | None = None) -> int:
    """Let no earlier link of a person count, for one purpose or for all; how many rows went."""
    return await db.run(
        """
        DELETE FROM verification_tokens
        WHERE user_id = :user_id AND (CAST(:purpose AS TEXT) IS NULL OR purpose = :purpose)""",
        user_id=user_id,
        purpose=purpose,
    )


async def end_all(db: Session, *, now: int) -> int:
    """Let no link count that was sent so far; how many there were."""
    return await db.run("UPDATE verification_tokens SET used_at = :now WHERE used_at IS NULL", now=now)
