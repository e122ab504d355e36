"""Sign-ins in a deployment that has grown: how long one takes under a mixed load, and what one costs."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench import hibana
from bench.scale.load import SIGN_IN, Came, Load, put_under
from bench.scale.population import Sizes, Visitor, in_many_tenants, in_one_tenant, visitor
from bench.scale.prepared import Prepared

# For each sign-in with a password: what apps do with the people who are signed in already.
MIX: Mapping[str, float] = {SIGN_IN: 1, "code_flow_session": 2, "refresh": 3, "userinfo": 6}
_VISITORS = 5000
_FIRST_PACE = 2.0  # sign-ins a second, to find out what one of the mix costs
_COST_PACE = 12.0


@dataclass(frozen=True, slots=True)
class Latency:
    """How long the operations of one kind took."""

    count: int
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Mixed:
    """A mixed load: its pace, how many cores the server and its database kept busy, and what everybody saw."""

    sign_ins_a_second: float
    busy_cores: float
    generator_cores: float
    turned_away: int
    latencies: Mapping[str, Latency]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a sign-in costs in one deployment, hashing left out: microseconds of processor time, the database's too."""

    tenants: int
    people: int
    in_one_us: float
    in_many_us: float
    many: int


def mixed(full: Prepared, *, seconds: float, cores: float) -> Mixed:
    """Put a server under so much of the mix that it keeps so many cores busy, its database included."""
    with hibana.serving(full.deployment, workers=1, hashing=True) as target:
        pids = _pids(target.pid, full.database_pid)

        def come(pace: float, *, lasting: float, warm_up: float) -> Came:
            rates = {kind: share * pace for kind, share in MIX.items()}
            return put_under(Load(target, _visitors(full.sizes), rates, lasting, warm_up, pids))

        pace = _FIRST_PACE
        for lasting in (seconds / 6, seconds / 4):
            seen = come(pace, lasting=lasting, warm_up=1)
            pace *= cores / max(_cores(seen), 0.01)
        seen = come(pace, lasting=seconds, warm_up=seconds / 10)
    return Mixed(
        sign_ins_a_second=round(pace, 1),
        busy_cores=round(_cores(seen), 2),
        generator_cores=round(seen.own_cpu / seen.seconds, 2),
        turned_away=seen.turned_away,
        latencies={kind: _latency(taken) for kind, taken in seen.latencies.items()},
    )


def cost(grown: Prepared, *, seconds: float, turns: int) -> Cost:
    """What one sign-in costs somebody in one tenant and somebody in many, turn by turn."""
    sizes = grown.sizes
    seen: dict[str, list[float]] = {"one": [], "many": []}
    with hibana.serving(grown.deployment, workers=1, hashing=False) as target:
        pids = _pids(target.pid, grown.database_pid)
        people = {"one": in_one_tenant(sizes), "many": in_many_tenants(sizes)}
        for turn in range(turns):
            for name, numbers in people.items():
                visitors = [visitor(sizes, number) for number in numbers]
                warm_up = seconds / 2 if turn == 0 else 0.0
                came = put_under(Load(target, visitors, {SIGN_IN: _COST_PACE}, seconds, warm_up, pids))
                seen[name].append(came.server_cpu / max(1, len(came.latencies[SIGN_IN])) * 1e6)
    one, many = (round(statistics.median(each)) for each in seen.values())
    return Cost(sizes.tenants, sizes.people, one, many, min(sizes.tenants, 20))


def _visitors(sizes: Sizes) -> Sequence[Visitor]:
    """People who may sign in, from everywhere in the list, without those whose passwords are cheap."""
    cheap = {*in_one_tenant(sizes), *in_many_tenants(sizes)}
    step = sizes.people // _VISITORS | 1  # an odd one meets every tenant
    numbers = (number for number in range(0, sizes.people, step))
    return [visitor(sizes, number) for number in numbers if number % 100 != 99 and number not in cheap]


def _pids(server: int, database: int | None) -> Sequence[int]:
    return [server] if database is None else [server, database]


def _cores(came: Came) -> float:
    return came.server_cpu / came.seconds


def _latency(taken: Sequence[int]) -> Latency:
    ordered = sorted(taken)
    if not ordered:
        raise ValueError("no operation of this kind came")
    count = len(ordered)
    at_99 = ordered[min(count - 1, count * 99 // 100)]
    return Latency(count, round(ordered[count // 2] / 1000, 1), round(at_99 / 1000, 1))
