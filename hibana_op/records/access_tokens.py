"""Opaque access tokens, and the revocation of self-contained ones."""

from dataclasses import dataclass
from typing import Any

from hibana_op.records.row import as_columns, as_record_or_none
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An opaque access token, kept as its hash."""

    token_hash: str
    jti: str
    family_id: str | None
    client_id: str
    subject: str
    audience: str
    scopes: tuple[str, ...]
    claims: dict[str, Any]
    issued_at: int
    expires_at: int
    revoked_at: int | None = None


async def insert(db: Session, token: AccessToken) -> None:
    """Keep a new opaque token."""
    await db.run(
        """
        INSERT INTO access_tokens (token_hash, jti, family_id, client_id, subject, audience, scopes, claims_json,
                                   issued_at, expires_at, revoked_at)
        VALUES (:token_hash, :jti, :family_id, :client_id, :subject, :audience, :scopes, :claims_json,
                :issued_at, :expires_at, :revoked_at)""",
        **as_columns(token),
    )


async def find_live(db: Session, token_hash: str, *, now: int) -> AccessToken | None:
    """The opaque token, while it is neither revoked nor expired."""
    row = await db.one(
        "SELECT * FROM access_tokens WHERE token_hash = :hash AND revoked_at IS NULL AND expires_at > :now",
        hash=token_hash,
        now=now,
    )
    return as_record_or_none(AccessToken, row)


async def revoke_opaque(db: Session, token_hash: str, *, now: int) -> bool:
    """End an opaque token."""
    return (
        await db.run(
            "UPDATE access_tokens SET revoked_at = :now WHERE token_hash = :hash AND revoked_at IS NULL",
            hash=token_hash,
            now=now,
        )
        > 0
    )


async def revoke_jti(db: Session, jti: str, *, expires_at: int, now: int) -> None:
    """End a self-contained token: remember its `jti` for as long as it would have lived."""
    await db.run(
        """
        INSERT INTO revoked_tokens (jti, revoked_at, expires_at) VALUES (:jti, :now, :expires_at)
        ON CONFLICT (jti) DO NOTHING""",
        jti=jti,
        now=now,
        expires_at=expires_at,
    )


async def is_revoked(db: Session, jti: str) -> bool:
    """Whether a self-contained token was revoked by itself."""
    return await db.one("SELECT jti FROM revoked_tokens WHERE jti = :jti", jti=jti) is not None


async def revoke_all_opaque(db: Session, *, now: int) -> int:
    """End every opaque token there is; how many there were."""
    return await db.run("UPDATE access_tokens SET revoked_at = :now WHERE revoked_at IS NULL", now=now)


async def revoked_jtis(db: Session, *, now: int) -> list[tuple[str, int]]:
    """The self-contained tokens that were revoked and would live still: `jti` and expiry."""
    rows = await db.all("SELECT jti, expires_at FROM revoked_tokens WHERE expires_at > :now", now=now)
    return [(row["jti"], row["expires_at"]) for row in rows]
