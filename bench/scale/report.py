"""What was seen, beside what is promised: the JSON that others read, and the table that people read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.scale.lists import Answered
from bench.scale.load import SIGN_IN
from bench.scale.population import Sizes
from bench.scale.sign_ins import Cost, Mixed

SIGN_IN_MS = 500.0
# What a sign-in may cost more at the largest number of tenants than at the smallest: what two runs differ by anyway.
GROWTH = 1.15


@dataclass(frozen=True, slots=True)
class Verdict:
    """One promise: what was seen, what is the most, and whether it holds."""

    name: str
    seen: float
    most: float
    unit: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What `bench/results/scale.json` holds for one engine."""

    machine: str
    commit: str | None
    engine: str
    sizes: Sizes
    fill_s: float
    verdicts: Sequence[Verdict]
    mixed: Mixed
    lists: Sequence[Answered]
    costs: Sequence[Cost]


def verdicts(mixed: Mixed, lists: Sequence[Answered], costs: Sequence[Cost]) -> Sequence[Verdict]:
    """What was promised, and whether it was seen."""
    return [
        _verdict("sign-in, 99th percentile", mixed.latencies[SIGN_IN].p99_ms, SIGN_IN_MS, "ms"),
        _verdict("sign-ins turned away", mixed.turned_away, 0, ""),
        *_slowest(lists, "tenants", "list of tenants, slowest"),
        *_slowest(lists, "audit", "audit search, slowest"),
        *_growth(costs),
    ]


def _slowest(lists: Sequence[Answered], kind: str, name: str) -> Iterator[Verdict]:
    of_kind = [each for each in lists if each.name.startswith(kind) and each.target_ms is not None]
    if of_kind:
        slowest = max(of_kind, key=lambda each: each.worst_ms)
        yield _verdict(name, slowest.worst_ms, slowest.target_ms or 0.0, "ms")


def _growth(costs: Sequence[Cost]) -> Iterator[Verdict]:
    """The same person in one tenant, and in twenty, among few tenants and among many."""
    ordered = sorted(costs, key=lambda cost: cost.tenants)
    alike = [cost for cost in ordered if cost.many == ordered[-1].many]
    if len(ordered) > 1:
        yield _verdict("cost of a sign-in, growth", ordered[-1].in_one_us / ordered[0].in_one_us, GROWTH, "×")
    if len(alike) > 1:
        grown = alike[-1].in_many_us / alike[0].in_many_us
        yield _verdict(f"the same in {alike[-1].many} tenants, growth", grown, GROWTH, "×")


def _verdict(name: str, seen: float, most: float, unit: str) -> Verdict:
    return Verdict(name, round(seen, 2), most, unit, holds=seen <= most)


def write(report: Report, path: Path) -> None:
    """Write what was seen on one engine, beside what stands there of the other."""
    known: dict[str, msgspec.Raw] = {}
    if path.exists():
        known = msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
    known[report.engine] = msgspec.Raw(msgspec.json.encode(report))
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(known), indent=2))


def table(report: Report) -> str:
    """All of it as aligned text, the promises first."""
    return "\n\n".join(
        _aligned(rows)
        for rows in (_verdict_rows(report), _mixed_rows(report.mixed), _list_rows(report), _cost_rows(report))
    )


def _verdict_rows(report: Report) -> list[list[str]]:
    rows = [[f"promised, on {report.engine}", "seen", "at most", ""]]
    for each in report.verdicts:
        seen, most = f"{each.seen:,.6g} {each.unit}".strip(), f"{each.most:,.6g} {each.unit}".strip()
        rows.append([each.name, seen, most, "holds" if each.holds else "DOES NOT HOLD"])
    return rows


def _mixed_rows(mixed: Mixed) -> list[list[str]]:
    load = f"{mixed.busy_cores:.2f} cores busy, the generator {mixed.generator_cores:.2f}"
    rows = [[f"mixed load: {load}", "a second", "p50 ms", "p99 ms"]]
    total = mixed.latencies[SIGN_IN].count
    for kind, each in mixed.latencies.items():
        pace = mixed.sign_ins_a_second * each.count / total
        rows.append([kind, f"{pace:.1f}", f"{each.p50_ms:.1f}", f"{each.p99_ms:.1f}"])
    return rows


def _list_rows(report: Report) -> list[list[str]]:
    rows = [["through the API", "items", "p50 ms", "worst ms", "at most"]]
    for each in report.lists:
        most = "" if each.target_ms is None else f"{each.target_ms:.0f}"
        rows.append([each.name, str(each.items), f"{each.p50_ms:.1f}", f"{each.worst_ms:.1f}", most])
    return rows


def _cost_rows(report: Report) -> list[list[str]]:
    rows = [["what a sign-in costs, in µs of processor time", "in one tenant", "in many", "many is"]]
    for cost in report.costs:
        name = f"{cost.tenants:,} tenants, {cost.people:,} people"
        rows.append([name, f"{cost.in_one_us:,.0f}", f"{cost.in_many_us:,.0f}", str(cost.many)])
    return rows


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    )
