"""`/jobs`: work that goes on in the background."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, in_named_tenant, tenant_named
from hibana_op.api.shapes import Given, OfTenant, at, told_of
from hibana_op.provider import Provider
from hibana_op.records import jobs
from hibana_op.records.jobs import Job
from hibana_op.tenancy import background_work
from hibana_op.tenancy.access import Where

Status = Literal["waiting", "running", "done", "failed", "cancelled"]
_NEWEST = "~"  # after every id


class RowError(Given, frozen=True, kw_only=True):
    """What could not be done, and why."""

    id: str
    detail: str


class JobShown(Given, frozen=True, kw_only=True):
    """A job: how far it is in numbers, what could not be done, and what came of it."""

    id: str
    kind: str
    tenant_id: str | None
    created_by: str | None
    status: Status
    attempts: int
    progress: dict[str, Any]
    result: dict[str, Any]
    errors: list[RowError]
    failure: str | None
    run_at: datetime
    created_at: datetime
    finished_at: datetime | None


class JobsAsked(OfTenant, frozen=True, kw_only=True):
    """Which jobs."""

    kind: Annotated[str, Meta(max_length=100)] = ""
    status: Literal["", "waiting", "running", "done", "failed", "cancelled"] = ""


async def place(op: Provider, asked: Asked) -> Where:
    """The tenant of the job, or the deployment."""
    return Where(tenant_id=(await jobs.get(op.db, asked.id)).tenant_id)


def begun_by_caller(permission: str) -> Callable[[Provider, Asked], Awaitable[bool]]:
    """Whether the job is one that the caller asked for."""

    async def is_own(op: Provider, asked: Asked) -> bool:
        job = await jobs.find(op.db, asked.id)
        return job is not None and background_work.is_begun_by(asked.actor, job, permission)

    return is_own


async def list_jobs(op: Provider, asked: Asked) -> Page:
    """Jobs of the deployment, or of a tenant; the newest first."""
    query: JobsAsked = asked.query

    async def read(before: str, limit: int) -> list[Job]:
        return await jobs.page(
            op.db,
            tenant_id=tenant_named(asked),
            kind=query.kind,
            status=query.status,
            before=before or _NEWEST,
            limit=limit,
        )

    return await paging.page(op, query, read, of="jobs", key=lambda each: each.id, told=shown)


async def show(op: Provider, asked: Asked) -> JobShown:
    """One job."""
    return shown(await jobs.get(op.db, asked.id))


async def cancel(op: Provider, asked: Asked) -> JobShown:
    """End a job before it is done."""
    await background_work.cancel(op, asked.actor, asked.id, origin=asked.origin)
    return await show(op, asked)


def shown(job: Job) -> JobShown:
    """A job as it is told."""
    counts, result = dict(job.progress), dict(job.result)
    errors = counts.pop("errors", [])
    errors = result.pop("errors", errors)
    told: JobShown = told_of(
        job,
        JobShown,
        run_at=at(job.run_at),
        progress=counts,
        result=result,
        errors=[RowError(**each) for each in errors],
    )
    return told


OPERATIONS = (
    Operation(
        method="GET",
        path="/jobs",
        permission="jobs:read",
        summary="List work in the background, the newest first",
        handler=list_jobs,
        where=in_named_tenant,
        query=JobsAsked,
        gives=JobShown,
        is_list=True,
    ),
    Operation(
        method="GET",
        path="/jobs/{id}",
        permission="jobs:read",
        summary="Show how far a job is, and what came of it; whoever asked for it sees it, too",
        handler=show,
        where=place,
        is_own=begun_by_caller("jobs:read"),
        gives=JobShown,
    ),
    Operation(
        method="POST",
        path="/jobs/{id}/cancel",
        permission="jobs:cancel",
        summary="End a job; what is done already stays done. Whoever asked for it may, too",
        handler=cancel,
        where=place,
        is_own=begun_by_caller("jobs:cancel"),
        gives=JobShown,
    ),
)
