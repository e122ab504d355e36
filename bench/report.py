"""From what was seen to the report: the JSON that others read, and the table that people read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.ceilings import Ceilings
from bench.generator import Seen
from bench.rows import ROWS


@dataclass(frozen=True, slots=True)
class Measured:
    """One row of one server, over all its turns."""

    rps: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    gets: float
    posts: float
    generator_share: float


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the report; the members of the peer are None where it was not asked for."""

    name: str
    rps: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    ceiling_rps: float
    ceiling_ratio: float
    peer: str | None
    peer_rps: float | None
    peer_ratio: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """What `bench/results/latest.json` holds."""

    machine: str
    commit: str | None
    engine: str
    workers: int
    results: Sequence[Result]
    cold_start_s: float
    memory_idle_mib: float
    memory_load_mib: float


def measured(turns: Sequence[Seen]) -> Measured:
    """The figures of one row over the turns that a server had."""
    latencies = sorted(latency for turn in turns for latency in turn.latencies)
    count = len(latencies)
    if count == 0:
        raise ValueError("no operation came to its end")
    seconds = sum(turn.seconds for turn in turns)
    return Measured(
        rps=count / seconds,
        p50_ms=latencies[count // 2] / 1000,
        p99_ms=latencies[min(count - 1, count * 99 // 100)] / 1000,
        cpu_us=sum(turn.server_cpu for turn in turns) / count * 1e6,
        gets=sum(turn.gets for turn in turns) / count,
        posts=sum(turn.posts for turn in turns) / count,
        generator_share=sum(turn.own_cpu for turn in turns) / seconds,
    )


def result(name: str, ours: Measured, ceilings: Ceilings, peer: str | None, theirs: Measured | None) -> Result:
    """One row, with its ceiling and its peer."""
    row = ROWS[name]
    ceiling = ceilings.of(gets=ours.gets, posts=ours.posts, writes=row.writes, signatures=row.signatures)
    return Result(
        name=name,
        rps=round(ours.rps, 1),
        p50_ms=round(ours.p50_ms, 3),
        p99_ms=round(ours.p99_ms, 3),
        cpu_us=round(ours.cpu_us, 1),
        ceiling_rps=round(ceiling, 1),
        ceiling_ratio=round(ours.rps / ceiling, 3),
        peer=None if theirs is None else peer,
        peer_rps=None if theirs is None else round(theirs.rps, 1),
        peer_ratio=None if theirs is None else round(ours.rps / theirs.rps, 3),
    )


def write(report: Report, path: Path) -> None:
    """Write the report as JSON, in place of the one before."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2))


def table(results: Sequence[Result], theirs: Mapping[str, Measured]) -> str:
    """The rows as aligned text."""
    heading = ["row", "req/s", "p50 ms", "p99 ms", "cpu µs", "ceiling/s", "ratio"]
    if theirs:
        heading += ["peer/s", "p99 ms", "cpu µs", "ratio"]
    lines = [heading]
    for row in results:
        line = [row.name, f"{row.rps:,.0f}", f"{row.p50_ms:.2f}", f"{row.p99_ms:.2f}", f"{row.cpu_us:,.0f}"]
        line += [f"{row.ceiling_rps:,.0f}", f"{row.ceiling_ratio:.2f}"]
        if row.name in theirs:
            peer = theirs[row.name]
            line += [f"{peer.rps:,.0f}", f"{peer.p99_ms:.2f}", f"{peer.cpu_us:,.0f}", f"{row.peer_ratio:.2f}"]
        lines.append(line)
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    return "\n".join(_aligned(line, widths) for line in lines)


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    name, *figures = line
    padded = [figure.rjust(width) for figure, width in zip(figures, widths[1:], strict=True)]
    return "  ".join([name.ljust(widths[0]), *padded])
