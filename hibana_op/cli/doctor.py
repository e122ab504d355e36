"""`hibana doctor`: a line for each check, with the mend."""

import asyncio
import email.utils
import time
from dataclasses import asdict
from pathlib import Path

import click
import httpx2

from hibana_op.cli.output import config_option, example, json_option, print_json
from hibana_op.config import Settings, from_environment
from hibana_op.foundation import log
from hibana_op.foundation.errors import WrongSettings
from hibana_op.foundation.printable import printable
from hibana_op.operations.doctor import Answer, Finding, examine

_SECONDS = 5.0


@click.command(epilog=example("hibana doctor --full"))
@click.option("--full", is_flag=True, help="Check the whole audit log, not only its last thousand entries.")
@json_option
@config_option
def doctor(*, config_file: Path | None, full: bool, as_json: bool) -> None:
    """Say what is wrong with a deployment, and how to mend it.

    Changes no data. Ends with 1 when a check fails; a warning is for you to judge.
    """
    findings = _examined(config_file, full=full)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    for finding in () if as_json else findings:
        mend = f"; {finding.mend}" if finding.mend else ""
        click.echo(f"{finding.state:<4}  {finding.check:<10}  {printable(finding.says + mend)}")
    if any(finding.state == "fail" for finding in findings):
        raise click.exceptions.Exit(1)


def _examined(file: Path | None, *, full: bool) -> list[Finding]:
    try:
        settings = from_environment(file=file, flags={}, mode="command")
    except WrongSettings as wrong:
        return [Finding("settings", "fail", fault) for fault in wrong.faults]
    log.configure(settings.log.format, "error")  # what matters stands in the findings
    return [*_fit_to_serve(file), *asyncio.run(_looked_at(settings, full=full))]


def _fit_to_serve(file: Path | None) -> list[Finding]:
    try:
        from_environment(file=file, flags={}, mode="serve")
    except WrongSettings as wrong:
        return [Finding("settings", "warn", f"`hibana serve` would not start: {fault}") for fault in wrong.faults]
    return [Finding("settings", "ok", "`hibana serve` takes them")]


async def _looked_at(settings: Settings, *, full: bool) -> list[Finding]:
    return await examine(settings, await _ask(settings), now=int(time.time()), full=full)


async def _ask(settings: Settings) -> Answer:
    """The issuer's discovery document, fetched as an app would."""
    context = httpx2.create_ssl_context(trust_env=False)
    try:
        if settings.outbound.ca_file is not None:
            context.load_verify_locations(settings.outbound.ca_file)
        async with httpx2.AsyncClient(verify=context, trust_env=False, timeout=_SECONDS) as http:
            response = await http.get(f"{settings.issuer}/.well-known/openid-configuration")
    except (httpx2.HTTPError, OSError) as fault:
        return Answer(None, (str(fault) or type(fault).__name__).encode(), None, int(time.time()))
    return Answer(response.status_code, response.content, _moment(response.headers.get("date")), int(time.time()))


def _moment(date: str | None) -> int | None:
    try:
        return int(email.utils.parsedate_to_datetime(date or "").timestamp())
    except ValueError:
        return None
