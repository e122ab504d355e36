"""`hibana lockout`: people who failed so often to sign in that they have to wait."""

from dataclasses import asdict
from typing import Any

import click

from hibana_op.cli.output import example, json_option, show, with_settings
from hibana_op.cli.provider import run
from hibana_op.config import Settings
from hibana_op.provider import Provider
from hibana_op.records import lockouts
from hibana_op.records.lockouts import LockedPerson

COLUMNS = ("user_id", "email", "locked_until", "codes_only")
PAGE = 200


@click.group()
def lockout() -> None:
    """See who has to wait because of failed sign-ins."""


@lockout.command("list", epilog=example("hibana lockout list"))
@json_option
@with_settings
def list_locked(settings: Settings, *, as_json: bool) -> None:
    """List who is locked at this moment. `hibana user unlock` lets them try again."""

    async def read(op: Provider) -> list[dict[str, Any]]:
        found: list[LockedPerson] = []
        while page := await lockouts.locked_people(
            op.db, now=op.now(), after=found[-1].user_id if found else "", limit=PAGE
        ):
            found += page
        return [asdict(each) for each in found]

    show(run(settings, read), COLUMNS, as_json=as_json, empty="Nobody has to wait.")
