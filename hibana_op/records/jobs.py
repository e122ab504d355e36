"""Work in the background: rows that workers lease, so that each piece is done by one of them at a time."""

from dataclasses import dataclass, field
from typing import Any

from hibana_op.foundation.errors import NotFound
from hibana_op.records.row import as_columns, as_json, as_record, as_record_or_none, insert_into
from hibana_op.storage.database import Session

LEASE_SECONDS = 60
MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of work, how far it is, and what came of it."""

    id: str
    kind: str
    repeats: bool = False
    tenant_id: str | None = None
    created_by: str | None = None
    status: str = "waiting"
    input: dict[str, Any] = field(default_factory=dict)
    progress: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] = field(default_factory=dict)
    failure: str | None = None
    attempts: int = 0
    run_at: int
    leased_until: int | None = None
    lease: str | None = None
    created_at: int
    finished_at: int | None = None


_INSERT = insert_into("jobs", Job)


async def insert(db: Session, job: Job) -> None:
    """Have something done."""
    await db.run(_INSERT, **as_columns(job))


async def insert_once(db: Session, job: Job) -> bool:
    """Have something done that comes back by itself, unless it waits already."""
    return await db.run(f"{_INSERT} ON CONFLICT DO NOTHING", **as_columns(job)) > 0


async def last_time(db: Session, kind: str) -> int | None:
    """When work that comes back by itself was last due, or is due next."""
    row = await db.one("SELECT MAX(run_at) AS run_at FROM jobs WHERE kind = :kind AND repeats", kind=kind)
    return row["run_at"] if row else None


async def is_waiting(db: Session, kind: str) -> bool:
    """Whether work that comes back by itself waits or runs."""
    row = await db.one("SELECT id FROM jobs WHERE kind = :kind AND finished_at IS NULL AND repeats", kind=kind)
    return row is not None


async def find(db: Session, job_id: str) -> Job | None:
    """The job with this id."""
    return as_record_or_none(Job, await db.one("SELECT * FROM jobs WHERE id = :id", id=job_id))


async def get(db: Session, job_id: str) -> Job:
    """The same, or NotFound."""
    job = await find(db, job_id)
    if job is None:
        raise NotFound(f"no job has the id {job_id}")
    return job


async def page(
    db: Session, *, tenant_id: str | None = None, kind: str = "", status: str = "", before: str = "~", limit: int = 50
) -> list[Job]:
    """Jobs, the newest first; with a tenant, those of that tenant."""
    rows = await db.all(
        """
        SELECT * FROM jobs
        WHERE id < :before AND (:tenant_id = '' OR tenant_id = :tenant_id)
          AND (:kind = '' OR kind = :kind) AND (:status = '' OR status = :status)
        ORDER BY id DESC LIMIT :limit""",
        before=before,
        tenant_id=tenant_id or "",
        kind=kind,
        status=status,
        limit=limit,
    )
    return [as_record(Job, row) for row in rows]


async def take(db: Session, *, lease: str, now: int) -> Job | None:
    """Lease the job that is due first; one whose worker died comes back when its lease has run out."""
    row = await db.one(
        """
        UPDATE jobs SET status = 'running', lease = :lease, leased_until = :until, attempts = attempts + 1
        WHERE finished_at IS NULL AND run_at <= :now AND (leased_until IS NULL OR leased_until <= :now)
          AND id = (SELECT id FROM jobs
                    WHERE finished_at IS NULL AND run_at <= :now AND (leased_until IS NULL OR leased_until <= :now)
                    ORDER BY run_at, id LIMIT 1)
        RETURNING *""",
        lease=lease,
        until=now + LEASE_SECONDS,
        now=now,
    )
    return as_record_or_none(Job, row)


async def note_progress(db: Session, job: Job, progress: dict[str, Any], *, now: int) -> bool:
    """Say how far a job is, and keep it; False when it was cancelled or another worker has it."""
    return (
        await db.run(
            """
            UPDATE jobs SET progress_json = :progress, leased_until = :until
            WHERE id = :id AND lease = :lease AND finished_at IS NULL""",
            id=job.id,
            lease=job.lease,
            progress=as_json(progress),
            until=now + LEASE_SECONDS,
        )
        > 0
    )


async def finish(
    db: Session, job: Job, *, status: str, now: int, result: dict[str, Any] | None = None, failure: str | None = None
) -> bool:
    """Say how a job ended, and forget what it was about; False when it is not this worker's any more."""
    return (
        await db.run(
            """
            UPDATE jobs SET status = :status, result_json = :result, failure = :failure, finished_at = :now,
              leased_until = NULL, input_json = '{}'
            WHERE id = :id AND lease = :lease AND finished_at IS NULL""",
            id=job.id,
            lease=job.lease,
            status=status,
            result=as_json(result or {}),
            failure=failure,
            now=now,
        )
        > 0
    )


async def put_back(db: Session, job: Job, *, run_at: int, failure: str) -> bool:
    """Have a job that failed tried again later."""
    return (
        await db.run(
            """
            UPDATE jobs SET status = 'waiting', run_at = :run_at, failure = :failure, lease = NULL, leased_until = NULL
            WHERE id = :id AND lease = :lease AND finished_at IS NULL""",
            id=job.id,
            lease=job.lease,
            run_at=run_at,
            failure=failure,
        )
        > 0
    )


async def cancel_all(db: Session, *, now: int) -> int:
    """End what was asked for and waits or runs; what comes back by itself stays. How many ended."""
    return await db.run(
        """
        UPDATE jobs SET status = 'cancelled', finished_at = :now, leased_until = NULL, input_json = '{}'
        WHERE finished_at IS NULL AND NOT repeats""",
        now=now,
    )


async def cancel(db: Session, job_id: str, *, now: int) -> bool:
    """End a job that has not ended, and forget what it was about; its worker notices at its next step."""
    return (
        await db.run(
            """
            UPDATE jobs SET status = 'cancelled', finished_at = :now, leased_until = NULL, input_json = '{}'
            WHERE id = :id AND finished_at IS NULL""",
            id=job_id,
            now=now,
        )
        > 0
    )
