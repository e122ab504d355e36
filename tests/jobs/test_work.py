"""Work that rests in the database: leased by one worker, taken over when that one dies, told how far it is."""

import asyncio
from typing import Any

from hibana_op.foundation.errors import Refusal
from hibana_op.foundation.ids import uuid7
from hibana_op.jobs.work import JobKind, Step, plan, work_once
from hibana_op.provider import Provider
from hibana_op.records import jobs
from hibana_op.records.jobs import Job
from tests.jobs.house import House


async def counted(op: Provider, step: Step) -> dict[str, Any]:
    """Counts to the number that it is given."""
    for number in range(1, step.job.input["to"] + 1):
        await step.tell({"done": number})
    return {"counted": step.job.input["to"]}


async def refused(op: Provider, step: Step) -> dict[str, Any]:
    raise Refusal("this cannot be counted")


COUNT = JobKind("count", counted)
KINDS = {"count": COUNT, "refused": JobKind("refused", refused)}


async def queued(op: Provider, kind: str = "count", **given: Any) -> str:
    job = Job(id=uuid7(), kind=kind, input=given, run_at=op.now(), created_at=op.now())
    await op.db.transact(lambda tx: jobs.insert(tx, job))
    return job.id


async def found(op: Provider, job_id: str) -> Job:
    job = await jobs.find(op.db, job_id)
    assert job is not None
    return job


async def test_a_job_is_done_and_says_what_came_of_it(house: House) -> None:
    op = house.op
    job_id = await queued(op, to=3)

    assert await work_once(op, KINDS)
    assert not await work_once(op, KINDS)

    done = await found(op, job_id)
    assert (done.status, done.progress, done.result) == ("done", {"done": 3}, {"counted": 3})
    assert done.finished_at == op.now()


async def test_a_job_that_is_refused_fails_at_once_with_the_reason(house: House) -> None:
    op = house.op
    job_id, unknown = await queued(op, "refused"), await queued(op, "unheard-of")

    assert await work_once(op, KINDS)
    assert await work_once(op, KINDS)

    assert ((await found(op, job_id)).status, (await found(op, job_id)).failure) == ("failed", "this cannot be counted")
    assert (await found(op, unknown)).failure == "there is no work of the kind unheard-of"


async def test_an_error_is_tried_again_later_and_given_up_in_the_end(house: House) -> None:
    op = house.op
    job_id = await queued(op)  # without a number to count to

    for attempt in range(jobs.MOST_ATTEMPTS):
        assert await work_once(op, KINDS)
        assert not await work_once(op, KINDS), "it waits"
        assert (await found(op, job_id)).status == "waiting"
        house.clock.advance(30 * 2**attempt)
    assert await work_once(op, KINDS)

    assert (await found(op, job_id)).status == "failed"
    assert (await found(op, job_id)).failure == "an error inside the server"


async def test_T06_each_job_has_one_worker_however_many_ask(house: House) -> None:
    op = house.op
    ids = {await queued(op, to=1) for _ in range(5)}

    async def ask(number: int) -> Job | None:
        return await op.db.transact(lambda tx: jobs.take(tx, lease=f"worker {number}", now=op.now()))

    taken = [job for job in await asyncio.gather(*(ask(number) for number in range(20))) if job]
    while (job := await ask(99)) is not None:
        taken.append(job)

    assert len(taken) == len(ids)
    assert {job.id for job in taken} == ids


async def test_T04_a_job_whose_worker_died_is_taken_over_and_the_dead_one_changes_nothing(
    house: House,
) -> None:
    op = house.op
    await queued(op, to=1)
    dead = await op.db.transact(lambda tx: jobs.take(tx, lease="dead", now=op.now()))
    assert dead is not None
    assert not await work_once(op, KINDS)
    house.clock.advance(jobs.LEASE_SECONDS)

    assert await work_once(op, KINDS)

    assert not await op.db.transact(lambda tx: jobs.note_progress(tx, dead, {"done": 0}, now=op.now()))
    assert not await op.db.transact(lambda tx: jobs.finish(tx, dead, status="failed", now=op.now()))
    assert (await found(op, dead.id)).status == "done"


async def test_a_job_that_is_cancelled_stops_at_its_next_step(house: House) -> None:
    op = house.op

    async def cancelled(provider: Provider, step: Step) -> dict[str, Any]:
        assert await provider.db.transact(lambda tx: jobs.cancel(tx, step.job.id, now=provider.now()))
        return await counted(provider, step)

    job_id = await queued(op, to=3)
    assert await work_once(op, {"count": JobKind("count", cancelled)})

    ended = await found(op, job_id)
    assert (ended.status, ended.progress, ended.result) == ("cancelled", {}, {})
    assert not await op.db.transact(lambda tx: jobs.cancel(tx, job_id, now=op.now()))


async def test_what_comes_back_by_itself_waits_once_and_comes_back_in_time(house: House) -> None:
    op = house.op
    runs = []

    async def note(provider: Provider, step: Step) -> dict[str, Any]:
        runs.append(provider.now())
        return {}

    kinds = {"hourly": JobKind("hourly", note, every=3600)}
    begin = op.now()
    for _ in range(3):
        await asyncio.gather(*(plan(op, kinds) for _ in range(4)))
        while await work_once(op, kinds):
            pass
        house.clock.advance(1800)

    await plan(op, kinds)
    assert runs == [begin, begin + 3600]
    assert len(await jobs.page(op.db, kind="hourly")) == 3, "two are done, and the next one waits"
