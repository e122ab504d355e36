"""`/audit-events`: what happened. A tenant sees what happened in it; nobody changes or removes anything."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, Streamed, in_named_tenant, tenant_named
from hibana_op.api.shapes import Cursor, Given, Limit, Moment, Taken, at, seconds
from hibana_op.foundation.errors import NotFound
from hibana_op.foundation.events import AuditExported
from hibana_op.provider import Provider
from hibana_op.records import audit_log, audit_search
from hibana_op.records.audit_log import AuditEntry
from hibana_op.records.audit_search import Wanted
from hibana_op.tenancy.access import Where

NDJSON = "application/x-ndjson"
Filter = Annotated[str, Meta(max_length=255)]
_encode = msgspec.json.Encoder().encode


class AuditEvent(Given, frozen=True, kw_only=True):
    """One thing that happened, and who did it; `impersonator_id` did it as the person of `user_id`."""

    id: str
    created_at: datetime
    action: str
    outcome: str
    actor_kind: str
    user_id: str | None
    impersonator_id: str | None
    client_id: str | None
    tenant_id: str | None
    resource_type: str | None
    resource_id: str | None
    ip_address: str | None
    user_agent: str | None
    trace_id: str | None
    metadata: dict[str, Any]


class AuditFilters(Taken, frozen=True, kw_only=True):
    """Which events. `user_id`: done by or to this person."""

    tenant_id: Filter = ""
    action: Filter = ""
    outcome: Literal["", "success", "failure", "denied"] = ""
    user_id: Filter = ""
    client_id: Filter = ""
    resource_id: Filter = ""
    trace_id: Filter = ""
    since: Moment | None = None
    until: Moment | None = None


class AuditEventsAsked(AuditFilters, frozen=True, kw_only=True):
    """The same, a page at a time."""

    limit: Limit = 50
    cursor: Cursor = ""
    sort: Literal["-created_at", "created_at"] = "-created_at"


class ChainAsked(Taken, frozen=True, kw_only=True):
    """How far back to look."""

    last: Annotated[int, Meta(ge=1, le=100_000)] = 10_000


class ChainVerdict(Given, frozen=True, kw_only=True):
    """Whether the record is whole; `fault` says where it is not."""

    entries: int
    fault: str | None


async def place(op: Provider, asked: Asked) -> Where:
    """The tenant in which it happened, or the deployment."""
    return Where(tenant_id=(await _find(op, asked.id)).tenant_id)


async def _find(op: Provider, entry_id: str) -> AuditEntry:
    found = await audit_search.find(op.db, entry_id)
    if found is None:
        raise NotFound(f"no event has the id {entry_id}")
    return found


def _wanted(asked: Asked) -> Wanted:
    query: AuditFilters = asked.query
    return Wanted(
        tenant_id=tenant_named(asked) or "",
        action=query.action,
        outcome=query.outcome,
        user_id=query.user_id,
        client_id=query.client_id,
        resource_id=query.resource_id,
        trace_id=query.trace_id,
        since=seconds(query.since),
        until=seconds(query.until),
    )


async def list_events(op: Provider, asked: Asked) -> Page:
    """Events, the newest first unless the oldest are asked for."""
    query: AuditEventsAsked = asked.query
    order = audit_search.ORDERS[query.sort]

    async def read(after: str, limit: int) -> list[AuditEntry]:
        return await op.db.search(
            lambda tx: audit_search.page(tx, _wanted(asked), order=order, after=after, limit=limit)
        )

    return await paging.page(op, query, read, of="audit-events", key=order.key, told=_shown)


async def show(op: Provider, asked: Asked) -> AuditEvent:
    """One event."""
    return _shown(await _find(op, asked.id))


async def export(op: Provider, asked: Asked) -> Streamed:
    """Events, the oldest first, one JSON object a line; that they were taken along is written down before."""
    wanted = _wanted(asked)
    entries, newest = await op.db.search(lambda tx: audit_search.count(tx, wanted))
    event = AuditExported(entries=entries, tenant_id=wanted.tenant_id or None)
    await op.db.transact(lambda tx: op.emit(tx, event, asked.origin))

    async def parts() -> AsyncIterator[bytes]:
        async for batch in audit_search.forwards(op.db, wanted, up_to=newest):
            yield b"".join(_encode(_shown(each)) + b"\n" for each in batch)

    return Streamed(content_type=NDJSON, parts=parts())


async def verify(op: Provider, asked: Asked) -> ChainVerdict:
    """Walk the chain of the last entries."""
    query: ChainAsked = asked.query
    verdict = await audit_log.verify(op.db, key=op.audit_key, last=query.last)
    return ChainVerdict(entries=verdict.entries, fault=verdict.fault)


def _shown(entry: AuditEntry) -> AuditEvent:
    return AuditEvent(
        id=entry.id,
        created_at=at(entry.created_at),
        action=entry.action,
        outcome=entry.outcome,
        actor_kind=entry.actor_kind,
        user_id=entry.user_id,
        impersonator_id=entry.impersonator_id,
        client_id=entry.client_id,
        tenant_id=entry.tenant_id,
        resource_type=entry.resource_type,
        resource_id=entry.resource_id,
        ip_address=entry.ip_address,
        user_agent=entry.user_agent,
        trace_id=entry.trace_id,
        metadata=entry.metadata,
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/audit-events",
        permission="audit:read",
        summary="List what happened, the newest first",
        handler=list_events,
        where=in_named_tenant,
        query=AuditEventsAsked,
        gives=AuditEvent,
        is_list=True,
    ),
    Operation(
        method="GET",
        path="/audit-events/export",
        permission="audit:export",
        summary="Take along what happened, the oldest first",
        handler=export,
        where=in_named_tenant,
        query=AuditFilters,
        streams=NDJSON,
    ),
    Operation(
        method="GET",
        path="/audit-events/verification",
        permission="audit:verify",
        summary="Check that nothing was changed or removed of what happened last",
        handler=verify,
        query=ChainAsked,
        gives=ChainVerdict,
    ),
    Operation(
        method="GET",
        path="/audit-events/{id}",
        permission="audit:read",
        summary="Show one thing that happened",
        handler=show,
        where=place,
        gives=AuditEvent,
    ),
)
