"""Why requests were refused, for a day: bounded in number, and without the requests' secrets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from hibana_op.foundation.redaction import Received
from hibana_op.records.row import as_columns, as_record, as_record_or_none, insert_into
from hibana_op.storage.database import Session

KEPT_FOR = 86400
MOST_KEPT = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is told of a refusal: the request, the rule, what the caller was answered, and `detail` beside that."""

    method: str
    status: int
    rule: str
    description: str
    detail: str = ""
    expected: tuple[str, ...] = ()
    sent: str | None = None
    parameter: str | None = None
    received: tuple[Received, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalTrace:
    """One refused request; several may share a trace id, which a caller can choose."""

    id: str
    trace_id: str
    endpoint: str
    client_id: str | None
    error: str
    explanation: dict[str, Any]
    created_at: int
    expires_at: int

    @property
    def account(self) -> Account:
        """The explanation, taken apart."""
        return msgspec.convert(self.explanation, Account)


_INSERT = f"{insert_into('refusal_traces', RefusalTrace)} ON CONFLICT (id) DO NOTHING"


async def insert(db: Session, trace: RefusalTrace) -> None:
    """Keep one trace; one that is kept already stays as it is."""
    await db.run(_INSERT, **as_columns(trace))


async def trim(db: Session, *, most: int) -> None:
    """Let the oldest traces go that are more than so many."""
    await db.run(
        """
        DELETE FROM refusal_traces WHERE id IN (
          SELECT id FROM refusal_traces ORDER BY id DESC LIMIT 1000 OFFSET :most)""",
        most=most,
    )


async def of_trace(db: Session, trace_id: str, *, now: int) -> list[RefusalTrace]:
    """What was refused under a trace id, the newest first."""
    rows = await db.all(
        """
        SELECT * FROM refusal_traces WHERE trace_id = :trace_id AND expires_at > :now
         ORDER BY id DESC LIMIT 100""",
        trace_id=trace_id,
        now=now,
    )
    return [as_record(RefusalTrace, row) for row in rows]


async def find(db: Session, id: str, *, now: int) -> RefusalTrace | None:
    """One trace."""
    row = await db.one("SELECT * FROM refusal_traces WHERE id = :id AND expires_at > :now", id=id, now=now)
    return as_record_or_none(RefusalTrace, row)


async def page(
    db: Session,
    *,
    now: int,
    limit: int,
    client_id: str = "",
    error: str = "",
    endpoint: str = "",
    trace_id: str = "",
    since: int = 0,
    before: str = "",
) -> Sequence[RefusalTrace]:
    """The newest traces, of one client, error, endpoint or trace id where one is named, from one on."""
    rows = await db.all(
        """
        SELECT * FROM refusal_traces
         WHERE expires_at > :now AND created_at >= :since AND (:before = '' OR id < :before)
           AND (:trace_id = '' OR trace_id = :trace_id)
           AND (:client_id = '' OR client_id = :client_id)
           AND (:error = '' OR error = :error)
           AND (:endpoint = '' OR endpoint = :endpoint)
         ORDER BY id DESC LIMIT :limit""",
        now=now,
        since=since,
        before=before,
        trace_id=trace_id,
        client_id=client_id,
        error=error,
        endpoint=endpoint,
        limit=limit,
    )
    return [as_record(RefusalTrace, row) for row in rows]
