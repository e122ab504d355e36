"""`hibana api-key`: keys with which programs call the management API."""

from typing import Any

import click

from hibana_op.cli.durations import Duration
from hibana_op.cli.output import example, json_option, nothing, print_json, show, show_one, with_settings
from hibana_op.cli.people import find_person
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.tenant_named import tenant_id_of, tenant_option
from hibana_op.config import Settings
from hibana_op.provider import Provider
from hibana_op.records import api_keys
from hibana_op.records.api_keys import ApiKey
from hibana_op.tenancy import actors
from hibana_op.tenancy import api_keys as rules

COLUMNS = ("id", "name", "prefix", "user_id", "tenant_id", "scopes", "expires_at", "last_used_at", "state")
PAGE = 200


@click.group("api-key")
def api_key() -> None:
    """Make keys with which programs call the management API."""


@api_key.command(
    epilog=example("hibana api-key create --user alice@example.com --name 'Nightly report' --scope users:read")
)
@click.option("--user", "person", required=True, metavar="PERSON", help="Whose it is; it may do no more than they.")
@click.option("--name", required=True, metavar="TEXT", help="What it is for.")
@click.option(
    "--scope", "scopes", multiple=True, required=True, metavar="P", help="A permission, users:* or *. Repeatable."
)
@tenant_option
@click.option("--expires-in", "lifetime", type=Duration(), default="90d", show_default=True, help="How long it counts.")
@click.option("--cidr", "cidrs", multiple=True, metavar="NET", help="Only from this network. Repeatable.")
@json_option
@with_settings
def create(
    settings: Settings,
    *,
    person: str,
    name: str,
    scopes: tuple[str, ...],
    tenant: str | None,
    lifetime: int,
    cidrs: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make a key; it is shown this once."""

    async def make(op: Provider) -> dict[str, Any]:
        made, text = await rules.create(
            op,
            await actors.command(op),
            user_id=(await find_person(op.db, person)).id,
            name=name,
            scopes=scopes,
            tenant_id=await tenant_id_of(op, tenant),
            expires_at=op.now() + lifetime,
            cidrs=cidrs,
            origin=command_origin(),
        )
        return {**_described(made, op.now()), "key": text}

    show_one(run(settings, make), as_json=as_json)


@api_key.command("list", epilog=example("hibana api-key list --user alice@example.com"))
@click.option("--user", "person", metavar="PERSON", help="Only theirs.")
@click.option("--search", default="", help="Its name or its prefix.")
@tenant_option
@json_option
@with_settings
def list_keys(settings: Settings, *, person: str | None, search: str, tenant: str | None, as_json: bool) -> None:
    """List keys, those that count no more included."""

    async def read(op: Provider) -> list[dict[str, Any]]:
        tenant_id = await tenant_id_of(op, tenant)
        user_id = (await find_person(op.db, person)).id if person else ""
        found: list[ApiKey] = []
        while page := await api_keys.page(
            op.db, tenant_id=tenant_id, user_id=user_id, q=search, after=found[-1].id if found else "", limit=PAGE
        ):
            found += page
        return [_described(each, op.now()) for each in found]

    show(run(settings, read), COLUMNS, as_json=as_json, empty=nothing(person, search, tenant))


@api_key.command("show", epilog=example("hibana api-key show ID"))
@click.argument("key_id", metavar="ID")
@json_option
@with_settings
def show_key(settings: Settings, *, key_id: str, as_json: bool) -> None:
    """Show a key, without the key itself."""

    async def read(op: Provider) -> dict[str, Any]:
        return _described(await api_keys.get(op.db, key_id), op.now())

    show_one(run(settings, read), as_json=as_json)


@api_key.command(epilog=example("hibana api-key revoke ID"))
@click.argument("key_id", metavar="ID")
@json_option
@with_settings
def revoke(settings: Settings, *, key_id: str, as_json: bool) -> None:
    """End a key at once."""

    async def end(op: Provider) -> None:
        await rules.revoke(op, await actors.command(op), key_id, origin=command_origin())

    run(settings, end)
    if as_json:
        print_json({"id": key_id, "revoked": True})
    else:
        click.echo(f"revoked {key_id}")


def _described(key: ApiKey, now: int) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "user_id": key.user_id,
        "tenant_id": key.tenant_id,
        "scopes": list(key.scopes),
        "cidrs": list(key.cidrs),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "state": _state(key, now),
    }


def _state(key: ApiKey, now: int) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "live"
