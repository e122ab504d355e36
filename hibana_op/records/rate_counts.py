"""How often something was done from one place within a stretch of time, counted for all workers together."""

from dataclasses import dataclass

from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True)
class Count:
    """How many times it was, this one included, and how long until counting begins anew."""

    times: int
    seconds_left: int


async def count(db: Session, subject: str, *, seconds: int, now: int) -> Count:
    """Count one more time."""
    row = await db.one(
        """
        INSERT INTO rate_counts (subject, count, counted_from) VALUES (:subject, 1, :now)
        ON CONFLICT (subject) DO UPDATE SET
          count = CASE WHEN rate_counts.counted_from <= :start THEN 1 ELSE rate_counts.count + 1 END,
          counted_from = CASE WHEN rate_counts.counted_from <= :start THEN :now ELSE rate_counts.counted_from END
        RETURNING count, counted_from""",
        subject=subject,
        now=now,
        start=now - seconds,
    )
    times, counted_from = (row["count"], row["counted_from"]) if row else (1, now)
    return Count(times, max(counted_from + seconds - now, 1))
