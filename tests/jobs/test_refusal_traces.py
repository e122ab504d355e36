"""Refusals are written beside the requests: bounded, in batches, and without harm when the database is away."""

import asyncio
import logging

import pytest

from hibana_op.foundation.errors import Busy
from hibana_op.foundation.ids import uuid7
from hibana_op.jobs import refusal_traces as jobs
from hibana_op.jobs.background import running
from hibana_op.jobs.refusal_traces import (
    MOST_PER_ADDRESS,
    MOST_PER_WORKER,
    MOST_WAITING,
    RefusalQueue,
    Refused,
    keep_traces,
    write_the_rest,
)
from hibana_op.records import refusal_traces
from hibana_op.records.refusal_traces import Account
from hibana_op.storage.database import DatabaseBroken, Session
from tests.deployment import Deployment
from tests.make import make_client

WAIT = 10.0


def refused(deployment: Deployment, *, presented: str | None = None, in_the_open: bool = False) -> Refused:
    """A refusal that waits."""
    return Refused(
        id=uuid7(),
        trace_id="a-trace",
        endpoint="/token",
        error="invalid_client",
        account=Account(method="POST", status=401, rule="client_secret_wrong", description="wrong"),
        presented=presented,
        in_the_open=in_the_open,
        at=deployment.op.now(),
    )


async def kept(deployment: Deployment) -> list[refusal_traces.RefusalTrace]:
    """All that was written."""
    return list(await refusal_traces.page(deployment.op.db, now=deployment.op.now(), limit=10_000))


async def until(deployment: Deployment, count: int) -> None:
    """Wait until so many traces are written."""
    async with asyncio.timeout(WAIT):
        while len(await kept(deployment)) < count:  # noqa: ASYNC110 - nobody rings a bell for a row in the database
            await asyncio.sleep(0.01)


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def admitted(queue: RefusalQueue, addresses: list[str | None]) -> int:
    """How many of these would be written."""
    return sum(queue.admits(address) for address in addresses)


def test_S08_one_address_leaves_so_many_traces_in_a_minute_and_no_more() -> None:
    hands = Hands()
    queue = RefusalQueue(monotonic=hands)
    assert admitted(queue, ["192.0.2.1"] * 1000) == MOST_PER_ADDRESS
    assert queue.admits("192.0.2.2"), "another address is not held to account for it"
    hands.at += 59.9
    assert not queue.admits("192.0.2.1")
    hands.at += 0.2
    assert queue.admits("192.0.2.1")


def test_S08_a_network_of_ipv6_counts_as_one_address() -> None:
    queue = RefusalQueue()
    assert admitted(queue, [f"2001:db8::{number:x}" for number in range(1000)]) == MOST_PER_ADDRESS
    assert queue.admits("2001:db8:0:1::1")
    assert admitted(queue, [None] * 1000) == MOST_PER_ADDRESS


def test_S08_all_addresses_together_leave_so_many_traces_in_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    hands = Hands()
    queue = RefusalQueue(monotonic=hands)
    everywhere: list[str | None] = [f"10.{number >> 8}.{number & 255}.1" for number in range(20_000)]
    assert admitted(queue, everywhere) == MOST_PER_WORKER
    hands.at += 60
    with caplog.at_level(logging.WARNING, jobs.__name__):
        assert queue.admits("192.0.2.1")
    assert [record.getMessage() for record in caplog.records] == [
        f"{20_000 - MOST_PER_WORKER} refusals left no trace: there were too many at once"
    ]


async def test_S08_no_more_wait_than_fit(deployment: Deployment) -> None:
    queue = RefusalQueue()
    for _ in range(MOST_WAITING):
        queue.put(refused(deployment))
    assert not queue.admits("192.0.2.1")
    await queue.flush(deployment.op)
    assert queue.admits("192.0.2.1")
    assert len(await kept(deployment)) == MOST_WAITING


async def test_S08_the_table_never_grows_beyond_its_bound(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MOST_KEPT", 150)
    queue = RefusalQueue()
    for _ in range(500):
        queue.put(refused(deployment))
    await queue.flush(deployment.op)
    assert len(await kept(deployment)) == 150


async def test_traces_are_written_soon_and_the_rest_at_the_end(deployment: Deployment) -> None:
    queue = RefusalQueue()
    async with running(keep_traces(deployment.op, queue)):
        queue.put(refused(deployment))
        await until(deployment, 1)
        queue.put(refused(deployment))
    await write_the_rest(deployment.op, queue)
    assert len(await kept(deployment)) == 2


async def test_a_batch_that_was_cut_short_is_not_written_twice(deployment: Deployment) -> None:
    queue = RefusalQueue()
    queue.put(refused(deployment))
    writing = asyncio.create_task(queue.flush(deployment.op))
    while not writing.done():
        writing.cancel()
        await asyncio.sleep(0)
    await write_the_rest(deployment.op, queue)
    assert len(await kept(deployment)) == 1


@pytest.mark.parametrize("trouble", [Busy(), DatabaseBroken("disk full")], ids=["busy", "broken"])
async def test_T07_what_cannot_be_written_waits_for_the_next_round(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, trouble: Exception
) -> None:
    monkeypatch.setattr(jobs, "_FAULT_SECONDS", 0.01)
    queue, insert, failures = RefusalQueue(), refusal_traces.insert, [trouble, trouble]

    async def fail_at_first(tx: Session, trace: refusal_traces.RefusalTrace) -> None:
        if failures:
            raise failures.pop()
        await insert(tx, trace)

    monkeypatch.setattr(refusal_traces, "insert", fail_at_first)
    queue.put(refused(deployment))
    with caplog.at_level(logging.WARNING, jobs.__name__):
        await write_the_rest(deployment.op, queue)
        async with running(keep_traces(deployment.op, queue)):
            await until(deployment, 1)
    assert "some traces of refusals are lost" in caplog.text
    assert "traces of refusals wait" in caplog.text


async def test_what_can_never_be_written_does_not_stand_in_the_way(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    queue, insert, failures = RefusalQueue(), refusal_traces.insert, [ValueError("no column takes it")]

    async def fail_once(tx: Session, trace: refusal_traces.RefusalTrace) -> None:
        if failures:
            raise failures.pop()
        await insert(tx, trace)

    monkeypatch.setattr(refusal_traces, "insert", fail_once)
    for _ in range(jobs.BATCH + 1):
        queue.put(refused(deployment))
    await queue.flush(deployment.op)
    assert len(await kept(deployment)) == 1
    assert "100 refusals leave no trace: they cannot be written" in caplog.text


async def test_Q02_a_client_id_is_kept_whole_only_if_it_is_one_or_everybody_saw_it(deployment: Deployment) -> None:
    client, queue = await make_client(deployment.op), RefusalQueue()
    queue.put(refused(deployment, presented=client.client_id))
    queue.put(refused(deployment, presented="a-secret-in-the-wrong-place"))
    queue.put(refused(deployment, presented="seen-in-an-address", in_the_open=True))
    queue.put(refused(deployment))
    await queue.flush(deployment.op)
    found = [(each.client_id, [part.value for part in each.account.received]) for each in await kept(deployment)]
    assert sorted(found, key=repr) == sorted(
        [
            (client.client_id, [client.client_id]),
            (None, ["a…"]),
            (None, ["seen-in-an-address"]),
            (None, []),
        ],
        key=repr,
    )
