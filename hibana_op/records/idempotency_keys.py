"""Answers to requests that made something, given again when the same request comes again."""

from dataclasses import dataclass

from hibana_op.records.row import as_record, as_record_or_none
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatable:
    """A request that was begun; without a `status` it has no answer yet."""

    key_hash: str
    request_hash: str
    status: int | None
    location: str | None
    body_sealed: str | None
    expires_at: int


def sealed_name(key_hash: str) -> str:
    """What binds a sealed answer to its row."""
    return f"idempotency_keys:body_sealed:{key_hash}"


async def begin(db: Session, key_hash: str, *, request_hash: str, until: int, now: int) -> bool:
    """Claim a key for one request; False when somebody has it."""
    return (
        await db.run(
            """
            INSERT INTO idempotency_keys (key_hash, request_hash, status, location, body_sealed, expires_at)
            VALUES (:key_hash, :request_hash, NULL, NULL, NULL, :until)
            ON CONFLICT (key_hash) DO UPDATE SET request_hash = :request_hash, status = NULL, location = NULL,
              body_sealed = NULL, expires_at = :until
            WHERE idempotency_keys.expires_at <= :now""",
            key_hash=key_hash,
            request_hash=request_hash,
            until=until,
            now=now,
        )
        > 0
    )


async def find(db: Session, key_hash: str, *, now: int) -> Repeatable | None:
    """What is kept under a key."""
    row = await db.one(
        "SELECT * FROM idempotency_keys WHERE key_hash = :key_hash AND expires_at > :now", key_hash=key_hash, now=now
    )
    return as_record_or_none(Repeatable, row)


async def finish(db: Session, answered: Repeatable) -> None:
    """Keep the answer."""
    await db.run(
        """
        UPDATE idempotency_keys SET status = :status, location = :location, body_sealed = :body_sealed,
          expires_at = :expires_at
        WHERE key_hash = :key_hash AND request_hash = :request_hash AND status IS NULL""",
        key_hash=answered.key_hash,
        request_hash=answered.request_hash,
        status=answered.status,
        location=answered.location,
        body_sealed=answered.body_sealed,
        expires_at=answered.expires_at,
    )


async def give_up(db: Session, key_hash: str) -> None:
    """Nothing was made: the same key may be used again."""
    await db.run("DELETE FROM idempotency_keys WHERE key_hash = :key_hash AND status IS NULL", key_hash=key_hash)


async def sealed_answers(db: Session) -> list[tuple[str, str]]:
    """Every sealed answer, by its key."""
    rows = await db.all("SELECT * FROM idempotency_keys WHERE body_sealed IS NOT NULL ORDER BY key_hash")
    kept = [as_record(Repeatable, row) for row in rows]
    return [(each.key_hash, each.body_sealed or "") for each in kept]


async def reseal(db: Session, key_hash: str, /, *, sealed: str) -> None:
    """Replace a sealed answer by the same under another master key."""
    await db.run(
        "UPDATE idempotency_keys SET body_sealed = :sealed WHERE key_hash = :key_hash", key_hash=key_hash, sealed=sealed
    )
