"""`hibana worker`: the background work alone, on a machine that answers no requests."""

import asyncio
import signal

import click

from hibana_op.background import services
from hibana_op.cli.output import example, with_settings
from hibana_op.cli.provider import run
from hibana_op.config import Settings
from hibana_op.jobs.background import running
from hibana_op.provider import Provider
from hibana_op.storage.serving import serving


@click.command(epilog=example("hibana worker"))
@with_settings
def worker(settings: Settings) -> None:
    """Do the background work on a machine of its own.

    That is mail, SMS, notices of sign-outs, retention and other jobs.
    `hibana serve` does all of it by itself. Run workers beside it when that work should not take the
    servers' processor time; any number of them may share one database.
    """
    with serving(settings.database_url.reveal()):
        run(settings, _work)


async def _work(op: Provider) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, ended.set)
    async with running(*services(op)):
        click.echo("Hibana works in the background. Ctrl-C stops it.")
        await ended.wait()
