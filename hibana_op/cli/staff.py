"""`hibana staff`: what the service provider's staff must bring before their roles count."""

import click

from hibana_op.cli.durations import Duration
from hibana_op.cli.output import example, json_option, print_json, show, show_one, with_settings
from hibana_op.cli.people import find_person
from hibana_op.cli.provider import command_origin, run
from hibana_op.config import Settings
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import provider_staff, users
from hibana_op.records.provider_staff import AUTH_TYPES, StaffRequirement
from hibana_op.tenancy import actors
from hibana_op.tenancy import staff as rules

PAGE = 200
COLUMNS = ("email", "auth_type", "cidrs", "is_active", "expires_at", "last_used_at")
_type_option = click.option(
    "--auth-type",
    required=True,
    type=click.Choice(AUTH_TYPES),
    help="mfa: two factors; sso: signed in with another provider; password: to be signed in is enough.",
)


@click.group()
def staff() -> None:
    """Ask more of those who hold roles in the deployment."""


@staff.command(
    "set", epilog=example("hibana staff set alice@example.com --auth-type mfa --cidr 192.0.2.0/24 --expires-in 90d")
)
@click.argument("person")
@_type_option
@click.option("--cidr", "cidrs", multiple=True, metavar="CIDR", help="Only from this network; repeatable.")
@click.option("--expires-in", "lifetime", type=Duration(), help="After that their roles count no more.")
@click.option("--inactive", is_flag=True, help="Keep it, but do not ask for it.")
@json_option
@with_settings
def set_requirement(
    settings: Settings,
    *,
    person: str,
    auth_type: str,
    cidrs: tuple[str, ...],
    lifetime: int | None,
    inactive: bool,
    as_json: bool,
) -> None:
    """Set what a person must bring.

    While anything of it is missing, their roles in the deployment do not count.
    """

    async def put(op: Provider) -> dict[str, object]:
        kept = await rules.put(
            op,
            await actors.command(op),
            (await find_person(op.db, person)).id,
            auth_type=auth_type,
            cidrs=cidrs,
            expires_at=None if lifetime is None else op.now() + lifetime,
            is_active=not inactive,
            origin=command_origin(),
        )
        return await _described(op, kept)

    show_one(run(settings, put), as_json=as_json)


@staff.command("list", epilog=example("hibana staff list", "hibana staff list --user alice@example.com"))
@click.option("--user", "person", metavar="PERSON", help="Only what is asked of this person.")
@json_option
@with_settings
def list_requirements(settings: Settings, *, person: str | None, as_json: bool) -> None:
    """List what is asked of whom."""

    async def read(op: Provider) -> list[dict[str, object]]:
        actor, user_id = await actors.command(op), (await find_person(op.db, person)).id if person else ""
        found: list[StaffRequirement] = []
        while page := await rules.page(op.db, actor, user_id=user_id, after=found[-1].id if found else "", limit=PAGE):
            found += page
        return [await _described(op, each) for each in found]

    show(run(settings, read), COLUMNS, as_json=as_json, empty="Nothing more is asked of anybody.")


@staff.command("show", epilog=example("hibana staff show alice@example.com --auth-type mfa"))
@click.argument("person")
@_type_option
@json_option
@with_settings
def show_requirement(settings: Settings, *, person: str, auth_type: str, as_json: bool) -> None:
    """Show what is asked of a person."""

    async def read(op: Provider) -> dict[str, object]:
        found = await provider_staff.find(op.db, (await find_person(op.db, person)).id, auth_type)
        if found is None:
            raise NotFound(f"{auth_type} is not asked of {person}")
        return await _described(op, found)

    show_one(run(settings, read), as_json=as_json)


@staff.command(epilog=example("hibana staff remove alice@example.com --auth-type mfa"))
@click.argument("person")
@_type_option
@json_option
@with_settings
def remove(settings: Settings, *, person: str, auth_type: str, as_json: bool) -> None:
    """Ask this of a person no more."""

    async def take(op: Provider) -> str:
        found = await find_person(op.db, person)
        await rules.remove(op, await actors.command(op), found.id, auth_type, origin=command_origin())
        return found.id

    user_id = run(settings, take)
    if as_json:
        print_json({"user_id": user_id, "auth_type": auth_type, "deleted": True})
    else:
        click.echo(f"{auth_type} is not asked of {person} any more")


async def _described(op: Provider, each: StaffRequirement) -> dict[str, object]:
    user = await users.find(op.db, each.user_id)
    return {
        "id": each.id,
        "user_id": each.user_id,
        "email": user.email if user else None,
        "auth_type": each.auth_type,
        "cidrs": list(each.cidrs),
        "is_active": each.is_active,
        "expires_at": each.expires_at,
        "last_used_at": each.last_used_at,
        "created_at": each.created_at,
        "updated_at": each.updated_at,
    }
