"""`hibana job`: work that goes on in the background."""

from typing import Any

import click

from hibana_op.cli.output import example, json_option, print_json, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.config import Settings
from hibana_op.provider import Provider
from hibana_op.records import jobs
from hibana_op.records.row import as_columns
from hibana_op.tenancy import actors, background_work

STATUSES = ("waiting", "running", "done", "failed", "cancelled")


@click.group()
def job() -> None:
    """See what goes on in the background, and end it."""


@job.command("list", epilog=example("hibana job list --status failed"))
@click.option("--status", type=click.Choice(STATUSES), help="Only jobs that are there.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many, newest first.")
@json_option
@with_settings
def list_jobs(settings: Settings, *, status: str | None, limit: int, as_json: bool) -> None:
    """List jobs, the newest first."""

    async def read(op: Provider) -> list[dict[str, Any]]:
        return [as_columns(each) for each in await jobs.page(op.db, status=status or "", limit=limit)]

    found = run(settings, read)
    show(found, ("id", "kind", "status", "attempts", "failure"), as_json=as_json, empty="no jobs")


@job.command("show", epilog=example("hibana job show JOB_ID"))
@click.argument("job_id", metavar="JOB")
@json_option
@with_settings
def show_job(settings: Settings, *, job_id: str, as_json: bool) -> None:
    """Show one job: how far it is, and what came of it."""

    async def read(op: Provider) -> dict[str, Any]:
        return as_columns(await jobs.get(op.db, job_id))

    show_one(run(settings, read), as_json=as_json)


@job.command(epilog=example("hibana job cancel JOB_ID"))
@click.argument("job_id", metavar="JOB")
@json_option
@with_settings
def cancel(settings: Settings, *, job_id: str, as_json: bool) -> None:
    """End a job before it is done; what is done already stays done."""

    async def end(op: Provider) -> None:
        await background_work.cancel(op, await actors.command(op), job_id, origin=command_origin())

    run(settings, end)
    if as_json:
        print_json({"id": job_id, "status": "cancelled"})
    else:
        click.echo(f"{job_id} is cancelled")
