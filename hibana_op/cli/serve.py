"""`hibana serve`: production."""

import asyncio
import shutil
import socket
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click

from hibana_op import config
from hibana_op.cli import server
from hibana_op.cli.output import config_option, example
from hibana_op.config import Settings
from hibana_op.foundation import log
from hibana_op.storage import migrate, open_database


@click.command(epilog=example("hibana serve --workers 2 --config hibana.toml"))
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port to listen on.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@config_option
def serve(host: str, port: int, workers: int, config_file: Path | None) -> None:
    """Production: serve people and apps.

    Refuses unsafe settings, naming each. Brings an SQLite database to the current schema by itself;
    with PostgreSQL run `hibana migrate up` first.
    """
    settings = config.from_environment(file=config_file, flags={}, mode="serve")
    log.configure(settings.log.format, settings.log.level)
    config.hand_over(file=config_file, flags={}, mode="serve")
    with ExitStack() as kept:
        sockets = server.listen_for(settings, host, port)
        asyncio.run(prepare(settings))
        if workers > 1:
            folder = Path(tempfile.mkdtemp(prefix="hibana-metrics-"))  # ours alone: mode 0700
            kept.callback(shutil.rmtree, folder, ignore_errors=True)
            config.share_metrics_folder(folder)
        if not server.run(settings, sockets, workers=workers, announce=lambda: _announce(settings, host, sockets)):
            raise click.exceptions.Exit(1)


def _announce(settings: Settings, host: str, sockets: list[socket.socket]) -> None:
    scheme = "https" if settings.tls.cert else "http"
    shown = f"[{host}]" if ":" in host else host
    port = sockets[0].getsockname()[1]
    click.echo(f"Hibana listens on {scheme}://{shown}:{port} and is {settings.issuer} to people. Ctrl-C stops it.")


async def prepare(settings: Settings) -> None:
    """Bring the database to the schema this program knows, or refuse to start on another."""
    db = await open_database(settings.database_url.reveal())
    try:
        if db.engine == "sqlite" or settings.mode == "dev":
            await migrate.up(db)
        else:
            await migrate.require_current(db)
    finally:
        await db.close()
