"""`hibana user remove-factor`: for people who lost what they prove themselves with."""

from typing import Any

import click

from hibana_op.cli.output import example, json_option, show_one, with_settings
from hibana_op.cli.people import find_person
from hibana_op.cli.provider import command_origin, run
from hibana_op.config import Settings
from hibana_op.login import lost_factors
from hibana_op.login.lost_factors import KINDS, SetUp
from hibana_op.provider import Provider


@click.command("remove-factor", epilog=example("hibana user remove-factor alice@example.com totp backup-codes"))
@click.argument("person")
@click.argument("kinds", metavar="[KIND]...", nargs=-1, type=click.Choice(KINDS))
@click.option("--passkey", "named", multiple=True, metavar="NAME", help="One passkey, by name or id; repeatable.")
@click.option("--all", "everything", is_flag=True, help="Everything the person has set up, passkeys too.")
@json_option
@with_settings
def remove_factor(
    settings: Settings,
    *,
    person: str,
    kinds: tuple[str, ...],
    named: tuple[str, ...],
    everything: bool,
    as_json: bool,
) -> None:
    """Take away what a person lost, such as passkeys.

    KIND is totp, sms, email, backup-codes, trusted-browsers or passkeys. The person is signed out everywhere, and told
    by mail. Their password stays, and `/recover` gives one to somebody who has none.
    """
    if everything == bool(kinds or named):
        raise click.UsageError("name what to remove, or give --all")

    async def remove(op: Provider) -> dict[str, Any]:
        found = await find_person(op.db, person)
        removed = await lost_factors.remove(
            op, found, kinds=None if everything else kinds, named=named, origin=command_origin()
        )
        left = await lost_factors.set_up(op.db, found.id, now=op.now())
        return {"id": found.id, "email": found.email, "removed": list(removed), **described(left)}

    show_one(run(settings, remove), as_json=as_json)


def described(has: SetUp) -> dict[str, Any]:
    """What a person has set up, as commands show it."""
    return {
        "second_factors": [each.method for each in has.methods],
        "backup_codes_left": has.backup_codes,
        "trusted_browsers": has.browsers,
        "passkeys": [{"id": each.id, "name": each.name, "last_used_at": each.last_used_at} for each in has.passkeys],
    }
