"""`hibana job`: work that goes on in the background."""

from typing import Any

import click

from hibana_op.cli.output import example, json_option, print_json, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.tenant_named import required_tenant_id
from hibana_op.config import Settings
from hibana_op.provider import Provider
from hibana_op.records import jobs
from hibana_op.records.row import as_columns
from hibana_op.tenancy import actors, background_work

STATUSES = ("waiting", "running", "done", "failed", "cancelled")


@click.group()
def job() -> None:
    """See what goes on in the background, and end it."""


@job.command("list", epilog=example("hibana job list --status failed", "hibana job list --tenant acme"))
@click.option("--tenant", metavar="SLUG", help="Only jobs of this tenant.")
@click.option("--kind", default="", help="Only this kind: people, members, invitations, retention.")
@click.option("--status", type=click.Choice(STATUSES), help="Only jobs that are there.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many, newest first.")
@json_option
@with_settings
def list_jobs(
    settings: Settings, *, tenant: str | None, kind: str, status: str | None, limit: int, as_json: bool
) -> None:
    """List jobs, the newest first."""

    async def read(op: Provider) -> list[dict[str, Any]]:
        of_tenant = await required_tenant_id(op, tenant) if tenant else None
        found = await jobs.page(op.db, tenant_id=of_tenant, kind=kind, status=status or "", limit=limit)
        return [as_columns(each) for each in found]

    show(
        run(settings, read),
        ("id", "kind", "tenant_id", "status", "attempts", "failure"),
        as_json=as_json,
        empty="no jobs",
    )


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


def show_begun(begun: dict[str, Any], *, as_json: bool) -> None:
    """Say which job was begun."""
    if as_json:
        print_json(begun)
    else:
        click.echo(f"job {begun['id']} was begun; `hibana job show {begun['id']}` says how far it is")
