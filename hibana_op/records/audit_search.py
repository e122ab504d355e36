"""The audit log by what happened, to whom, where and when. The time narrows by number too, so that it stays quick."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from hibana_op.records.audit_log import OF_PERSON, AuditEntry
from hibana_op.records.ordering import Order, by, orders
from hibana_op.records.row import as_record, as_record_or_none
from hibana_op.storage.database import Session

NEWEST = 2**62
# Clocks of several machines: an entry may be a little older than the one before it.
_SKEW = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries; what is empty does not narrow."""

    tenant_id: str = ""
    action: str = ""
    outcome: str = ""
    user_id: str = ""
    client_id: str = ""
    resource_id: str = ""
    trace_id: str = ""
    since: int | None = None
    until: int | None = None


_PLAIN = ("tenant_id", "action", "outcome", "client_id", "resource_id", "trace_id")


ORDERS = orders("audit_log.id", created_at=by("audit_log.seq", is_unique=True))


async def page(
    db: Session, wanted: Wanted, *, order: Order = ORDERS["-created_at"], after: str = "", limit: int = 50
) -> list[AuditEntry]:
    """Entries, the newest first or the oldest, from the one after `after`."""
    where, args = _where(wanted)
    beyond, end = order.beyond(after)
    oldest, newest = await _reach(db, wanted)
    rows = await db.all(
        f"""
        SELECT * FROM audit_log WHERE seq > :oldest AND seq < :newest AND {beyond} {where}
        ORDER BY {order.clause} LIMIT :limit""",  # noqa: S608 - the text stands in the code
        oldest=oldest,
        newest=newest,
        limit=limit,
        **end,
        **args,
    )
    return [as_record(AuditEntry, row) for row in rows]


async def find(db: Session, entry_id: str) -> AuditEntry | None:
    """One entry."""
    return as_record_or_none(AuditEntry, await db.one("SELECT * FROM audit_log WHERE id = :id", id=entry_id))


async def count(db: Session, wanted: Wanted) -> tuple[int, int]:
    """How many entries there are, and the number of the newest."""
    where, args = _where(wanted)
    oldest, newest = await _reach(db, wanted)
    row = await db.one(
        f"""
        SELECT COUNT(*) AS entries, COALESCE(MAX(seq), 0) AS newest
        FROM audit_log WHERE seq > :oldest AND seq < :newest {where}""",  # noqa: S608 - the text stands in the code
        oldest=oldest,
        newest=newest,
        **args,
    )
    return (int(row["entries"]), int(row["newest"])) if row else (0, 0)


async def forwards(db: Session, wanted: Wanted, *, up_to: int, batch: int = 1000) -> AsyncIterator[list[AuditEntry]]:
    """Entries up to a number, the oldest first, a batch at a time."""
    where, args = _where(wanted)
    sql = f"SELECT * FROM audit_log WHERE seq > :seq AND seq <= :up_to {where} ORDER BY seq LIMIT :batch"  # noqa: S608
    seq, _ = await _reach(db, wanted)
    while True:
        rows = await db.all(sql, seq=seq, up_to=up_to, batch=batch, **args)
        if rows:
            yield [as_record(AuditEntry, row) for row in rows]
        if len(rows) < batch:
            return
        seq = rows[-1]["seq"]


async def _reach(db: Session, wanted: Wanted) -> tuple[int, int]:
    """The numbers just outside of the time that is asked for: between them is all that is looked through."""
    if wanted.since is None and wanted.until is None:
        return 0, NEWEST
    row = await db.one(
        """
        SELECT
          COALESCE((SELECT seq FROM audit_log WHERE created_at < :since ORDER BY created_at DESC LIMIT 1), 0)
            AS oldest,
          COALESCE((SELECT seq FROM audit_log WHERE created_at >= :until ORDER BY created_at LIMIT 1), :newest)
            AS newest""",
        since=0 if wanted.since is None else wanted.since - _SKEW,
        until=NEWEST if wanted.until is None else wanted.until + _SKEW,
        newest=NEWEST,
    )
    return (int(row["oldest"]), int(row["newest"])) if row else (0, NEWEST)


def _where(wanted: Wanted) -> tuple[str, dict[str, Any]]:
    """The conditions, all of them text of ours, and their parameters."""
    parts, args = [], {name: getattr(wanted, name) for name in _PLAIN if getattr(wanted, name)}
    parts += [f"AND {name} = :{name}" for name in args]
    if wanted.user_id:
        parts.append(f"AND {OF_PERSON}")
        args["user_id"] = wanted.user_id
    if wanted.since is not None:
        parts.append("AND created_at >= :since")
        args["since"] = wanted.since
    if wanted.until is not None:
        parts.append("AND created_at < :until")
        args["until"] = wanted.until
    return " ".join(parts), args
