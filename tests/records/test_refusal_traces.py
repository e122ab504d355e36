"""Traces of refusals at rest, on both engines."""

from typing import Any

import msgspec
import pytest

from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.redaction import Received
from hibana_op.records import expired, refusal_traces
from hibana_op.records.refusal_traces import Account, RefusalTrace
from hibana_op.storage.database import Database

NOW = 1_800_000_000
ACCOUNT = Account(
    method="POST",
    status=400,
    rule="code_spent",
    description="code is invalid, expired or already used",
    detail="ひみつではない",
    expected=("a", "b"),
    sent="c",
    parameter="code",
    received=(
        Received(name="code", value=None, length=43),
        Received(name="scpoe", value=None, length=1, meant="scope"),
    ),
)


def a_trace(**changes: Any) -> RefusalTrace:
    """A refusal of this very second."""
    values: dict[str, Any] = {
        "id": uuid7(),
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "endpoint": "/token",
        "client_id": "the-client",
        "error": "invalid_grant",
        "explanation": msgspec.json.decode(msgspec.json.encode(ACCOUNT)),
        "created_at": NOW,
        "expires_at": NOW + 86400,
        **changes,
    }
    return RefusalTrace(**values)


async def keep(db: Database, *traces: RefusalTrace) -> None:
    """Write traces."""
    for trace in traces:
        await refusal_traces.insert(db, trace)


async def test_a_trace_comes_back_as_it_was_written(db: Database) -> None:
    trace = a_trace()
    await keep(db, trace, trace)
    (found,) = await refusal_traces.of_trace(db, trace.trace_id, now=NOW)
    assert found == trace
    assert found.account == ACCOUNT
    assert await refusal_traces.of_trace(db, "another", now=NOW) == []


async def test_a_trace_is_there_for_a_day_and_then_swept_away(db: Database) -> None:
    trace = a_trace()
    await keep(db, trace)
    assert len(await refusal_traces.of_trace(db, trace.trace_id, now=NOW + 86399)) == 1
    assert await refusal_traces.of_trace(db, trace.trace_id, now=NOW + 86400) == []
    assert await refusal_traces.page(db, now=NOW + 86400, limit=9) == []
    for step in range(expired.STEPS):
        await expired.sweep(db, step, now=NOW + 86401)
    row = await db.one("SELECT COUNT(*) AS traces FROM refusal_traces")
    assert row is not None
    assert row["traces"] == 0


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [3, 2, 1, 0]),
        ({"limit": 2}, [3, 2]),
        ({"client_id": "another"}, [1]),
        ({"error": "access_denied"}, [2]),
        ({"endpoint": "/authorize"}, [3, 2]),
        ({"since": NOW + 1}, [3]),
        ({"endpoint": "/authorize", "error": "invalid_scope"}, [3]),
        ({"client_id": "' OR ''='"}, []),
    ],
    ids=["all", "two", "client", "error", "endpoint", "since", "both", "hostile"],
)
async def test_the_newest_come_first_of_what_is_asked_for(
    db: Database, asked: dict[str, Any], expected: list[int]
) -> None:
    traces = [
        a_trace(id="1"),
        a_trace(id="2", client_id="another"),
        a_trace(id="3", endpoint="/authorize", error="access_denied"),
        a_trace(id="4", endpoint="/authorize", error="invalid_scope", created_at=NOW + 1, client_id=None),
    ]
    await keep(db, *traces)
    found = await refusal_traces.page(db, now=NOW, **{"limit": 100, **asked})
    assert [traces.index(each) for each in found] == expected


async def test_S08_only_the_newest_are_kept(db: Database) -> None:
    await keep(db, *(a_trace(id=f"{number:03}") for number in range(30)))
    await refusal_traces.trim(db, most=10)
    found = await refusal_traces.page(db, now=NOW, limit=100)
    assert [each.id for each in found] == [f"{number:03}" for number in range(29, 19, -1)]
    await refusal_traces.trim(db, most=10)
    assert len(await refusal_traces.page(db, now=NOW, limit=100)) == 10
