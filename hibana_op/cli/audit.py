"""`hibana audit`: what happened, who did it, and whether the record of it is whole."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from hibana_op.cli.durations import Duration
from hibana_op.cli.output import complain, example, json_option, nothing, print_json, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.tenant_names import find_tenant
from hibana_op.config import Settings
from hibana_op.foundation.errors import NotFound
from hibana_op.foundation.new_file import new_file
from hibana_op.operations import audit as acts
from hibana_op.provider import Provider
from hibana_op.records import audit_log, audit_search, users
from hibana_op.records.audit_search import Wanted

COLUMNS = ("seq", "created_at", "action", "outcome", "actor_kind", "user_id", "client_id", "resource_id")
OUTCOMES = ("success", "failure", "denied")
PAGE = 1000


def _filters(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say which entries are wanted."""
    age = Duration()
    for option in (
        click.option("--until", type=age, metavar="AGE", help="No younger than 30s, 15m, 24h or 7d."),
        click.option("--since", type=age, metavar="AGE", help="No older than that; by default everything."),
        click.option("--trace", "trace_id", default="", metavar="ID", help="In the request with this X-Request-Id."),
        click.option("--resource", "resource_id", default="", metavar="ID", help="Done to what has this id."),
        click.option("--client", "client_id", default="", metavar="ID", help="Done by this client."),
        click.option("--user", "person", default="", help="Done by or to this person: an id, address or user name."),
        click.option("--outcome", type=click.Choice(OUTCOMES), help="How it ended."),
        click.option("--action", default="", help="One kind of event, for example user:login:failed."),
        click.option("--tenant", "slug", metavar="S", help="What happened in this tenant."),
    ):
        command = option(command)
    return command


@click.group()
def audit() -> None:
    """Read, check and export the log of what happened."""


@audit.command("list", epilog=example("hibana audit list --action user:login:failed --since 24h"))
@_filters
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="At most so many.")
@json_option
@with_settings
def list_entries(settings: Settings, /, *, limit: int, as_json: bool, **filters: Any) -> None:
    """List entries, the newest first."""

    async def read(op: Provider) -> list[dict[str, object]]:
        wanted, order = await _wanted(op, **filters), audit_search.ORDERS["-created_at"]
        found: list[dict[str, object]] = []
        after = ""
        while len(found) < limit:
            entries = await audit_search.page(op.db, wanted, after=after, limit=min(limit - len(found), PAGE))
            if not entries:
                break
            found += [acts.as_members(entry) for entry in entries]
            after = order.key(entries[-1])
        return found

    show(run(settings, read), COLUMNS, as_json=as_json, empty=nothing(*filters.values()))


@audit.command("show", epilog=example("hibana audit show 0192f0c2-3c1f-7c1e-8a51-3f3a8c0e9b11"))
@click.argument("entry_id", metavar="ID")
@json_option
@with_settings
def show_entry(settings: Settings, *, entry_id: str, as_json: bool) -> None:
    """Show one entry."""

    async def read(op: Provider) -> dict[str, object]:
        found = await audit_search.find(op.db, entry_id)
        if found is None:
            raise NotFound(f"no entry has the id {entry_id}")
        return acts.as_members(found)

    show_one(run(settings, read), as_json=as_json)


@audit.command(epilog=example("hibana audit verify", "hibana audit verify --last 10000"))
@click.option("--last", type=click.IntRange(1), metavar="N", help="Only so many, the newest; by default all.")
@json_option
@with_settings
def verify(settings: Settings, *, last: int | None, as_json: bool) -> None:
    """Check that no entry was changed, removed or moved."""
    verdict = run(settings, lambda op: audit_log.verify(op.db, key=op.audit_key, last=last))
    if as_json:
        print_json({"entries": verdict.entries, "fault": verdict.fault})
    elif verdict.fault is None:
        click.echo(f"all {verdict.entries} entries are as they were written")
    if verdict.fault is not None:
        complain(f"the audit log was changed: {verdict.fault}")
        raise click.exceptions.Exit(1)


@audit.command(epilog=example("hibana audit export audit.jsonl --since 7d"))
@click.argument("file", type=click.Path(path_type=Path), required=False)
@_filters
@click.option("--force", is_flag=True, help="Replace the file when there is one.")
@with_settings
def export(settings: Settings, /, *, file: Path | None, force: bool, **filters: Any) -> None:
    """Write the log to FILE or standard output. JSON lines, the oldest first."""

    async def write(op: Provider) -> int:
        wanted = await _wanted(op, **filters)
        if file is None:
            return await acts.export(op, sys.stdout.buffer, wanted=wanted, origin=command_origin())
        with new_file(file, replace=force) as stream:
            return await acts.export(op, stream, wanted=wanted, origin=command_origin())

    count = run(settings, write)
    click.echo(f"exported {count} entries", err=True)


async def _wanted(
    op: Provider,
    *,
    slug: str | None,
    person: str,
    outcome: str | None,
    since: int | None,
    until: int | None,
    **plain: str,
) -> Wanted:
    """The entries that the options name."""
    # Somebody who was erased is known by nothing any more, so what is not found is taken as an id.
    known = await users.find_by_login(op.db, person) if person else None
    now = op.now()
    return Wanted(
        tenant_id="" if slug is None else (await find_tenant(op, slug)).id,
        user_id=known.id if known else person,
        outcome=outcome or "",
        since=None if since is None else now - since,
        until=None if until is None else now - until,
        **plain,
    )
