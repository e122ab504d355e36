"""`/traces`: why requests were refused, for a day."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page
from hibana_op.api.shapes import Given, Listing, Moment, at, seconds
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import refusal_traces
from hibana_op.records.refusal_traces import RefusalTrace
from hibana_op.web.refusal_words import tell

Filter = Annotated[str, Meta(max_length=255)]


class ReceivedPart(Struct, frozen=True, kw_only=True):
    """A parameter of the request; of one that may be secret only the length is known."""

    name: str | None
    value: str | None
    length: int


class TraceShown(Given, frozen=True, kw_only=True):
    """A refused request: the rule that it broke, what was expected beside what came, and how to mend it.

    `command` mends it where one alone does.
    """

    id: str
    trace_id: str
    created_at: datetime
    method: str
    endpoint: str
    status: int
    error: str
    client_id: str | None
    rule: str
    meaning: str
    spec: str | None
    mend: str
    command: str | None
    description: str
    detail: str
    parameter: str | None
    expected: list[str]
    sent: str | None
    received: list[ReceivedPart]


class TracesAsked(Listing, frozen=True, kw_only=True):
    """Which traces."""

    trace_id: Filter = ""
    client_id: Filter = ""
    error: Filter = ""
    endpoint: Filter = ""
    since: Moment | None = None


async def list_traces(op: Provider, asked: Asked) -> Page:
    """Refused requests, the newest first."""
    query: TracesAsked = asked.query

    async def read(before: str, limit: int) -> list[RefusalTrace]:
        found = await refusal_traces.page(
            op.db,
            now=op.now(),
            limit=limit,
            client_id=query.client_id,
            error=query.error,
            endpoint=query.endpoint,
            trace_id=query.trace_id,
            since=seconds(query.since) or 0,
            before=before,
        )
        return list(found)

    return await paging.page(op, query, read, of="traces", key=lambda each: each.id, told=_shown)


async def show(op: Provider, asked: Asked) -> TraceShown:
    """One refused request."""
    found = await refusal_traces.find(op.db, asked.id, now=op.now())
    if found is None:
        raise NotFound(f"no trace has the id {asked.id}")
    return _shown(found)


def _shown(each: RefusalTrace) -> TraceShown:
    account, told = each.account, tell(each, "en")
    return TraceShown(
        id=each.id,
        trace_id=each.trace_id,
        created_at=at(each.created_at),
        method=account.method,
        endpoint=each.endpoint,
        status=account.status,
        error=each.error,
        client_id=each.client_id,
        rule=account.rule,
        meaning=told.rule,
        spec=told.spec,
        mend=told.mend,
        command=told.command,
        description=account.description,
        detail=account.detail,
        parameter=account.parameter,
        expected=list(account.expected),
        sent=account.sent,
        received=[ReceivedPart(name=part.name, value=part.value, length=part.length) for part in account.received],
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/traces",
        permission="traces:read",
        summary="List why requests were refused, the newest first",
        handler=list_traces,
        query=TracesAsked,
        gives=TraceShown,
        is_list=True,
    ),
    Operation(
        method="GET",
        path="/traces/{id}",
        permission="traces:read",
        summary="Show why a request was refused, and how to mend it",
        handler=show,
        gives=TraceShown,
    ),
)
