"""The record of what happened: append and read; no update, no delete; each row vouches for the one before."""

import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from hibana_op.records.row import as_columns, as_json, as_record
from hibana_op.storage.database import Database, HeldRow, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing that happened. `impersonator_id`: who did it as the person of `user_id`."""

    seq: int = 0
    id: str
    created_at: int
    action: str
    outcome: str
    actor_kind: str
    user_id: str | None
    user_reference: str | None = None
    impersonator_id: str | None = None
    impersonator_reference: str | None = None
    client_id: str | None
    tenant_id: str | None = None
    resource_type: str | None
    resource_id: str | None
    resource_reference: str | None = None
    ip_address: str | None
    user_agent: str | None
    trace_id: str | None
    metadata: dict[str, Any]
    hash: str = ""


def base_proof(key: bytes, seq: int, hash: str) -> str:
    """What shows that the log may begin after an entry: only the key makes it."""
    return _keyed(key, as_json(["the log begins after", seq, hash]))


def _keyed(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()


def _covered(entry: dict[str, Any], previous: str) -> str:
    """What an entry's hash vouches for; a person's id only through its keyed reference."""
    is_person = entry["resource_type"] == "user"
    return as_json(
        [
            previous,
            *_covered_columns(entry),
            entry["resource_reference"] if is_person else entry["resource_id"],
            # Entries from before there were tenants are covered as they were.
            *([entry["tenant_id"]] if entry["tenant_id"] is not None else []),
            *(["by", entry["impersonator_reference"]] if entry["impersonator_reference"] is not None else []),
        ]
    )


_covered_columns = itemgetter(
    *("seq", "id", "created_at", "action", "outcome", "actor_kind", "user_reference", "client_id", "resource_type"),
    *("ip_address", "user_agent", "trace_id", "metadata_json"),
)


_HEAD = HeldRow(
    read="SELECT seq, hash FROM audit_head WHERE id = 1",
    write="UPDATE audit_head SET seq = :seq, hash = :hash WHERE id = 1",
)


# Done by a person, or to them.
OF_PERSON = "(user_id = :user_id OR (resource_id = :user_id AND resource_type = 'user'))"


async def append(db: Session, entry: AuditEntry, *, key: bytes) -> None:
    """Add an entry at the head of the chain. Last in its transaction: it holds the head until the commit."""
    head = await db.hold(_HEAD)
    if head is None:
        raise LookupError("audit_head lost its row; the audit log cannot go on")
    columns = linked(entry, seq=head["seq"] + 1, previous=head["hash"], key=key)
    await db.run(
        """
        INSERT INTO audit_log (seq, id, created_at, action, outcome, actor_kind, user_id, user_reference,
                               impersonator_id, impersonator_reference, client_id, tenant_id, resource_type,
                               resource_id, resource_reference, ip_address, user_agent, trace_id, metadata_json, hash)
        VALUES (:seq, :id, :created_at, :action, :outcome, :actor_kind, :user_id, :user_reference,
                :impersonator_id, :impersonator_reference, :client_id, :tenant_id, :resource_type,
                :resource_id, :resource_reference, :ip_address, :user_agent, :trace_id, :metadata_json, :hash)""",
        **columns,
    )
    head["seq"], head["hash"] = columns["seq"], columns["hash"]


def linked(entry: AuditEntry, *, seq: int, previous: str, key: bytes) -> dict[str, Any]:
    """The columns of an entry as a link of the chain: its number, its keyed references, and a hash of it all."""
    columns = as_columns(entry)
    columns["seq"] = seq
    if entry.user_id is not None:
        columns["user_reference"] = _keyed(key, entry.user_id)
    if entry.impersonator_id is not None:
        columns["impersonator_reference"] = _keyed(key, entry.impersonator_id)
    if entry.resource_type == "user" and entry.resource_id is not None:
        columns["resource_reference"] = _keyed(key, entry.resource_id)
    columns["hash"] = _keyed(key, _covered(columns, previous))
    return columns


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
    # What is not asked for is left out, so that the indexes serve for what is.
    narrower = "AND action = :action " if action else ""
    narrower += f"AND {OF_PERSON} " if user_id else ""
    narrower += "AND client_id = :client_id " if client_id else ""
    rows = await db.all(
        f"""
        SELECT * FROM audit_log WHERE seq < :before AND created_at >= :since {narrower}
        ORDER BY seq DESC LIMIT :limit""",  # noqa: S608 - the text stands in the code
        before=before if before is not None else 2**62,
        since=since,
        action=action,
        user_id=user_id,
        client_id=client_id,
        limit=limit,
    )
    return [as_record(AuditEntry, row) for row in rows]


async def forwards(db: Session, *, after: int = 0, batch: int = 1000) -> AsyncIterator[AuditEntry]:
    """Every entry after a number, the oldest first, a batch at a time."""
    seq = after
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


async def verify(db: Database, *, key: bytes, last: int | None = None) -> Verdict:
    """Walk the chain, or its last entries: a changed, removed or reordered one is named by its number."""

    async def walk(tx: Session) -> Verdict:
        head = await tx.one("SELECT seq, hash, base_seq, base_hash, base_proof FROM audit_head WHERE id = 1")
        base = head["base_seq"] if head else 0
        if head and base and not hmac.compare_digest(base_proof(key, base, head["base_hash"]), head["base_proof"]):
            return Verdict(entries=0, fault="the beginning of the log was not set by Hibana")
        start = max(head["seq"] - last, base) if head and last is not None else base
        before = await tx.one("SELECT hash FROM audit_log WHERE seq = :seq", seq=start)
        if start > base and before is None:
            return Verdict(entries=0, fault=f"entry {start} is missing")
        previous, count = before["hash"] if before else (head["base_hash"] if head else ""), 0
        async for entry in forwards(tx, after=start):
            count += 1
            fault = _fault(entry, expected=start + count, previous=previous, key=key)
            if fault:
                return Verdict(entries=count, fault=fault)
            previous = entry.hash
        if head is None or head["seq"] != start + count or head["hash"] != previous:
            return Verdict(entries=count, fault=f"the newest entries are missing after number {start + count}")
        return Verdict(entries=count, fault=None)

    return await db.read(walk)


def _fault(entry: AuditEntry, *, expected: int, previous: str, key: bytes) -> str | None:
    if entry.seq != expected:
        return f"entry {expected} is missing"
    for value, reference in (
        (entry.user_id, entry.user_reference),
        (entry.impersonator_id, entry.impersonator_reference),
        (entry.resource_id if entry.resource_type == "user" else None, entry.resource_reference),
    ):
        if value is not None and (reference is None or not hmac.compare_digest(_keyed(key, value), reference)):
            return f"entry {entry.seq} names another person than it did"
    if not hmac.compare_digest(_keyed(key, _covered(as_columns(entry), previous)), entry.hash):
        return f"entry {entry.seq} was changed, or one before it was removed or moved"
    return None


async def forget_person(db: Session, user_id: str) -> None:
    """Take an erased person's id out of the log; the chain covers a keyed reference and stays whole."""
    await db.run("UPDATE audit_log SET user_id = NULL WHERE user_id = :id", id=user_id)
    await db.run("UPDATE audit_log SET impersonator_id = NULL WHERE impersonator_id = :id", id=user_id)
    await db.run(
        "UPDATE audit_log SET resource_id = NULL WHERE resource_type = 'user' AND resource_id = :id",
        id=user_id,
    )
