"""Does the work that rests in the database, a piece at a time; whoever dies over one leaves it to the next."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hibana_op.foundation.errors import Busy, Refusal
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import jobs
from hibana_op.records.jobs import Job

INTERVAL = 2
_LATER = 30  # seconds until the second try; each one after that waits twice as long

_log = logging.getLogger(__name__)


class NoLongerOurs(Exception):
    """The job was cancelled, or another worker has taken it over."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a piece of work is handed: the job, and how to say how far it is."""

    job: Job
    origin: Origin
    tell: Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of work: `run` gives the result. `every` is set for what comes back by itself, in seconds."""

    name: str
    run: Callable[[Provider, Step], Awaitable[dict[str, Any]]]
    every: int | None = None


async def work(op: Provider, kinds: Mapping[str, JobKind]) -> None:
    """Do what is due, until cancelled."""
    while True:
        try:
            await plan(op, kinds)
            while await work_once(op, kinds):
                pass
        except Busy:
            _log.info("the database is busy; background work waits for the next round")
        except Exception:
            _log.exception("background work failed; it will be tried again")
        await asyncio.sleep(INTERVAL)


async def plan(op: Provider, kinds: Mapping[str, JobKind]) -> None:
    """See to it that what comes back by itself waits for its next time."""
    for kind in kinds.values():
        if kind.every is not None and not await jobs.is_waiting(op.db, kind.name):
            now, last = op.now(), await jobs.last_time(op.db, kind.name)
            run_at = now if last is None else max(now, last + kind.every)
            again = Job(id=uuid7(), kind=kind.name, repeats=True, run_at=run_at, created_at=now)
            await op.db.transact(lambda tx, again=again: jobs.insert_once(tx, again))  # type: ignore[misc]


async def work_once(op: Provider, kinds: Mapping[str, JobKind]) -> bool:
    """Do the job that is due first; False when there is none."""
    lease = secrets.token_hex(16)
    job = await op.db.transact(lambda tx: jobs.take(tx, lease=lease, now=op.now()))
    if job is None:
        return False
    if job.attempts > jobs.MOST_ATTEMPTS:
        failure = job.failure or "every worker that began it died over it"
        await op.db.transact(lambda tx: jobs.finish(tx, job, status="failed", failure=failure, now=op.now()))
        return True
    await op.remembered.catch_up()  # mails say what the deployment calls itself now
    await _do(op, job, kinds.get(job.kind))
    return True


async def _do(op: Provider, job: Job, kind: JobKind | None) -> None:
    async def tell(progress: dict[str, Any]) -> None:
        if not await op.db.transact(lambda tx: jobs.note_progress(tx, job, progress, now=op.now())):
            raise NoLongerOurs

    try:
        if kind is None:
            raise Refusal(f"there is no work of the kind {job.kind}")  # noqa: TRY301 -- the way every failure goes
        result = await kind.run(op, Step(job, Origin(None, None, uuid7()), tell))
    except NoLongerOurs:
        _log.info("job %s was cancelled or taken over", job.id)
    except Refusal as refusal:  # trying again would not help
        reason = str(refusal)
        await op.db.transact(lambda tx: jobs.finish(tx, job, status="failed", failure=reason, now=op.now()))
    except Exception:
        _log.exception("job %s failed and will be tried again", job.id)
        later = op.now() + _LATER * 2 ** (job.attempts - 1)
        await op.db.transact(lambda tx: jobs.put_back(tx, job, run_at=later, failure="an error inside the server"))
    else:
        await op.db.transact(lambda tx: jobs.finish(tx, job, status="done", result=result, now=op.now()))
