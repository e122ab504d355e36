"""Rotating refresh tokens: each one is spent by the use that replaces it (RFC 9700 §4.14)."""

from dataclasses import dataclass

from hibana_op.records.row import as_columns, as_record_or_none
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """One link of a family's chain, kept as its hash."""

    token_hash: str
    family_id: str
    created_at: int
    expires_at: int
    used_at: int | None = None
    successors: int = 0


async def insert(db: Session, token: RefreshToken) -> None:
    """Keep a new refresh token."""
    await db.run(
        """
        INSERT INTO refresh_tokens (token_hash, family_id, created_at, expires_at, used_at, successors)
        VALUES (:token_hash, :family_id, :created_at, :expires_at, :used_at, :successors)""",
        **as_columns(token),
    )


async def find(db: Session, token_hash: str) -> RefreshToken | None:
    """The token, spent and expired ones included, so that reuse can be told from a guess."""
    row = await db.one("SELECT * FROM refresh_tokens WHERE token_hash = :token_hash", token_hash=token_hash)
    return as_record_or_none(RefreshToken, row)


async def consume(db: Session, token_hash: str, *, now: int) -> bool:
    """Spend the token; False if it is unknown, expired or already spent."""
    return (
        await db.run(
            """
            UPDATE refresh_tokens SET used_at = :now, successors = 1
            WHERE token_hash = :token_hash AND used_at IS NULL AND expires_at > :now""",
            token_hash=token_hash,
            now=now,
        )
        > 0
    )


async def consume_again(db: Session, token_hash: str, *, since: int, siblings: int) -> bool:
    """Allow one more successor of a token spent a moment ago, whose answer may have been lost."""
    return (
        await db.run(
            """
            UPDATE refresh_tokens SET successors = successors + 1
            WHERE token_hash = :token_hash AND used_at > :since AND successors < :siblings""",
            token_hash=token_hash,
            since=since,
            siblings=siblings,
        )
        > 0
    )


async def extend(db: Session, token_hash: str, *, expires_at: int, now: int) -> bool:
    """Use a token that does not rotate; False if it is unknown, expired or spent."""
    return (
        await db.run(
            """
            UPDATE refresh_tokens SET expires_at = :expires_at
            WHERE token_hash = :token_hash AND used_at IS NULL AND expires_at > :now""",
            token_hash=token_hash,
            expires_at=expires_at,
            now=now,
        )
        > 0
    )
