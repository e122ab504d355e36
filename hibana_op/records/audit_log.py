"""The record of what happened: append and read; no update, no delete; each row vouches for the one before."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

from hibana_op.records.row import as_columns, as_json, as_record
from hibana_op.storage.database import Database, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing that happened."""

    seq: int = 0
    id: str
    created_at: int
    action: str
    outcome: str
    actor_kind: str
    user_id: str | None
    user_reference: str | None = None
    client_id: str | None
    resource_type: str | None
    resource_id: str | None
    resource_reference: str | None = None
    ip_address: str | None
    user_agent: str | None
    trace_id: str | None
    metadata: dict[str, Any]
    hash: str = ""


def _keyed(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _covered(entry: AuditEntry, previous: str) -> str:
    erasable = entry.resource_type == "user"
    return as_json(
        [
            previous, entry.seq, entry.id, entry.created_at, entry.action, entry.outcome, entry.actor_kind,
            entry.user_reference, entry.client_id, entry.resource_type,
            entry.resource_reference if erasable else entry.resource_id,
            entry.ip_address, entry.user_agent, entry.trace_id, entry.metadata,
        ]
    )  # fmt: skip


async def append(db: Session, entry: AuditEntry, *, key: bytes) -> None:
    """Add an entry at the head of the chain. Last in its transaction: it holds the head until the commit."""
    head = await db.one("UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash")
    if head is None:
        raise LookupError("audit_head lost its row; the audit log cannot go on")
    is_person = entry.resource_type == "user" and entry.resource_id is not None
    numbered = replace(
        entry,
        seq=head["seq"],
        user_reference=_keyed(key, entry.user_id) if entry.user_id else None,
        resource_reference=_keyed(key, str(entry.resource_id)) if is_person else None,
    )
    digest = _keyed(key, _covered(numbered, head["hash"]))
    await db.run(
        """
        INSERT INTO audit_log (seq, id, created_at, action, outcome, actor_kind, user_id, user_reference, client_id,
                               resource_type, resource_id, resource_reference, ip_address, user_agent, trace_id,
                               metadata_json, hash)
        VALUES (:seq, :id, :created_at, :action, :outcome, :actor_kind, :user_id, :user_reference, :client_id,
                :resource_type, :resource_id, :resource_reference, :ip_address, :user_agent, :trace_id,
                :metadata_json, :hash)""",
        **{**as_columns(numbered), "hash": digest},
    )
    await db.run("UPDATE audit_head SET hash = :hash WHERE id = 1", hash=digest)


async def page(
    db: Session,
    *,
    before: int | None = None,
    limit: int = 100,
    action: str = "",
    user_id: str = "",
    client_id: str = "",
    since: int = 0,
) -> list[AuditEntry]:
    """Entries, the newest first, older than `before`."""
    rows = await db.all(
        """
        SELECT * FROM audit_log
        WHERE seq < :before AND created_at >= :since
          AND (:action = '' OR action = :action)
          AND (:user_id = '' OR user_id = :user_id)
          AND (:client_id = '' OR client_id = :client_id)
        ORDER BY seq DESC LIMIT :limit""",
        before=before if before is not None else 2**62,
        since=since,
        action=action,
        user_id=user_id,
        client_id=client_id,
        limit=limit,
    )
    return [as_record(AuditEntry, row) for row in rows]


async def forwards(db: Session, *, batch: int = 1000) -> AsyncIterator[AuditEntry]:
    """Every entry, the oldest first, a batch at a time."""
    seq = 0
    while True:
        rows = await db.all("SELECT * FROM audit_log WHERE seq > :seq ORDER BY seq LIMIT :batch", seq=seq, batch=batch)
        for row in rows:
            yield as_record(AuditEntry, row)
        if len(rows) < batch:
            return
        seq = rows[-1]["seq"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What walking the chain found; `fault` is None when it is whole."""

    entries: int
    fault: str | None


async def verify(db: Database, *, key: bytes) -> Verdict:
    """Walk the chain from the first entry: a changed, removed or reordered one is named by its number."""

    async def walk(tx: Session) -> Verdict:
        head = await tx.one("SELECT seq, hash FROM audit_head WHERE id = 1")
        previous, count = "", 0
        async for entry in forwards(tx):
            count += 1
            fault = _fault(entry, expected=count, previous=previous, key=key)
            if fault:
                return Verdict(entries=count, fault=fault)
            previous = entry.hash
        if head is None or head["seq"] != count or head["hash"] != previous:
            return Verdict(entries=count, fault=f"the newest entries are missing after number {count}")
        return Verdict(entries=count, fault=None)

    return await db.read(walk)


def _fault(entry: AuditEntry, *, expected: int, previous: str, key: bytes) -> str | None:
    if entry.seq != expected:
        return f"entry {expected} is missing"
    for value, reference in (
        (entry.user_id, entry.user_reference),
        (entry.resource_id if entry.resource_type == "user" else None, entry.resource_reference),
    ):
        if value is not None and (reference is None or not hmac.compare_digest(_keyed(key, value), reference)):
            return f"entry {entry.seq} names another person than it did"
    if not hmac.compare_digest(_keyed(key, _covered(entry, previous)), entry.hash):
        return f"entry {entry.seq} was changed, or one before it was removed or moved"
    return None


async def forget_person(db: Session, user_id: str) -> None:
    """Take an erased person's id out of the log; the chain covers a keyed reference and stays whole."""
    await db.run("UPDATE audit_log SET user_id = NULL WHERE user_id = :id", id=user_id)
    await db.run(
        "UPDATE audit_log SET resource_id = NULL WHERE resource_type = 'user' AND resource_id = :id",
        id=user_id,
    )
