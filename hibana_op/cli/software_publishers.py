"""`hibana software-publisher`: whose statements about software count when a client is registered."""

from pathlib import Path

import click

from hibana_op.cli.output import example, json_option, print_json, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.typed import read_object
from hibana_op.config import Settings
from hibana_op.foundation.errors import InvalidRecord, NotFound
from hibana_op.oauth import software_statements
from hibana_op.provider import Provider
from hibana_op.records import software_publishers
from hibana_op.records.software_publishers import SoftwarePublisher


@click.group("software-publisher")
def software_publisher() -> None:
    """Say whose statements about software count."""


@software_publisher.command(
    epilog=example(
        "hibana software-publisher add --issuer https://apps.example --jwks-uri https://apps.example/jwks.json"
    )
)
@click.option("--issuer", required=True, metavar="URL", help="The iss of its statements.")
@click.option("--jwks-uri", metavar="URL", help="Where its keys are shown.")
@click.option(
    "--jwks",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Its keys, as a JWK Set.",
)
@json_option
@with_settings
def add(settings: Settings, *, issuer: str, jwks_uri: str | None, file: Path | None, as_json: bool) -> None:
    """Trust a publisher, or give one that is trusted already other keys."""
    keys = None if file is None else read_object(_read(file), "--jwks")

    async def trust(op: Provider) -> SoftwarePublisher:
        return await software_statements.trust(op, issuer=issuer, jwks=keys, jwks_uri=jwks_uri, origin=command_origin())

    show_one(_described(run(settings, trust)), as_json=as_json)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InvalidRecord(f"{file} is not UTF-8") from None


@software_publisher.command("list", epilog=example("hibana software-publisher list"))
@json_option
@with_settings
def list_publishers(settings: Settings, *, as_json: bool) -> None:
    """List the publishers that are trusted."""

    async def read(op: Provider) -> list[SoftwarePublisher]:
        return await software_publishers.every(op.db)

    rows = [_described(each) for each in run(settings, read)]
    show(rows, ("issuer", "jwks_uri", "created_at"), as_json=as_json)


@software_publisher.command("show", epilog=example("hibana software-publisher show https://apps.example"))
@click.argument("issuer")
@json_option
@with_settings
def show_publisher(settings: Settings, *, issuer: str, as_json: bool) -> None:
    """Show a publisher, with its keys or where they are shown."""

    async def read(op: Provider) -> SoftwarePublisher:
        found = await software_publishers.find(op.db, issuer)
        if found is None:
            raise NotFound(f"no publisher is known as {issuer}")
        return found

    show_one(_described(run(settings, read)), as_json=as_json)


@software_publisher.command(epilog=example("hibana software-publisher remove https://apps.example"))
@click.argument("issuer")
@json_option
@with_settings
def remove(settings: Settings, *, issuer: str, as_json: bool) -> None:
    """Trust a publisher no more. Clients that registered with its statements stay."""
    run(settings, lambda op: software_statements.remove(op, issuer, command_origin()))
    if as_json:
        print_json({"issuer": issuer, "removed": True})
    else:
        click.echo(f"removed {issuer}")


def _described(publisher: SoftwarePublisher) -> dict[str, object]:
    return {
        "issuer": publisher.issuer,
        "jwks_uri": publisher.jwks_uri,
        "jwks": publisher.jwks,
        "created_at": publisher.created_at,
    }
