"""The pages of a development deployment that explain refused requests."""

from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.records import refusal_traces
from hibana_op.records.refusal_traces import Account, RefusalTrace
from hibana_op.routes import PageRoute
from hibana_op.web.refusal_words import Told, tell
from hibana_op.web.visit import Visit

PATH = "/dev/traces"
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """One refused request on a page."""

    trace: RefusalTrace
    account: Account
    told: Told
    app: str | None
    url: str


async def newest(visit: Visit, *, limit: int) -> list[Shown]:
    """The requests that were refused last."""
    op = visit.site.op
    await visit.site.refusals.flush(op)  # a link on an error page must lead somewhere at once
    return [await _shown(visit, each) for each in await refusal_traces.page(op.db, now=op.now(), limit=limit)]


async def show_all(visit: Visit) -> Response:
    """What was refused, the newest first."""
    return visit.page(
        "dev/traces.html",
        current_url=visit.site.url(PATH),
        traces=await newest(visit, limit=MOST_SHOWN),
    )


async def show_one(visit: Visit) -> Response:
    """Why the requests under one trace id were refused."""
    op = visit.site.op
    trace_id = visit.path.rpartition("/")[2]
    await visit.site.refusals.flush(op)
    found = await refusal_traces.of_trace(op.db, trace_id, now=op.now())
    return visit.page(
        "dev/trace.html",
        status=200 if found else 404,
        current_url=visit.site.url(f"{PATH}/{trace_id}"),
        trace_id=trace_id,
        traces=[await _shown(visit, each) for each in found],
        all_url=visit.site.url(PATH),
    )


async def _shown(visit: Visit, trace: RefusalTrace) -> Shown:
    client = await visit.site.op.remembered.client(trace.client_id) if trace.client_id else None
    return Shown(
        trace=trace,
        account=trace.account,
        told=tell(trace, visit.language),
        app=client.client_name if client else None,
        url=visit.site.url(f"{PATH}/{trace.trace_id}"),
    )


PAGES = (
    PageRoute(PATH, ("GET",), show_all),
    PageRoute(f"{PATH}/{{trace_id}}", ("GET",), show_one),
)
