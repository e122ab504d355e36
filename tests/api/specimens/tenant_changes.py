"""`/tenant-changes`: one that is left alone, one to approve and one to reject."""

from typing import Any

from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from hibana_op.records import tenant_changes
from hibana_op.records.tenant_changes import TenantChange
from tests.api.specimens import Side, Specimen


async def seed(op: Provider, side: Side) -> None:
    """Three changes that wait."""
    for name in ("tenant-change", "tenant-change-approved", "tenant-change-rejected"):
        change = TenantChange(
            id=uuid7(),
            tenant_id=side.tenant_id,
            action_type="updated",
            old_values={"company_size": None},
            new_values={"company_size": None},
            reason=side.canary,
            status="waiting",
            approval_required=True,
            created_at=op.now(),
        )
        side.ids[name] = change.id
        await op.db.transact(lambda tx, change=change: tenant_changes.insert(tx, change))  # type: ignore[misc]


def waiting(side: Side) -> dict[str, Any]:
    """What waits in the tenant."""
    return {"tenant_id": side.tenant_id, "status": "waiting"}


SPECIMENS = {
    ("GET", "/tenant-changes"): Specimen(of_tenant=False, query=waiting),
    ("GET", "/tenant-changes/{id}"): Specimen(of_tenant=False, path={"id": "tenant-change"}),
    ("POST", "/tenant-changes/{id}/approve"): Specimen(of_tenant=False, path={"id": "tenant-change-approved"}),
    ("POST", "/tenant-changes/{id}/reject"): Specimen(of_tenant=False, path={"id": "tenant-change-rejected"}),
}
