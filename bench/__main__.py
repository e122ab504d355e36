"""python -m bench: measure a running Hibana, beside its ceilings and, when asked for, a peer."""

import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from bench import hibana, node_peer
from bench.ceilings import Ceilings, measure_ceilings
from bench.engines import fresh_database
from bench.generator import Seen
from bench.generator_process import measure
from bench.machine import commit, machine
from bench.processes import memory_mib
from bench.report import Measured, Report, measured, result, table, write
from bench.rows import ROWS
from bench.target import Target, people_for

RESULTS = Path(__file__).parent / "results" / "latest.json"
SIGN_IN = "code_flow_sign_in"
_BUSY = 0.7


@click.command(help=__doc__)
@click.option("--engine", type=click.Choice(["sqlite", "postgres"]), default="sqlite", show_default=True)
@click.option("--workers", default=1, show_default=True, help="Worker processes of the server.")
@click.option("--seconds", default=4.0, show_default=True, help="How long each of the two turns of a row is.")
@click.option("--connections", default=16, show_default=True)
@click.option("--only", multiple=True, type=click.Choice(list(ROWS)), help="These rows only.")
@click.option("--peer", type=click.Choice([node_peer.NAME]), help="Measure this server in alternation.")
@click.option("--peer-records", is_flag=True, help="The peer too keeps a durable record of each token it issues.")
def main(
    *,
    engine: str,
    workers: int,
    seconds: float,
    connections: int,
    only: Sequence[str],
    peer: str | None,
    peer_records: bool,
) -> None:
    """Start what is measured, take turns, print the table and write the report."""
    if peer_records and peer is None:
        raise click.UsageError("--peer-records says what a peer does: name it with --peer")
    bench = Bench(
        workers=workers,
        seconds=seconds,
        connections=connections,
        with_peer=peer is not None,
        peer_records=peer_records,
    )
    chosen = [name for name in ROWS if not only or name in only]
    with tempfile.TemporaryDirectory(prefix="hibana-bench-") as folder:
        directory = Path(folder)
        with fresh_database(engine, directory) as url:
            ceilings = measure_ceilings(directory, url, connections=connections)
            click.echo(_ceiling_lines(ceilings))
            deployment = hibana.deploy(directory, url, people_for(connections))
            cold_start_s = hibana.cold_start_s(deployment, workers=workers)
            bench.measure_rows(deployment, [name for name in chosen if name != SIGN_IN], hashing=True)
            bench.measure_rows(deployment, [name for name in chosen if name == SIGN_IN], hashing=False)
    label = f"{peer}, recording" if peer_records else peer
    report = Report(
        machine=machine(),
        commit=commit(),
        engine=engine,
        workers=workers,
        results=[result(name, ours, ceilings, label, bench.peer.get(name)) for name, ours in bench.ours.items()],
        cold_start_s=round(cold_start_s, 3),
        memory_idle_mib=round(bench.memory_idle_mib, 1),
        memory_load_mib=round(bench.memory_load_mib, 1),
    )
    write(report, RESULTS)
    click.echo(table(report.results, bench.peer))
    click.echo(_closing_lines(report))


class Bench:
    """The turns that each row takes, and what was seen in them."""

    def __init__(self, *, workers: int, seconds: float, connections: int, with_peer: bool, peer_records: bool) -> None:
        self._workers = workers
        self._seconds = seconds
        self._connections = connections
        self._with_peer = with_peer
        self._peer_records = peer_records
        self.ours: dict[str, Measured] = {}
        self.peer: dict[str, Measured] = {}
        self.memory_idle_mib = 0.0
        self.memory_load_mib = 0.0

    def measure_rows(self, deployment: hibana.Deployment, names: Sequence[str], *, hashing: bool) -> None:
        """Serve, and measure these rows one after the other."""
        if not names:
            return
        with contextlib.ExitStack() as stack:
            ours = stack.enter_context(hibana.serving(deployment, workers=self._workers, hashing=hashing))
            servers = [ours]
            if self._with_peer:
                directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hibana-bench-peer-")))
                peer = node_peer.serving(directory, deployment.people, hashing=hashing, recording=self._peer_records)
                servers.append(stack.enter_context(peer))
            self.memory_idle_mib = self.memory_idle_mib or memory_mib(ours.pid)
            for name in names:
                self._take_turns(name, servers)

    def _take_turns(self, name: str, servers: Sequence[Target]) -> None:
        """Ours, theirs, ours, theirs, so that both see the same weather."""
        seen: dict[str, list[Seen]] = {server.name: [] for server in servers}
        for server in [*servers, *servers]:
            turn = measure(
                server, name, connections=self._connections, seconds=self._seconds, warm_up=self._seconds / 4
            )
            seen[server.name].append(turn)
        self.memory_load_mib = max(self.memory_load_mib, memory_mib(servers[0].pid))
        for server, into in zip(servers, (self.ours, self.peer), strict=False):
            into[name] = measured(seen[server.name])
            if into[name].generator_share > _BUSY:
                click.echo(f"{name} of {server.name}: the generator was busy itself; read it with care", err=True)


def _ceiling_lines(ceilings: Ceilings) -> str:
    lines = [
        f"{name}: {one:,.0f} signatures/s with one thread, {two:,.0f} with two"
        for name, (one, two) in ceilings.signatures_a_second.items()
    ]
    parts = f"GET {ceilings.get_us:.0f}, POST {ceilings.post_us:.0f}, durable write {ceilings.write_us:.0f}"
    return "\n".join([*lines, f"floors, in µs of processor time: {parts}", ""])


def _closing_lines(report: Report) -> str:
    memory = f"{report.memory_idle_mib:.0f} MiB idle, {report.memory_load_mib:.0f} MiB under load"
    return (
        f"\ncold start {report.cold_start_s:.2f} s · memory {memory}\n"
        f"{report.machine} · {report.engine}, {report.workers} worker(s)\nwritten to {RESULTS}"
    )


if __name__ == "__main__":
    main()
