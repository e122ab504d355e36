"""Browsers in which a person need not give a second factor for a while."""

from dataclasses import dataclass

from hibana_op.records.row import as_columns, as_record
from hibana_op.storage.database import Session as Db


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedDevice:
    """A person's trust in a browser; `token_hash` names the pair of both."""

    token_hash: str
    user_id: str
    browser_hash: str
    created_at: int
    expires_at: int


async def put(db: Db, device: TrustedDevice) -> None:
    """Trust a browser, from now on and for a while."""
    await db.run(
        """
        INSERT INTO trusted_devices (token_hash, user_id, browser_hash, created_at, expires_at)
        VALUES (:token_hash, :user_id, :browser_hash, :created_at, :expires_at)
        ON CONFLICT (token_hash) DO UPDATE SET created_at = :created_at, expires_at = :expires_at""",
        **as_columns(device),
    )


async def is_trusted(db: Db, user_id: str, *, browser_hash: str, now: int) -> bool:
    """Whether a person trusts this browser, now."""
    row = await db.one(
        """
        SELECT 1 AS found FROM trusted_devices
        WHERE user_id = :user_id AND browser_hash = :browser_hash AND expires_at > :now""",
        user_id=user_id,
        browser_hash=browser_hash,
        now=now,
    )
    return row is not None


async def of_user(db: Db, user_id: str, *, now: int) -> list[TrustedDevice]:
    """The browsers that a person trusts now, the newest first."""
    rows = await db.all(
        "SELECT * FROM trusted_devices WHERE user_id = :id AND expires_at > :now ORDER BY created_at DESC, token_hash",
        id=user_id,
        now=now,
    )
    return [as_record(TrustedDevice, row) for row in rows]


async def forget_all(db: Db, user_id: str) -> int:
    """Trust none of a person's browsers any more; how many there were."""
    return await db.run("DELETE FROM trusted_devices WHERE user_id = :id", id=user_id)
