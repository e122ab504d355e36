"""A load with a pace of its own, a process of its own: operations come when they come, whether or not the last ended.

An operation's time counts from the moment at which it was due, so that a server that falls behind cannot hide it.
"""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import uvloop

from bench import wire
from bench.generator import endpoints
from bench.processes import processor_seconds
from bench.scale.population import Visitor
from bench.target import Target
from bench.wire import Answer, Talk, WrongAnswerError
from bench.workloads import WORKLOADS, Seat

SIGN_IN = "code_flow_sign_in"
_STANDING = 12  # people who are signed in already, for each kind of operation that needs one
_PIECE = 65_536
_NO_ROOM = (429, 503)


@dataclass(frozen=True, slots=True)
class Load:
    """What comes, and how often: operations a second of each kind; `pids` is whose processor time counts."""

    target: Target
    visitors: Sequence[Visitor]
    rates: Mapping[str, float]
    seconds: float
    warm_up: float
    pids: Sequence[int]


@dataclass(slots=True)
class Came:
    """What was seen: latencies of each kind in whole microseconds, and the processor time of both sides."""

    seconds: float = 0.0
    server_cpu: float = 0.0
    own_cpu: float = 0.0
    turned_away: int = 0  # sign-ins that the server had no room for
    latencies: dict[str, list[int]] = field(default_factory=dict)


def put_under(load: Load) -> Came:
    """Put servers under a load, from a process of its own."""
    finished = subprocess.run(
        [sys.executable, "-m", "bench.scale.load"], input=msgspec.json.encode(load), capture_output=True, check=False
    )
    if finished.returncode != 0:
        raise RuntimeError(f"{load.target.name} under load:\n{finished.stderr.decode()[-3000:]}")
    return msgspec.json.decode(finished.stdout, type=Came)


class _Generator:
    """The people of one load."""

    def __init__(self, load: Load, paths: Mapping[str, str]) -> None:
        self._load = load
        self._paths = paths
        self._chance = random.Random()  # noqa: S311 - nobody guesses it
        self._standing: dict[str, asyncio.Queue[Seat]] = {}

    async def prepare(self) -> None:
        """Let those sign in who are to be signed in."""
        for kind in self._load.rates:
            if kind != SIGN_IN:
                self._standing[kind] = asyncio.Queue()
                for _ in range(_STANDING):
                    seat = self._seat()
                    await self._hold(WORKLOADS[kind].prepare(seat))
                    self._standing[kind].put_nowait(seat)

    async def run(self, seconds: float) -> Came:
        """Let operations come for so long, and wait for the last of them."""
        came = Came(latencies={kind: [] for kind in self._load.rates})
        cpu, own, started = self._cpu(), time.process_time(), time.perf_counter()
        kinds, rates = list(self._load.rates), list(self._load.rates.values())
        due, under_way = started, set[asyncio.Task[None]]()
        while (due := due + self._chance.expovariate(sum(rates))) < started + seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            [kind] = self._chance.choices(kinds, rates)
            under_way.add(asyncio.create_task(self._operation(kind, due, came)))
        await asyncio.gather(*under_way)
        came.seconds = time.perf_counter() - started
        came.own_cpu, came.server_cpu = time.process_time() - own, self._cpu() - cpu
        return came

    async def _operation(self, kind: str, due: float, came: Came) -> None:
        standing = self._standing.get(kind)
        seat = await standing.get() if standing else self._seat()
        try:
            await self._hold(next(WORKLOADS[kind].operate(seat)))
        except WrongAnswerError as wrong:
            if kind != SIGN_IN or wrong.answer.status not in _NO_ROOM:
                raise
            came.turned_away += 1
            return
        came.latencies[kind].append(int((time.perf_counter() - due) * 1e6))
        if standing:
            standing.put_nowait(seat)

    async def _hold(self, talk: Talk[None]) -> None:
        """A conversation over a connection of its own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._load.target.port)
        try:
            request = next(talk)
            while True:
                writer.write(request)
                request = talk.send(await _answer(reader))
        except StopIteration:
            return
        finally:
            writer.close()

    def _seat(self) -> Seat:
        someone = self._chance.choice(self._load.visitors)
        return Seat(self._load.target, self._paths, someone.email, someone.slug)

    def _cpu(self) -> float:
        return sum(processor_seconds(pid) for pid in self._load.pids)


async def _answer(reader: asyncio.StreamReader) -> Answer:
    data = b""
    while (answer := wire.parse(data)) is None:
        piece = await reader.read(_PIECE)
        if not piece:
            raise ConnectionError("the server closed the connection")
        data += piece
    return answer


async def _main(load: Load) -> Came:
    generator = _Generator(load, await endpoints(load.target))
    await generator.prepare()
    if load.warm_up:
        await generator.run(load.warm_up)
    return await generator.run(load.seconds)


if __name__ == "__main__":
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=Load)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(_main(given))))
