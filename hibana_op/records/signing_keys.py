"""The life of our keys: published, active, retired, gone; each step is a time, so all workers agree."""

from dataclasses import dataclass

from hibana_op.records import registry
from hibana_op.records.row import as_columns, as_record, as_record_or_none
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key that signs or decrypts; its private part rests sealed under the master key."""

    kid: str
    algorithm: str
    public_jwk: str
    private_sealed: str
    created_at: int
    active_from: int
    retires_at: int | None = None
    expires_at: int | None = None
    revoked_at: int | None = None

    def state(self, now: int) -> str:
        """next → current → retiring → retired, or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is not None and self.expires_at <= now:
            return "retired"
        if self.retires_at is not None and self.retires_at <= now:
            return "retiring"
        return "current" if self.active_from <= now else "next"


async def insert(db: Session, key: StoredKey) -> None:
    """Publish a new key."""
    await db.run(
        """
        INSERT INTO signing_keys (kid, algorithm, public_jwk, private_sealed, created_at, active_from, retires_at,
                                  expires_at, revoked_at)
        VALUES (:kid, :algorithm, :public_jwk, :private_sealed, :created_at, :active_from, :retires_at,
                :expires_at, :revoked_at)""",
        **as_columns(key),
    )
    await registry.advance(db)


async def find(db: Session, kid: str) -> StoredKey | None:
    """The key with this name, in use or not."""
    return as_record_or_none(StoredKey, await db.one("SELECT * FROM signing_keys WHERE kid = :kid", kid=kid))


async def every(db: Session) -> list[StoredKey]:
    """All keys, those out of use included, in the order they were made active."""
    return [as_record(StoredKey, row) for row in await db.all("SELECT * FROM signing_keys ORDER BY active_from, kid")]


async def published(db: Session, *, now: int) -> list[StoredKey]:
    """The keys that still do something, though perhaps not for new tokens."""
    rows = await db.all(
        """
        SELECT * FROM signing_keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)
        ORDER BY active_from, kid""",
        now=now,
    )
    return [as_record(StoredKey, row) for row in rows]


async def retire_others(db: Session, algorithm: str, *, kid: str, retires_at: int, expires_at: int) -> None:
    """Let the time of every other key of an algorithm end, and let what they did count until a later one."""
    await db.run(
        """
        UPDATE signing_keys SET retires_at = :retires_at, expires_at = :expires_at
        WHERE algorithm = :algorithm AND kid <> :kid AND retires_at IS NULL AND revoked_at IS NULL""",
        algorithm=algorithm,
        kid=kid,
        retires_at=retires_at,
        expires_at=expires_at,
    )
    await registry.advance(db)


async def revoke(db: Session, kid: str, *, now: int) -> bool:
    """Take a key out of use at once: nothing it did counts any more."""
    done = (
        await db.run(
            "UPDATE signing_keys SET revoked_at = :now WHERE kid = :kid AND revoked_at IS NULL",
            kid=kid,
            now=now,
        )
        > 0
    )
    if done:
        await registry.advance(db)
    return done


async def reseal(db: Session, kid: str, *, private_sealed: str) -> None:
    """Replace the sealed private part by the same key under another master key."""
    await db.run("UPDATE signing_keys SET private_sealed = :sealed WHERE kid = :kid", kid=kid, sealed=private_sealed)
    await registry.advance(db)
