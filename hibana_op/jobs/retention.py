"""Takes out what has been kept for as long as the deployment and its tenants chose: ninety days, if nobody chose."""

from typing import Any

from hibana_op.foundation.events import RecordsForgotten
from hibana_op.jobs.work import JobKind, Step
from hibana_op.provider import Provider
from hibana_op.records import retention, tenant_settings
from hibana_op.records.tenant_settings import Retention

DAY = 86400
DAYS = 90
EVERY = 3600


async def run(op: Provider, step: Step) -> dict[str, Any]:
    """One round; the longest choice of anybody counts, because the audit log is one chain for all."""
    choices = [tenant_settings.read(each).retention for each in await retention.every_settings(op.db)]
    audit_before = op.now() - DAY * _longest(choices, "audit_days")
    failed_before = op.now() - DAY * _longest(choices, "failed_login_days")
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


def _longest(choices: list[Retention], name: str) -> int:
    return max([days for each in choices if (days := getattr(each, name)) is not None], default=DAYS)


async def _until_none(op: Provider, step: Step, what: str, take_some: Any) -> int:
    gone = 0
    while some := await op.db.transact(take_some):
        gone += some
        await step.tell({what: gone})
    return gone


KIND = JobKind("retention", run, every=EVERY)
