"""The load generator, a process of its own: reads a plan as JSON, drives the server, answers what it saw.

Every connection is a keep-alive HTTP/1.1 connection with one request in flight. Work between preparing
and the end of the timed operations is what counts; preparing is never timed.
"""

import asyncio
import gc
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import cast
from urllib.parse import urlsplit

import msgspec
import uvloop

from bench import wire
from bench.processes import processor_seconds
from bench.target import Target
from bench.wire import Talk
from bench.workloads import WORKLOADS, Seat, Workload

DISCOVERY_PATH = "/.well-known/openid-configuration"
_PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """What to drive, with how many connections, and for how long."""

    target: Target
    workload: str
    connections: int
    seconds: float
    warm_up: float


@dataclass(slots=True)
class Seen:
    """What was measured; latencies are whole microseconds, one for each operation."""

    seconds: float = 0.0
    server_cpu: float = 0.0
    own_cpu: float = 0.0
    gets: int = 0
    posts: int = 0
    latencies: list[int] = field(default_factory=list)


class Connection(asyncio.Protocol):
    """One connection that works through operations until they end or the time is over."""

    def __init__(self, work: Iterator[Talk[None]], seen: Seen, *, until: float, done: Callable[[], None]):
        self._work = work
        self._seen = seen
        self._until = until
        self._done = done
        self._pending = b""
        self._operation: Talk[None]
        self._started = 0.0
        self._transport: asyncio.Transport
        self.failure: BaseException | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the first operation."""
        self._transport = cast(asyncio.Transport, transport)
        self._guarded(self._begin)

    def data_received(self, data: bytes) -> None:
        """Hand a whole answer to the operation that waits for it."""
        self._pending = self._pending + data if self._pending else data
        self._guarded(self._answered)

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection that the server closes in the middle of the work is a failure."""
        if self._until >= 0:
            self.failure = self.failure or exc or ConnectionError("the server closed the connection")
            self._end()

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as failure:  # reported by the one who started the connection
            self.failure = failure
            self._end()

    def _begin(self) -> None:
        while time.perf_counter() < self._until:
            operation = next(self._work, None)
            if operation is None:
                break
            self._operation = operation
            self._started = time.perf_counter()
            request = next(operation, None)
            if request is not None:
                self._send(request)
                return
        self._end()

    def _answered(self) -> None:
        answer = wire.parse(self._pending)
        if answer is None:
            return
        self._pending = b""
        try:
            request = self._operation.send(answer)
        except StopIteration:
            self._seen.latencies.append(int((time.perf_counter() - self._started) * 1e6))
            self._begin()
        else:
            self._send(request)

    def _send(self, request: bytes) -> None:
        if request[0] == 71:  # "G" of GET
            self._seen.gets += 1
        else:
            self._seen.posts += 1
        self._transport.write(request)

    def _end(self) -> None:
        if self._until >= 0:
            self._until = -1.0
            self._transport.close()
            self._done()


async def drive(port: int, work: list[Iterator[Talk[None]]], seconds: float, seen: Seen) -> None:
    """Run one connection for each piece of work, until all are done or the time is over."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    left = len(work)

    def done() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            ended.set()

    until = time.perf_counter() + seconds
    connections: list[Connection] = []
    for piece in work:
        _, connection = await loop.create_connection(
            partial(Connection, piece, seen, until=until, done=done), "127.0.0.1", port
        )
        connections.append(connection)
    await asyncio.wait_for(ended.wait(), seconds + _PATIENCE_S)
    for connection in connections:
        if connection.failure is not None:
            raise connection.failure


async def rounds(plan: Plan, workload: Workload, seats: list[Seat], seconds: float) -> Seen:
    """Prepare and operate, again and again, until the timed part has lasted long enough."""
    seen = Seen()
    port = plan.target.port
    while (left := seconds - seen.seconds) > 0.02:
        await drive(port, [iter([workload.prepare(seat)]) for seat in seats], _PATIENCE_S, Seen())
        work = [workload.operate(seat) for seat in seats]
        server_cpu, own_cpu, started = (
            processor_seconds(plan.target.pid),
            time.process_time(),
            time.perf_counter(),
        )
        await drive(port, work, left, seen)
        seen.seconds += time.perf_counter() - started
        seen.own_cpu += time.process_time() - own_cpu
        seen.server_cpu += processor_seconds(plan.target.pid) - server_cpu
    return seen


async def endpoints(target: Target) -> Mapping[str, str]:
    """Paths of the endpoints, read from the discovery document."""
    paths = {"discovery": DISCOVERY_PATH}

    def read() -> Talk[None]:
        answer = wire.expect((yield wire.get(target.authority, DISCOVERY_PATH)), 200, b"issuer")
        for name, value in msgspec.json.decode(answer.body, type=dict[str, object]).items():
            if isinstance(value, str) and name.endswith(("_endpoint", "_uri")):
                paths[name] = urlsplit(value).path

    await drive(target.port, [iter([read()])], _PATIENCE_S, Seen())
    return paths


async def run(plan: Plan) -> Seen:
    """Carry out the plan: find the endpoints, warm up, measure."""
    if plan.workload.startswith("floor_"):
        paths: Mapping[str, str] = {"floor": "/", "token_endpoint": "/token"}
    else:
        paths = await endpoints(plan.target)
    workload = WORKLOADS[plan.workload]
    people = plan.target.people or ("",)
    seats = [Seat(plan.target, paths, people[number % len(people)]) for number in range(plan.connections)]
    await rounds(plan, workload, seats, plan.warm_up)
    gc.collect()
    gc.disable()
    return await rounds(plan, workload, seats, plan.seconds)


if __name__ == "__main__":
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(given))))
