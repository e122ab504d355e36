"""The same done to many people of the deployment at once, in the background."""

from collections.abc import Sequence
from typing import Any

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records.jobs import Job
from hibana_op.storage.database import Session
from hibana_op.tenancy import people, row_by_row
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, require
from hibana_op.tenancy.row_by_row import Tell

KIND = "people"
ACTIONS = {
    "suspend": ("users:suspend", people.suspend),
    "resume": ("users:suspend", people.resume),
    "delete": ("users:delete", people.erase),
}


async def ask(op: Provider, actor: Actor, action: str, user_ids: Sequence[str], *, origin: Origin) -> Job:
    """Have something done to many people."""
    if action not in ACTIONS:
        raise InvalidRecord(f"action must be one of {', '.join(ACTIONS)}")
    found = row_by_row.wanted("user_ids", user_ids)

    async def check(tx: Session, acting: Actor) -> None:
        require(acting, ACTIONS[action][0], IN_DEPLOYMENT)

    given = {"action": action, "user_ids": found}
    return await row_by_row.begin(op, actor, KIND, given, total=len(found), check=check, origin=origin)


async def run(op: Provider, job: Job, *, origin: Origin, tell: Tell) -> dict[str, Any]:
    """Do it person by person."""
    _, change = ACTIONS[job.input["action"]]

    async def act(actor: Actor, user_id: str, acting: Origin) -> None:
        await change(op, actor, user_id, origin=acting)

    return await row_by_row.run(op, job, job.input["user_ids"], act, origin=origin, tell=tell)
