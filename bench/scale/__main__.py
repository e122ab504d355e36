"""python -m bench.scale: fill a deployment with many tenants, people and audit entries, and measure it."""

import asyncio
import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from bench.machine import commit, machine
from bench.scale.lists import lists, somebody
from bench.scale.population import Sizes
from bench.scale.prepared import prepared
from bench.scale.report import Report, table, verdicts, write
from bench.scale.sign_ins import cost, mixed

RESULTS = Path(__file__).parent.parent / "results" / "scale.json"
_STEPS = (1, 100)  # tenants, beside as many as are asked for: what a sign-in costs must not grow


@click.command(help=__doc__)
@click.option("--engine", type=click.Choice(["sqlite", "postgres"]), default="sqlite", show_default=True)
@click.option("--tenants", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--people", type=click.IntRange(10), default=100_000, show_default=True)
@click.option("--audit", type=click.IntRange(100), default=1_000_000, show_default=True, help="Entries of the log.")
@click.option("--seconds", default=30.0, show_default=True, help="How long the mixed load is measured.")
@click.option("--cores", default=1.0, show_default=True, help="How many cores the mixed load keeps busy.")
@click.option("--turns", default=3, show_default=True, help="How often the cost of a sign-in is measured.")
@click.option("--times", default=20, show_default=True, help="How often each list is asked for.")
@click.option("--data", type=click.Path(path_type=Path), help="Where filled databases are kept for a day.")
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, help="The report to write.")
@click.option("--fill-only", is_flag=True, help="Fill the databases for a later run, and measure nothing.")
def main(
    *,
    engine: str,
    tenants: int,
    people: int,
    audit: int,
    seconds: float,
    cores: float,
    turns: int,
    times: int,
    data: Path | None,
    results: Path,
    fill_only: bool,
) -> None:
    """Fill what is not filled yet, measure, print the table and write the report."""
    sizes = Sizes(tenants, people, audit)
    with contextlib.ExitStack() as stack:
        folder = data or Path(tempfile.gettempdir()) / "hibana-scale"
        full = stack.enter_context(prepared(engine, sizes, folder))
        smaller = [stack.enter_context(prepared(engine, each, folder)) for each in _smaller(sizes)]
        click.echo(f"{engine}: filled in {full.fill_s:.0f} s")
        if fill_only:
            return
        costs = [cost(each, seconds=seconds / 15, turns=turns) for each in (*smaller, full)]
        seen = mixed(full, seconds=seconds, cores=cores)
        answered = lists(full, asyncio.run(somebody(full)), times=times)
    report = Report(
        machine=machine(),
        commit=commit(),
        engine=engine,
        sizes=sizes,
        fill_s=full.fill_s,
        verdicts=verdicts(seen, answered, costs),
        mixed=seen,
        lists=answered,
        costs=costs,
    )
    write(report, results)
    click.echo(f"{table(report)}\n\n{report.machine}\nwritten to {results}")


def _smaller(sizes: Sizes) -> Sequence[Sizes]:
    """Deployments with fewer tenants that are as large each."""
    fewer = [tenants for tenants in _STEPS if tenants < sizes.tenants]
    return [Sizes(each, max(10, sizes.people * each // sizes.tenants), 1000) for each in fewer]


if __name__ == "__main__":
    main()
