"""The audit log taken out of the database, one JSON object a line."""

import dataclasses
from typing import Any, BinaryIO

from hibana_op.foundation.events import AuditExported
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import audit_search
from hibana_op.records.audit_log import AuditEntry
from hibana_op.records.audit_search import Wanted
from hibana_op.records.row import as_json


async def export(op: Provider, stream: BinaryIO, *, wanted: Wanted, origin: Origin) -> int:
    """Write the entries that are wanted, the oldest first, as JSON lines; how many there were."""
    count = 0
    async for batch in audit_search.forwards(op.db, wanted, up_to=audit_search.NEWEST):
        for entry in batch:
            stream.write(as_json(as_members(entry)).encode() + b"\n")
        count += len(batch)
    stream.flush()
    event = AuditExported(entries=count, tenant_id=wanted.tenant_id or None)
    await op.db.transact(lambda tx: op.emit(tx, event, origin))
    return count


def as_members(entry: AuditEntry) -> dict[str, Any]:
    """An entry as JSON has it: every column, so that a copy can be checked against the log."""
    return dataclasses.asdict(entry)
