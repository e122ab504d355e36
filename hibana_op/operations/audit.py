"""The audit log taken out of the database, one JSON object a line."""

import dataclasses
from typing import Any, BinaryIO

from hibana_op.foundation.events import AuditExported
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import audit_log
from hibana_op.records.audit_log import AuditEntry
from hibana_op.records.row import as_json


async def export(op: Provider, stream: BinaryIO, *, since: int, origin: Origin) -> int:
    """Write every entry since a time, the oldest first, as JSON lines; how many there were."""
    count = 0
    async for entry in audit_log.forwards(op.db):
        if entry.created_at >= since:
            stream.write(as_json(as_members(entry)).encode() + b"\n")
            count += 1
    stream.flush()
    await op.db.transact(lambda tx: op.emit(tx, AuditExported(entries=count), origin))
    return count


def as_members(entry: AuditEntry) -> dict[str, Any]:
    """An entry as JSON has it: every column, so that a copy can be checked against the log."""
    return dataclasses.asdict(entry)
