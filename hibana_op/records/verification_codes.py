"""Short codes sent by mail or SMS: each for one person and one piece of business, tried a few times, good once."""

from dataclasses import dataclass

from hibana_op.records.row import as_columns, as_record_or_none
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationCode:
    """A code on its way to a person. `bound_to`: the sign-in or session that it was asked for in."""

    id: str
    user_id: str
    channel: str
    purpose: str
    bound_to: str
    destination: str
    code_hash: str
    attempts: int = 0
    created_at: int
    expires_at: int
    used_at: int | None = None


async def replace(db: Session, code: VerificationCode) -> None:
    """Send a code; the one that was sent before for the same business counts no more."""
    await end(db, code.user_id, channel=code.channel, purpose=code.purpose, bound_to=code.bound_to)
    await db.run(
        """
        INSERT INTO verification_codes (id, user_id, channel, purpose, bound_to, destination, code_hash, attempts,
                                        created_at, expires_at, used_at)
        VALUES (:id, :user_id, :channel, :purpose, :bound_to, :destination, :code_hash, :attempts,
                :created_at, :expires_at, :used_at)""",
        **as_columns(code),
    )


async def find_open(
    db: Session, user_id: str, *, channel: str, purpose: str, bound_to: str, now: int
) -> VerificationCode | None:
    """The code that was sent for this business, while it counts."""
    row = await db.one(
        """
        SELECT * FROM verification_codes
        WHERE user_id = :user_id AND channel = :channel AND purpose = :purpose AND bound_to = :bound_to
          AND used_at IS NULL AND expires_at > :now""",
        user_id=user_id,
        channel=channel,
        purpose=purpose,
        bound_to=bound_to,
        now=now,
    )
    return as_record_or_none(VerificationCode, row)


async def end(db: Session, user_id: str, *, channel: str, purpose: str, bound_to: str) -> None:
    """Let the code that was sent for this business count no more."""
    await db.run(
        """
        DELETE FROM verification_codes
        WHERE user_id = :user_id AND channel = :channel AND purpose = :purpose AND bound_to = :bound_to""",
        user_id=user_id,
        channel=channel,
        purpose=purpose,
        bound_to=bound_to,
    )


async def spend(
    db: Session, user_id: str, *, channel: str, purpose: str, bound_to: str, code_hash: str, most: int, now: int
) -> str | None:
    """Try a code, and use it up if it is the one: where it was sent to; None when it is not.

    Trying and using are one statement, so that of many who try the right one at once, one has it.
    """
    row = await db.one(
        """
        UPDATE verification_codes SET
          attempts = attempts + 1,
          used_at = CASE WHEN code_hash = :hash THEN CAST(:now AS BIGINT) END
        WHERE user_id = :user_id AND channel = :channel AND purpose = :purpose AND bound_to = :bound_to
          AND used_at IS NULL AND expires_at > :now AND attempts < :most
        RETURNING used_at, destination""",
        user_id=user_id,
        channel=channel,
        purpose=purpose,
        bound_to=bound_to,
        hash=code_hash,
        most=most,
        now=now,
    )
    return str(row["destination"]) if row and row["used_at"] is not None else None
