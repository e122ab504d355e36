"""`hibana audit`: what happened, who did it, and whether the record of it is whole."""

import sys
from pathlib import Path

import click

from hibana_op.cli.durations import Duration
from hibana_op.cli.output import complain, example, json_option, nothing, print_json, show, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.config import Settings
from hibana_op.foundation.new_file import new_file
from hibana_op.operations import audit as acts
from hibana_op.provider import Provider
from hibana_op.records import audit_log, users

COLUMNS = ("seq", "created_at", "action", "outcome", "actor_kind", "user_id", "client_id", "resource_id")
PAGE = 1000

since_option = click.option(
    "--since", type=Duration(), metavar="AGE", help="No older than 30s, 15m, 24h or 7d; by default everything."
)


@click.group()
def audit() -> None:
    """Read, check and export the log of what happened."""


@audit.command("list", epilog=example("hibana audit list --action user:login:failed --since 24h"))
@click.option("--action", default="", help="One kind of event, for example user:login:failed.")
@click.option("--user", "person", default="", help="Done by or to this person: an id, address or user name.")
@click.option("--client", "client_id", default="", help="Done by this client.")
@since_option
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="At most so many.")
@json_option
@with_settings
def list_entries(
    settings: Settings, *, action: str, person: str, client_id: str, since: int | None, limit: int, as_json: bool
) -> None:
    """List entries, the newest first."""

    async def read(op: Provider) -> list[dict[str, object]]:
        # Somebody who was erased is known by nothing any more, so what is not found is taken as an id.
        known = await users.find_by_login(op.db, person) if person else None
        found: list[dict[str, object]] = []
        before = None
        while len(found) < limit:
            entries = await audit_log.page(
                op.db,
                before=before,
                limit=min(limit - len(found), PAGE),
                action=action,
                user_id=known.id if known else person,
                client_id=client_id,
                since=_moment(op, since),
            )
            if not entries:
                break
            found += [acts.as_members(entry) for entry in entries]
            before = entries[-1].seq
        return found

    show(run(settings, read), COLUMNS, as_json=as_json, empty=nothing(action, person, client_id, since))


@audit.command(epilog=example("hibana audit verify"))
@json_option
@with_settings
def verify(settings: Settings, *, as_json: bool) -> None:
    """Check that no entry was changed, removed or moved."""
    verdict = run(settings, lambda op: audit_log.verify(op.db, key=op.audit_key))
    if as_json:
        print_json({"entries": verdict.entries, "fault": verdict.fault})
    elif verdict.fault is None:
        click.echo(f"all {verdict.entries} entries are as they were written")
    if verdict.fault is not None:
        complain(f"the audit log was changed: {verdict.fault}")
        raise click.exceptions.Exit(1)


@audit.command(epilog=example("hibana audit export audit.jsonl --since 7d"))
@click.argument("file", type=click.Path(path_type=Path), required=False)
@since_option
@click.option("--force", is_flag=True, help="Replace the file when there is one.")
@with_settings
def export(settings: Settings, *, file: Path | None, since: int | None, force: bool) -> None:
    """Write the log to FILE or standard output. JSON lines, the oldest first."""

    async def write(op: Provider) -> int:
        start = _moment(op, since)
        if file is None:
            return await acts.export(op, sys.stdout.buffer, since=start, origin=command_origin())
        with new_file(file, replace=force) as stream:
            return await acts.export(op, stream, since=start, origin=command_origin())

    count = run(settings, write)
    click.echo(f"exported {count} entries", err=True)


def _moment(op: Provider, age: int | None) -> int:
    return 0 if age is None else op.now() - age
