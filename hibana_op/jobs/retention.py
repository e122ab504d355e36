"""Takes out what has been kept for as long as the deployment and its tenants chose: ninety days, if it did not."""

from typing import Any

from hibana_op.foundation.events import RecordsForgotten
from hibana_op.jobs.work import JobKind, Step
from hibana_op.provider import Provider
from hibana_op.records import retention, tenant_settings
from hibana_op.records.tenant_settings import Retention
from hibana_op.records.tenants import SYSTEM

DAY = 86400
DAYS = 90
EVERY = 3600


async def run(op: Provider, step: Step) -> dict[str, Any]:
    """One round; the audit log is one chain for all, so the longest choice counts and no tenant shortens it."""
    settings = await retention.every_settings(op.db)
    choices = {tenant: tenant_settings.read(each).retention for tenant, each in settings.items()}
    own = choices.pop(SYSTEM, Retention())
    audit_before = op.now() - DAY * max([own.audit_days or DAYS, *(each.audit_days or 0 for each in choices.values())])
    failed_before = op.now() - DAY * (own.failed_login_days or DAYS)
    failures = await _until_none(
        op, step, "failed_logins", lambda tx: retention.forget_failed_logins(tx, before=failed_before)
    )
    entries = await _until_none(
        op, step, "audit_entries", lambda tx: retention.trim_audit_log(tx, before=audit_before, key=op.audit_key)
    )
    if entries or failures:
        event = RecordsForgotten(audit_entries=entries, failed_logins=failures)
        await op.db.transact(lambda tx: op.emit(tx, event, step.origin))
    return {"audit_entries": entries, "failed_logins": failures}


async def _until_none(op: Provider, step: Step, what: str, take_some: Any) -> int:
    gone = 0
    while some := await op.db.transact(take_some):
        gone += some
        await step.tell({what: gone})
    return gone


KIND = JobKind("retention", run, every=EVERY)
