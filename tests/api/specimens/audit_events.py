"""`/audit-events`: something that happened in the side's tenant."""

from typing import Any

from hibana_op.foundation.events import ApiKeyRevoked
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import audit_search
from hibana_op.records.audit_search import Wanted
from tests.api.specimens import Side, Specimen, of_tenant


async def seed(op: Provider, side: Side) -> None:
    """An event with words of the side."""
    event = ApiKeyRevoked(user_id=side.admin.id, tenant_id=side.tenant_id, target_id=side.canary, prefix=side.canary)
    await op.db.transact(lambda tx: op.emit(tx, event, Origin(None, side.canary, side.canary)))
    found = await audit_search.page(op.db, Wanted(tenant_id=side.tenant_id), limit=1)
    side.ids["audit-event"] = found[0].id


def a_few(side: Side) -> dict[str, Any]:
    """The last entries."""
    return {"last": 5}


SPECIMENS = {
    ("GET", "/audit-events"): Specimen(of_tenant=True, query=of_tenant),
    ("GET", "/audit-events/export"): Specimen(of_tenant=True, query=of_tenant),
    ("GET", "/audit-events/verification"): Specimen(of_tenant=False, query=a_few),
    ("GET", "/audit-events/{id}"): Specimen(of_tenant=True, path={"id": "audit-event"}),
}
