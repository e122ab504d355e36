"""`hibana dev`: a demo on this machine that needs no settings."""

import asyncio
from pathlib import Path
from urllib.parse import quote

import click

from hibana_op import config
from hibana_op.cli import server
from hibana_op.cli.output import config_option, example
from hibana_op.cli.serve import prepare
from hibana_op.config import Settings, beside_demo
from hibana_op.foundation import log
from hibana_op.storage.serving import standing_still


@click.command(epilog=example("hibana dev --port 9000"))
@click.option("--host", default="localhost", show_default=True, help="localhost, 127.0.0.1 or ::1; no other.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--data", default="hibana-data", show_default=True, metavar="DIR", help="Where it keeps its data.")
@click.option("--reset", is_flag=True, help="Start with an empty database.")
@click.option("--yes", is_flag=True, help="Do not ask before --reset.")
@config_option
def dev(host: str, port: int, data: str, *, reset: bool, yes: bool, config_file: Path | None) -> None:
    """A demo on this machine, ready in seconds.

    People with known passwords, a demo app and a page with the mail that would have gone out. Run again,
    it keeps its data.
    """
    flags = {"host": host, "port": str(port), "data": data}
    settings = config.from_environment(file=config_file, flags=flags, mode="dev")
    log.configure(settings.log.format, settings.log.level)
    config.hand_over(file=config_file, flags=flags, mode="dev")
    sockets = server.listen_for(settings, host, port)
    if reset:
        _reset(settings, is_sure=yes)
    asyncio.run(_fill(settings))
    beside_demo.leave(settings)
    if not server.run(settings, sockets, workers=1, announce=lambda: _announce(settings)):
        raise click.exceptions.Exit(1)


def _reset(settings: Settings, *, is_sure: bool) -> None:
    """Remove the data directory's database; the master key stays."""
    database = settings.data_dir / "hibana.db"
    if not is_sure:
        click.confirm(f"Delete {database} with everything in it?", abort=True)
    with standing_still(f"sqlite:///{quote(str(database.absolute()))}"):
        for path in (database, *(database.with_name(database.name + end) for end in ("-wal", "-shm"))):
            path.unlink(missing_ok=True)


async def _fill(settings: Settings) -> None:
    from hibana_op.dev.seed import seed  # noqa: PLC0415 -- the demo's people are no part of production

    await prepare(settings)
    await seed(settings)


def _announce(settings: Settings) -> None:
    from hibana_op.dev.commands import command  # noqa: PLC0415 -- as above

    click.echo(
        f"\nHibana is ready. Open:\n\n"
        f"  {settings.issuer}/    start page: people, passwords, the demo app\n"
        f"  {settings.issuer}/.well-known/openid-configuration    for apps\n"
        f"  {settings.issuer}/dev/outbox    mail that would have gone out\n\n"
        f"Commands beside it: {command(settings, 'user list')}\n"
        f"Data is kept in {settings.data_dir}. Ctrl-C stops Hibana.\n"
    )
