"""What administrators do with work in the background: end it before it is done."""

from hibana_op.foundation.errors import Conflict
from hibana_op.foundation.events import JobCancelled
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import jobs
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import Actor, Where, require


async def cancel(op: Provider, actor: Actor, job_id: str, *, origin: Origin) -> None:
    """End a job; what is done already stays done."""

    async def write(tx: Session) -> None:
        now = op.now()
        job = await jobs.get(tx, job_id)
        acting = await actors.renewed(tx, actor, now=now)
        require(acting, "jobs:cancel", Where(tenant_id=job.tenant_id))
        if not await jobs.cancel(tx, job_id, now=now):
            raise Conflict("the job has ended already")
        await op.emit(tx, JobCancelled(target_id=job.id, tenant_id=job.tenant_id, kind=job.kind), origin)

    await op.db.transact(write)
