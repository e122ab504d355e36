"""`hibana migrate`: the schema of the database, forward and back."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from hibana_op.cli.output import example, json_option, print_json, show, with_settings
from hibana_op.config import Settings
from hibana_op.foundation.errors import Conflict
from hibana_op.storage import migrate as migrations
from hibana_op.storage import open_database
from hibana_op.storage.database import Database
from hibana_op.storage.serving import standing_still

T = TypeVar("T")

to_option = click.option("--to", type=click.IntRange(min=0), metavar="NNN", help="The migration to stop at.")


@click.group()
def migrate() -> None:
    """Bring the database to another version of its schema."""


@migrate.command(epilog=example("hibana migrate up"))
@to_option
@json_option
@with_settings
def up(settings: Settings, *, to: int | None, as_json: bool) -> None:
    """Apply every migration that is missing, or as far as --to."""
    _report(_with_database(settings, lambda db: migrations.up(db, to)), "applied", as_json=as_json)


@migrate.command(epilog=example("hibana migrate down --to 001 --yes"))
@to_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@with_settings
def down(settings: Settings, *, to: int | None, yes: bool, as_json: bool) -> None:
    """Revert the last migration, or everything after --to. The data in what goes is lost.

    Stop every server first; while one runs on an SQLite file, nothing is reverted.
    """
    if not yes:
        if not sys.stdin.isatty():
            raise Conflict("reverting a migration deletes data, and there is no terminal to ask at; say --yes")
        click.confirm("Reverting a migration deletes the data it made room for. Go on?", abort=True)
    with standing_still(settings.database_url.reveal()):
        steps = _with_database(settings, lambda db: _revert(db, to))
    _report(steps, "reverted", as_json=as_json)


@migrate.command(epilog=example("hibana migrate status"))
@json_option
@with_settings
def status(settings: Settings, *, as_json: bool) -> None:
    """List the migrations, applied and pending."""
    steps = _with_database(settings, migrations.status)
    rows = [
        {
            "version": step.version,
            "name": step.name,
            "state": "applied" if isinstance(step, migrations.Applied) else "pending",
            "applied_at": step.applied_at if isinstance(step, migrations.Applied) else None,
        }
        for step in steps
    ]
    show(rows, ("version", "name", "state"), as_json=as_json)


async def _revert(db: Database, to: int | None) -> list[migrations.Migration]:
    if to is None:
        applied = [step for step in await migrations.status(db) if isinstance(step, migrations.Applied)]
        to = max(len(applied) - 1, 0)
    return await migrations.down(db, to)


def _with_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    async def opened() -> T:
        db = await open_database(settings.database_url.reveal())
        try:
            return await work(db)
        finally:
            await db.close()

    return asyncio.run(opened())


def _report(steps: list[migrations.Migration], done: str, *, as_json: bool) -> None:
    rows = [{"version": step.version, "name": step.name} for step in steps]
    if as_json:
        print_json({done: rows})
    for row in [] if as_json else rows:
        click.echo(f"{done} {row['version']:03}_{row['name']}")
    if not rows and not as_json:
        click.echo("There was nothing to do.")
