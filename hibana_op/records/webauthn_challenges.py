"""Challenges of WebAuthn ceremonies that have begun; each is good for one answer."""

from dataclasses import dataclass
from typing import Literal

from hibana_op.records.row import as_columns, as_record_or_none, insert_into
from hibana_op.storage.database import Session as Db

Ceremony = Literal["create", "get"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One ceremony: in which browser, and for whom, where that is known before it begins.

    `newcomer_id`: who it will be that makes a passkey, and has no account yet.
    """

    challenge_hash: str
    ceremony: Ceremony
    browser_hash: str
    user_id: str | None = None
    interaction_id: str | None = None
    newcomer_id: str | None = None
    expires_at: int


_INSERT = insert_into("webauthn_challenges", Challenge)


async def insert(db: Db, challenge: Challenge) -> None:
    """Begin a ceremony."""
    await db.run(_INSERT, **as_columns(challenge))


async def take(
    db: Db, challenge_hash: str, *, ceremony: Ceremony, browser_hash: str, user_id: str | None = None, now: int
) -> Challenge | None:
    """Take a challenge away, once; None when it is spent, too old, or of another ceremony, browser or person.

    A `user_id` is asked for where the ceremony began with somebody who is signed in.
    """
    row = await db.one(
        """
        DELETE FROM webauthn_challenges
        WHERE challenge_hash = :challenge_hash AND ceremony = :ceremony AND browser_hash = :browser_hash
          AND expires_at > :now AND (:anybody OR user_id = :user_id)
        RETURNING *""",
        challenge_hash=challenge_hash,
        ceremony=ceremony,
        browser_hash=browser_hash,
        anybody=user_id is None,
        user_id=user_id or "",
        now=now,
    )
    return as_record_or_none(Challenge, row)
