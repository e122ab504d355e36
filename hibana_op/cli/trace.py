"""`hibana trace`: why requests were refused in the last 24 hours."""

from collections.abc import Iterator, Sequence

import click

from hibana_op.cli.durations import Duration
from hibana_op.cli.output import columns, example, json_option, moment, print_json, show, with_settings
from hibana_op.cli.provider import run
from hibana_op.config import Settings
from hibana_op.foundation.differences import Piece
from hibana_op.foundation.errors import NotFound
from hibana_op.foundation.printable import printable
from hibana_op.foundation.redaction import Received
from hibana_op.provider import Provider
from hibana_op.records import refusal_traces
from hibana_op.records.refusal_traces import RefusalTrace
from hibana_op.web.refusal_words import tell

COLUMNS = ("time", "trace_id", "endpoint", "status", "error", "rule", "client_id")
LANGUAGE = "en"
_LABEL = 17


@click.group()
def trace() -> None:
    """See why requests were refused."""


@trace.command("list", epilog=example("hibana trace list --endpoint /token --since 15m"))
@click.option("--client", "client_id", default="", help="Sent by this client.")
@click.option("--endpoint", default="", help="Sent to this path, for example /authorize.")
@click.option("--error", default="", help="Refused with this error code, for example invalid_grant.")
@click.option("--since", type=Duration(), metavar="AGE", help="No older than 30s, 15m or 24h; by default all.")
@click.option("--limit", type=click.IntRange(1, 5000), default=50, show_default=True, help="At most so many.")
@json_option
@with_settings
def list_traces(
    settings: Settings, *, client_id: str, endpoint: str, error: str, since: int | None, limit: int, as_json: bool
) -> None:
    """List refused requests, the newest first."""

    async def read(op: Provider) -> Sequence[RefusalTrace]:
        return await refusal_traces.page(
            op.db,
            now=op.now(),
            limit=limit,
            client_id=client_id,
            endpoint=endpoint,
            error=error,
            since=0 if since is None else op.now() - since,
        )

    rows = [as_members(each) if as_json else _as_row(each) for each in run(settings, read)]
    show(rows, COLUMNS, as_json=as_json, empty="Nothing was refused.")


@trace.command("show", epilog=example("hibana trace show 4bf92f3577b34da6a3ce929d0e0e4736"))
@click.argument("trace_id")
@json_option
@with_settings
def show_trace(settings: Settings, *, trace_id: str, as_json: bool) -> None:
    """Explain what was refused under a trace id. Every answer carries one as X-Request-Id."""

    async def read(op: Provider) -> list[RefusalTrace]:
        return await refusal_traces.of_trace(op.db, trace_id, now=op.now())

    found = run(settings, read)
    if not found:
        raise NotFound(f"no trace has the id {trace_id}; traces are kept for 24 hours")
    if as_json:
        print_json([as_members(each) for each in found])
        return
    for number, each in enumerate(found):
        if number:
            click.echo()
        for text in _described(each):
            click.echo(printable(text))


def as_members(each: RefusalTrace) -> dict[str, object]:
    """A trace as JSON shows it."""
    account, told = each.account, tell(each, LANGUAGE)
    return {
        "trace_id": each.trace_id,
        "time": told.time,
        "method": account.method,
        "endpoint": each.endpoint,
        "status": account.status,
        "error": each.error,
        "client_id": each.client_id,
        "rule": account.rule,
        "meaning": told.rule,
        "spec": told.spec,
        "spec_url": told.spec_url,
        "mend": told.mend,
        "command": told.command,
        "description": account.description,
        "detail": account.detail,
        "parameter": account.parameter,
        "expected": list(account.expected),
        "sent": account.sent,
        "received": [
            {"name": part.name, "value": part.value, "length": part.length, "meant": part.meant}
            for part in account.received
        ],
    }


def _as_row(each: RefusalTrace) -> dict[str, object]:
    return {**as_members(each), "time": moment(each.created_at)}


def _described(each: RefusalTrace) -> Iterator[str]:
    account, told = each.account, tell(each, LANGUAGE)
    yield f"{moment(each.created_at)}  {account.method} {each.endpoint}  {account.status} {each.error}"
    yield from _labelled("what went wrong", told.rule)
    yield from _labelled("specification", *(filter(None, (told.spec, told.spec_url))))
    yield from _labelled("how to mend it", told.mend, told.command)
    yield from _labelled("told the caller", account.description)
    yield from _labelled("not told", account.detail)
    if told.comparison is not None:
        pieces = told.comparison.pieces
        yield from _labelled("expected", *_marked(pieces, "expected"))
        yield from _labelled("sent", *_marked(pieces, "sent"))
        yield from _labelled("", told.comparison.in_words)
    yield from _labelled("also expected" if told.comparison else "expected", *told.expected)
    if told.comparison is None:
        yield from _labelled("sent", account.sent)
    yield from _labelled("came in", *map(_part, account.received))
    yield from _labelled("client_id", each.client_id)
    yield from _labelled("trace id", each.trace_id)


def _labelled(label: str, *lines: str | None) -> Iterator[str]:
    for number, text in enumerate(filter(None, lines)):
        yield f"  {label if number == 0 else '':<{_LABEL}}{text}"


def _marked(pieces: Sequence[Piece], side: str) -> tuple[str, str]:
    """One side of a comparison, and under it a mark for each character that differs."""
    texts = [(getattr(piece, side), " " if piece.is_same else "^") for piece in pieces]
    whole = "".join(text for text, _ in texts)
    return whole, "".join(mark * columns(text) for text, mark in texts).rstrip()


def _part(part: Received) -> str:
    name = part.name or "unknown parameter"
    value = f"(not kept, length {part.length})" if part.value is None else part.value
    return f"{name}: {value}" + (f" (unknown; is {part.meant} meant?)" if part.meant else "")
