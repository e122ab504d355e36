"""`/jobs`."""

from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from hibana_op.records import jobs
from hibana_op.records.jobs import Job
from tests.api.specimens import Side, Specimen, of_tenant


async def seed(op: Provider, side: Side) -> None:
    """Work that is the tenant's."""
    told = {"about": side.canary}
    job = Job(
        id=uuid7(),
        kind="people",
        tenant_id=side.tenant_id,
        progress=told,
        run_at=op.now() + 3600,
        created_at=op.now(),
    )
    await op.db.transact(lambda tx: jobs.insert(tx, job))
    side.ids["job"] = job.id


ONE = {"id": "job"}
SPECIMENS = {
    ("GET", "/jobs"): Specimen(of_tenant=True, query=of_tenant),
    ("GET", "/jobs/{id}"): Specimen(of_tenant=True, path=ONE),
    ("POST", "/jobs/{id}/cancel"): Specimen(of_tenant=True, path=ONE),
}
