"""Long work that does the same to one after another; the right to each is asked for when it is done."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from hibana_op.foundation.errors import InvalidRecord, Refusal
from hibana_op.foundation.events import JobCreated
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import jobs
from hibana_op.records.jobs import Job
from hibana_op.records.roles import Granted
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import Actor

MOST = 1000

Act = Callable[[Actor, str, Origin], Awaitable[object]]
Check = Callable[[Session, Actor], Awaitable[None]]
Tell = Callable[[dict[str, Any]], Awaitable[None]]
WasDone = Callable[[str], Awaitable[bool]]


def wanted(name: str, rows: Sequence[str]) -> list[str]:
    """Each of them once; InvalidRecord, unless they are as many as one job may be about."""
    once = list(dict.fromkeys(rows))
    if not 1 <= len(once) <= MOST:
        raise InvalidRecord(f"{name} must be 1 to {MOST}")
    return once


async def begin(
    op: Provider,
    actor: Actor,
    kind: str,
    given: dict[str, Any],
    *,
    total: int,
    check: Check,
    origin: Origin,
    tenant_id: str | None = None,
) -> Job:
    """Have work done; who asks is kept with what they hold now, which may only become less.

    `check` refuses at once what could not be done to any.
    """
    now = op.now()
    job = Job(
        id=uuid7(),
        kind=kind,
        tenant_id=tenant_id,
        created_by=actor.user_id,
        input={**given, "asked_by": _kept(actor)},
        progress={"total": total, "done": 0, "failed": 0, "errors": []},
        run_at=now,
        created_at=now,
    )

    async def write(tx: Session) -> None:
        await check(tx, await actors.renewed(tx, actor, now=now))
        await jobs.insert(tx, job)
        await op.emit(tx, JobCreated(target_id=job.id, tenant_id=tenant_id, kind=kind), origin)

    await op.db.transact(write)
    return job


async def run(
    op: Provider,
    job: Job,
    rows: Sequence[str],
    act: Act,
    *,
    origin: Origin,
    tell: Tell,
    was_done: WasDone | None = None,
) -> dict[str, Any]:
    """Do it to one after another, from where a worker before left off; one that cannot be done stops no other.

    `was_done`: whether a worker had done this one when it died, before it could say so.
    """
    told = dict(job.progress)
    errors, begun_at = list(told["errors"]), told["done"] + told["failed"]
    in_doubt = was_done if job.attempts > 1 else None
    for at, row in enumerate(rows[begun_at:]):
        actor = await _acting(op, job.input["asked_by"])
        try:
            if not (at == 0 and in_doubt and await in_doubt(row)):
                await act(actor, row, replace(origin, user_id=actor.user_id, client_id=actor.client_id))
            told["done"] += 1
        except Refusal as refusal:
            told["failed"] += 1
            errors.append({"id": row, "detail": str(refusal).replace("_", " ")})
        told["errors"] = errors
        await tell(told)
    return told


def _kept(actor: Actor) -> dict[str, Any]:
    return {
        "user_id": actor.user_id,
        "client_id": actor.client_id,
        "tenant_id": actor.tenant_id,
        "ceiling": actor.ceiling,
        "key_id": actor.key_id,
        "granted": [asdict(each) for each in actor.granted],
        "is_command": actor.is_command,
    }


async def _acting(op: Provider, kept: dict[str, Any]) -> Actor:
    """Who asked, with what they held then; each rule asks what is left of it when it is done."""
    ceiling = kept["ceiling"]
    granted = [Granted(**{**each, "permissions": tuple(each["permissions"])}) for each in kept["granted"]]
    return Actor(
        catalogue=await op.remembered.catalogue(),
        user_id=kept["user_id"],
        client_id=kept["client_id"],
        tenant_id=kept["tenant_id"],
        ceiling=None if ceiling is None else tuple(ceiling),
        key_id=kept["key_id"],
        granted=tuple(granted),
        is_command=kept["is_command"],
    )
