"""The same done to many people at once, in the background; the right to each is asked for when it is done."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from hibana_op.foundation.errors import InvalidRecord, Refusal
from hibana_op.foundation.events import JobCreated
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import clients, jobs, users
from hibana_op.records.jobs import Job
from hibana_op.records.roles import Granted
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors, machines, people
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, require

KIND = "people"
MOST = 1000
ACTIONS = {
    "suspend": ("users:suspend", people.suspend),
    "resume": ("users:suspend", people.resume),
    "delete": ("users:delete", people.erase),
}

Tell = Callable[[dict[str, Any]], Awaitable[None]]


async def ask(op: Provider, actor: Actor, action: str, user_ids: Sequence[str], *, origin: Origin) -> Job:
    """Have something done to many people; who asks is kept with what they hold now, which may only become less."""
    if action not in ACTIONS:
        raise InvalidRecord(f"action must be one of {', '.join(ACTIONS)}")
    wanted = list(dict.fromkeys(user_ids))
    if not 1 <= len(wanted) <= MOST:
        raise InvalidRecord(f"user_ids must be 1 to {MOST} people")
    now = op.now()
    job = Job(
        id=uuid7(),
        kind=KIND,
        created_by=actor.user_id,
        input={"action": action, "user_ids": wanted, "asked_by": _kept(actor)},
        progress={"total": len(wanted), "done": 0, "failed": 0, "errors": []},
        run_at=now,
        created_at=now,
    )

    async def write(tx: Session) -> None:
        require(await actors.renewed(tx, actor, now=now), ACTIONS[action][0], IN_DEPLOYMENT)
        await jobs.insert(tx, job)
        await op.emit(tx, JobCreated(target_id=job.id, kind=KIND), origin)

    await op.db.transact(write)
    return job


async def run(op: Provider, job: Job, *, origin: Origin, tell: Tell) -> dict[str, Any]:
    """Do it person by person, from where a worker before left off; one who cannot be changed does not stop the rest."""
    _, act = ACTIONS[job.input["action"]]
    ids, told = job.input["user_ids"], dict(job.progress)
    errors = list(told["errors"])
    for user_id in ids[told["done"] + told["failed"] :]:
        actor = await _acting(op, job.input["asked_by"])
        try:
            acting = replace(origin, user_id=actor.user_id, client_id=actor.client_id)
            await act(op, actor, user_id, origin=acting)
            told["done"] += 1
        except Refusal as refusal:
            told["failed"] += 1
            errors.append({"id": user_id, "detail": str(refusal).replace("_", " ")})
        told["errors"] = errors
        await tell(told)
    return told


def _kept(actor: Actor) -> dict[str, Any]:
    return {
        "user_id": actor.user_id,
        "client_id": actor.client_id,
        "tenant_id": actor.tenant_id,
        "ceiling": actor.ceiling,
        "granted": [asdict(each) for each in actor.granted],
        "is_command": actor.is_command,
    }


async def _acting(op: Provider, kept: dict[str, Any]) -> Actor:
    """Who asked, with nothing in their hands if they are suspended or gone, or a machine that was shut out since."""
    ceiling = kept["ceiling"]
    granted = [Granted(**{**each, "permissions": tuple(each["permissions"])}) for each in kept["granted"]]
    return Actor(
        catalogue=await op.remembered.catalogue(),
        user_id=kept["user_id"],
        client_id=kept["client_id"],
        tenant_id=kept["tenant_id"],
        ceiling=None if ceiling is None else tuple(ceiling),
        granted=tuple(granted) if await _may_act(op, kept) else (),
        is_command=kept["is_command"],
    )


async def _may_act(op: Provider, kept: dict[str, Any]) -> bool:
    if kept["user_id"] is not None:
        user = await users.find(op.db, kept["user_id"])
        return user is not None and user.is_active
    if kept["client_id"] is None:
        return False
    client = await clients.find_usable(op.db, kept["client_id"])
    return client is not None and await machines.reaches_own_api(op.db, client)
