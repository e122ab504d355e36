"""Authorization codes: inserted once, spent once (RFC 6749 §4.1.2)."""

from dataclasses import dataclass

from hibana_op.records.row import as_columns, as_record_or_none
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode:
    """A code, kept as its hash, with what it is bound to."""

    code_hash: str
    family_id: str
    client_id: str
    redirect_uri: str
    nonce: str | None
    code_challenge: str | None
    failures: int = 0
    expires_at: int
    used_at: int | None = None


async def insert(db: Session, code: AuthorizationCode) -> None:
    """Keep a new code."""
    await db.run(
        """
        INSERT INTO authorization_codes (code_hash, family_id, client_id, redirect_uri, nonce, code_challenge,
                                         failures, expires_at, used_at)
        VALUES (:code_hash, :family_id, :client_id, :redirect_uri, :nonce, :code_challenge,
                :failures, :expires_at, :used_at)""",
        **as_columns(code),
    )


async def find(db: Session, code_hash: str) -> AuthorizationCode | None:
    """The code, spent and expired ones included, so that a replay can be told from a guess."""
    row = await db.one("SELECT * FROM authorization_codes WHERE code_hash = :code_hash", code_hash=code_hash)
    return as_record_or_none(AuthorizationCode, row)


async def consume(db: Session, code_hash: str, *, now: int) -> bool:
    """Spend the code; False if it is unknown, expired or already spent."""
    return (
        await db.run(
            """
            UPDATE authorization_codes SET used_at = :now
            WHERE code_hash = :code_hash AND used_at IS NULL AND expires_at > :now""",
            code_hash=code_hash,
            now=now,
        )
        > 0
    )


async def spend_all(db: Session, *, now: int) -> int:
    """Spend every code there is; how many there were."""
    return await db.run("UPDATE authorization_codes SET used_at = :now WHERE used_at IS NULL", now=now)


async def count_failure(db: Session, code_hash: str, *, limit: int, now: int) -> None:
    """Count a redemption that failed; the one that reaches the limit burns the code."""
    await db.run(
        """
        UPDATE authorization_codes SET
          failures = failures + 1,
          used_at = CASE WHEN failures + 1 >= :limit THEN CAST(:now AS BIGINT) ELSE used_at END
        WHERE code_hash = :code_hash AND used_at IS NULL""",
        code_hash=code_hash,
        limit=limit,
        now=now,
    )
