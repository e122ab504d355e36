"""Tokens with which developers may register clients: so many, until then (RFC 7591 §3)."""

from dataclasses import dataclass

from hibana_op.foundation.errors import NotFound
from hibana_op.records.row import as_columns, as_record, insert_into
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class InitialAccessToken:
    """What is known of a token; itself it is kept nowhere."""

    id: str
    token_hash: str
    note: str
    max_uses: int
    used_count: int = 0
    created_at: int
    expires_at: int
    revoked_at: int | None = None

    def state(self, now: int) -> str:
        """Whether it still counts, and if not, why."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at <= now:
            return "expired"
        return "spent" if self.used_count >= self.max_uses else "live"


_INSERT = insert_into("initial_access_tokens", InitialAccessToken)


async def insert(db: Session, token: InitialAccessToken) -> None:
    """Keep a new token."""
    await db.run(_INSERT, **as_columns(token))


async def get(db: Session, token_id: str) -> InitialAccessToken:
    """A token by its id, or NotFound."""
    row = await db.one("SELECT * FROM initial_access_tokens WHERE id = :id", id=token_id)
    if row is None:
        raise NotFound(f"no initial access token has the id {token_id}")
    return as_record(InitialAccessToken, row)


async def is_live(db: Session, token_hash: str, *, now: int) -> bool:
    """Whether a client can be registered with this token at the moment."""
    row = await db.one(
        """
        SELECT id FROM initial_access_tokens
        WHERE token_hash = :hash AND used_count < max_uses AND expires_at > :now AND revoked_at IS NULL""",
        hash=token_hash,
        now=now,
    )
    return row is not None


async def spend(db: Session, token_hash: str, *, now: int) -> str | None:
    """Use a token once; its id, or None when it is unknown, spent, expired or revoked."""
    row = await db.one(
        """
        UPDATE initial_access_tokens SET used_count = used_count + 1
        WHERE token_hash = :hash AND used_count < max_uses AND expires_at > :now AND revoked_at IS NULL
        RETURNING id""",
        hash=token_hash,
        now=now,
    )
    return str(row["id"]) if row else None


async def revoke(db: Session, token_id: str, *, now: int) -> bool:
    """Let a token count no more; whether it was there and not revoked before."""
    touched = await db.run(
        "UPDATE initial_access_tokens SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL",
        id=token_id,
        now=now,
    )
    return touched > 0


async def revoke_all(db: Session, *, now: int) -> int:
    """Let no token count any more; how many did."""
    return await db.run(
        """
        UPDATE initial_access_tokens SET revoked_at = :now
        WHERE used_count < max_uses AND expires_at > :now AND revoked_at IS NULL""",
        now=now,
    )


async def every(db: Session) -> list[InitialAccessToken]:
    """All tokens, the oldest first."""
    return [
        as_record(InitialAccessToken, row) for row in await db.all("SELECT * FROM initial_access_tokens ORDER BY id")
    ]


async def page(db: Session, *, after: str = "", limit: int = 50) -> list[InitialAccessToken]:
    """Some of them, from one on."""
    rows = await db.all(
        "SELECT * FROM initial_access_tokens WHERE id > :after ORDER BY id LIMIT :limit", after=after, limit=limit
    )
    return [as_record(InitialAccessToken, row) for row in rows]
