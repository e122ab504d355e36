"""Counters of sign-in attempts, and the history of those that failed."""

from dataclasses import dataclass

from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a reserved attempt found: whether it may go on, and until when it may not."""

    allowed: bool
    locked_until: int | None


async def reserve(db: Session, subject: str, *, limit: int, seconds: int, now: int) -> Attempt:
    """Count an attempt before it is made, so that guesses made at once cannot pass the limit together.

    The attempt that reaches the limit may still go on; when it succeeds it clears the counter.
    """
    row = await db.one(
        """
        INSERT INTO account_lockouts (subject, attempts, counted_from, locked_until)
        VALUES (:subject, 1, :now, NULL)
        ON CONFLICT (subject) DO UPDATE SET
          attempts = CASE
            WHEN account_lockouts.locked_until > :now THEN account_lockouts.attempts + 1
            WHEN account_lockouts.locked_until IS NOT NULL THEN 1
            WHEN account_lockouts.counted_from <= :start THEN 1
            ELSE account_lockouts.attempts + 1 END,
          counted_from = CASE
            WHEN account_lockouts.locked_until > :now THEN account_lockouts.counted_from
            WHEN account_lockouts.locked_until IS NOT NULL THEN :now
            WHEN account_lockouts.counted_from <= :start THEN :now
            ELSE account_lockouts.counted_from END,
          locked_until = CASE
            WHEN account_lockouts.locked_until > :now THEN account_lockouts.locked_until
            WHEN account_lockouts.locked_until IS NOT NULL THEN NULL
            WHEN account_lockouts.counted_from <= :start THEN NULL
            WHEN account_lockouts.attempts + 1 >= :limit THEN CAST(:until AS BIGINT)
            ELSE NULL END
        RETURNING attempts, locked_until""",
        subject=subject,
        now=now,
        start=now - seconds,
        limit=limit,
        until=now + seconds,
    )
    if row is None or row["attempts"] <= limit:
        return Attempt(allowed=True, locked_until=None)
    return Attempt(allowed=False, locked_until=row["locked_until"])


async def clear(db: Session, subject: str) -> bool:
    """Forget the attempts of a subject."""
    return await db.run("DELETE FROM account_lockouts WHERE subject = :subject", subject=subject) > 0


async def clear_all(db: Session, subject: str) -> bool:
    """Forget the attempts of a subject, in whichever browser they were made."""
    cleared = await db.run(
        "DELETE FROM account_lockouts WHERE subject = :subject OR substr(subject, 1, :length) = :prefix",
        subject=subject,
        prefix=f"{subject}:",
        length=len(subject) + 1,
    )
    return cleared > 0


async def locked_until(db: Session, subject: str, *, now: int) -> int | None:
    """Until when a subject is locked, if it is."""
    row = await db.one(
        "SELECT locked_until FROM account_lockouts WHERE subject = :subject AND locked_until > :now",
        subject=subject,
        now=now,
    )
    return int(row["locked_until"]) if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPerson:
    """Somebody who cannot sign in for a while; with `codes_only`, they can up to the second factor."""

    user_id: str
    email: str
    locked_until: int
    codes_only: bool


async def locked_people(db: Session, *, now: int, after: str = "", limit: int = 100) -> list[LockedPerson]:
    """The people who are locked, by id, from the one after `after`; in whichever browser."""
    rows = await db.all(
        """
        SELECT users.id, users.email, locked.locked_until, locked.passwords FROM users JOIN (
          SELECT CASE WHEN substr(subject, 1, 5) = 'user:' THEN substr(subject, 6, 36) ELSE substr(subject, 7, 36) END
                   AS user_id,
                 MAX(locked_until) AS locked_until,
                 SUM(CASE WHEN substr(subject, 1, 5) = 'user:' THEN 1 ELSE 0 END) AS passwords
          FROM account_lockouts
          WHERE locked_until > :now AND (substr(subject, 1, 5) = 'user:' OR substr(subject, 1, 6) = 'codes:')
          GROUP BY 1) locked ON locked.user_id = users.id
        WHERE users.id > :after ORDER BY users.id LIMIT :limit""",
        now=now,
        after=after,
        limit=limit,
    )
    return [
        LockedPerson(
            user_id=row["id"],
            email=row["email"],
            locked_until=row["locked_until"],
            codes_only=not row["passwords"],
        )
        for row in rows
    ]


async def note_failure(
    db: Session,
    *,
    id: str,
    user_id: str | None,
    identifier_hash: str,
    method: str,
    reason: str,
    ip_address: str | None,
    now: int,
) -> None:
    """Remember a sign-in that failed."""
    await db.run(
        """
        INSERT INTO failed_logins (id, user_id, identifier_hash, method, reason, ip_address, created_at)
        VALUES (:id, :user_id, :identifier_hash, :method, :reason, :ip_address, :now)""",
        id=id,
        user_id=user_id,
        identifier_hash=identifier_hash,
        method=method,
        reason=reason,
        ip_address=ip_address,
        now=now,
    )


async def failures_of_user(db: Session, user_id: str, *, since: int) -> int:
    """How many sign-ins of a person failed since then."""
    row = await db.one(
        "SELECT COUNT(*) AS failures FROM failed_logins WHERE user_id = :id AND created_at >= :since",
        id=user_id,
        since=since,
    )
    return int(row["failures"]) if row else 0


async def give_back(db: Session, subject: str) -> None:
    """Take one attempt off a counter that is not locked: it had succeeded, or was never made."""
    await db.run(
        """
        UPDATE account_lockouts SET attempts = attempts - 1
        WHERE subject = :subject AND attempts > 0 AND locked_until IS NULL""",
        subject=subject,
    )
