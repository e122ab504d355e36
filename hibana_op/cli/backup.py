"""`hibana backup` and `hibana restore`: the whole database as one file, the same for every engine."""

from pathlib import Path

import click

from hibana_op.cli.output import example, json_option, print_json, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.config import Settings
from hibana_op.operations import backup as copies
from hibana_op.operations import restore as copies_back
from hibana_op.storage.serving import standing_still


@click.command(epilog=example("hibana backup monday.backup"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace the file when there is one.")
@json_option
@with_settings
def backup(settings: Settings, *, file: Path, force: bool, as_json: bool) -> None:
    """Write a copy of the whole database to a file.

    Servers may run meanwhile. The file can be restored to SQLite and to PostgreSQL alike. Its secrets rest
    under the master key, which is not in it: keep that key elsewhere, for as long as the file.
    """
    counts = run(settings, lambda op: copies.take(op, file, replace=force, origin=command_origin()))
    if as_json:
        print_json({"file": str(file), "rows": counts})
    else:
        click.echo(f"wrote {sum(counts.values())} rows of {len(counts)} tables to {file}")


@click.command(epilog=example("hibana restore monday.backup"))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--force", is_flag=True, help="Even when there are people or clients in the database: they are replaced.")
@json_option
@with_settings
def restore(settings: Settings, *, file: Path, force: bool, as_json: bool) -> None:
    """Put a copy in the place of the whole database.

    Stop every server first; while one runs on an SQLite file, nothing is restored. All of it is restored or
    nothing. Sessions, codes and tokens of the copy are ended, so that nothing comes back that was ended since:
    people sign in again.
    """
    with standing_still(settings.database_url.reveal()):
        event = run(settings, lambda op: copies_back.restore(op, file, replace=force, origin=command_origin()))
    if as_json:
        print_json({"file": str(file), "taken_at": event.taken_at, "ended": event.ended})
    else:
        ended = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in event.ended.items())
        click.echo(f"restored {file}; ended {ended}")
