"""Work in the background: whose it is, and its end before it is done."""

from hibana_op.foundation.errors import Conflict
from hibana_op.foundation.events import JobCancelled
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import jobs
from hibana_op.records.jobs import Job
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import Actor, Where, is_within, require


def is_begun_by(actor: Actor, job: Job, permission: str) -> bool:
    """Whether somebody asked for this work: they follow it and end it, as long as they have to do with where it is."""
    if actor.user_id is None or actor.user_id != job.created_by:
        return False
    is_there = any(each.permissions and each.tenant_id in (None, job.tenant_id) for each in actor.granted)
    return is_there and is_within(actor, permission, Where(tenant_id=job.tenant_id))


async def cancel(op: Provider, actor: Actor, job_id: str, *, origin: Origin) -> None:
    """End a job; what is done already stays done."""

    async def write(tx: Session) -> None:
        now = op.now()
        job = await jobs.get(tx, job_id)
        acting = await actors.renewed(tx, actor, now=now)
        if not is_begun_by(acting, job, "jobs:cancel"):
            require(acting, "jobs:cancel", Where(tenant_id=job.tenant_id))
        if not await jobs.cancel(tx, job_id, now=now):
            raise Conflict("the job has ended already")
        await op.emit(tx, JobCancelled(target_id=job.id, tenant_id=job.tenant_id, kind=job.kind), origin)

    await op.db.transact(write)
