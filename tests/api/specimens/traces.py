"""`/traces`: a request that was refused a moment ago."""

import msgspec

from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from hibana_op.records import refusal_traces
from hibana_op.records.refusal_traces import Account, RefusalTrace
from tests.api.specimens import Side, Specimen


async def seed(op: Provider, side: Side) -> None:
    """A trace."""
    account = Account(method="GET", status=400, rule="invalid_request", description=side.canary)
    trace = RefusalTrace(
        id=uuid7(),
        trace_id=side.canary,
        endpoint="/authorize",
        client_id=None,
        error="invalid_request",
        explanation=msgspec.to_builtins(account),
        created_at=op.now(),
        expires_at=op.now() + 3600,
    )
    await op.db.transact(lambda tx: refusal_traces.insert(tx, trace))
    side.ids["trace"] = trace.id


SPECIMENS = {
    ("GET", "/traces"): Specimen(of_tenant=False),
    ("GET", "/traces/{id}"): Specimen(of_tenant=False, path={"id": "trace"}),
}
