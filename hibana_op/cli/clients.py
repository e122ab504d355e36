"""`hibana client`: the apps that sign people in and the machines that act on their own."""

from typing import Any

import click

from hibana_op.cli.durations import Duration
from hibana_op.cli.output import example, json_option, nothing, print_json, show, show_one, warn, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.tenant_named import required_tenant_id, tenant_id_of, tenant_option
from hibana_op.cli.typed import read_object
from hibana_op.config import Settings
from hibana_op.oauth import client_registry as registry
from hibana_op.oauth import targets
from hibana_op.oauth.client_auth import METHODS
from hibana_op.oauth.metadata import information
from hibana_op.provider import Provider
from hibana_op.records import clients, identity_providers, tenants
from hibana_op.records.clients import Client

PAGE = 200
# `show` tells the rest: a line stays a line.
COLUMNS = ("client_id", "client_name", "tenant", "registration", "verified")
AUTH_METHODS = f"How it proves itself: {', '.join(METHODS)}. The first is the default."


@click.group()
def client() -> None:
    """Register and change apps."""


@client.command(
    epilog=example(
        "hibana client create --name Shop --redirect-uri https://shop.example/callback",
        "hibana client create --name 'Nightly job' --grant-type client_credentials --json",
        "hibana client create --name Depot --tenant acme --redirect-uri https://depot.example/callback",
    )
)
@click.option("--name", required=True, help="What people see when the app asks for access.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, metavar="U", help="Where answers may go; repeatable.")
@click.option("--post-logout-redirect-uri", "post_logout", multiple=True, metavar="U", help="Where a sign-out may end.")
@click.option(
    "--grant-type", "grant_types", multiple=True, metavar="G", help="Repeatable; the default signs people in."
)
@click.option("--response-type", "response_types", multiple=True, metavar="T", help="Repeatable.")
@click.option("--auth-method", metavar="M", help=AUTH_METHODS)
@click.option("--scope", metavar="S", help="The scopes it may ask for, separated by spaces.")
@click.option("--first-party", is_flag=True, help="Your own app: people are not asked for consent.")
@click.option("--no-require-pkce", is_flag=True, help="For a confidential app that cannot do PKCE.")
@click.option("--metadata", metavar="JSON", help="Any other member of RFC 7591 or OpenID Connect Registration.")
@tenant_option
@json_option
@with_settings
def create(settings: Settings, /, *, metadata: str | None, tenant: str | None, as_json: bool, **flags: Any) -> None:
    """Register an app; its secret is shown this once."""
    values = {**read_object(metadata, "--metadata"), **_members(flags)}

    async def make(op: Provider) -> tuple[Client, str | None, list[str]]:
        tenant_id = await tenant_id_of(op, tenant)
        made, secret = await registry.create(op, values, command_origin(), tenant_id=tenant_id)
        return made, secret, await _doubts(op, made)

    made, secret, doubts = run(settings, make)
    show_one(described(made, secret=secret), as_json=as_json)
    for doubt in doubts:
        warn(doubt)


async def _doubts(op: Provider, client: Client) -> list[str]:
    """What of an app is allowed, and hardly meant."""
    addresses = (*client.redirect_uris, *client.post_logout_redirect_uris)
    doubts = [f"{each} is taken as it stands: a * stands for nothing else" for each in addresses if "*" in each]
    known = set(await targets.account_scopes(op)).union(
        *(each.scope_values for each in await op.remembered.every_resource())
    )
    unknown = [scope for scope in (client.scope or "").split() if scope not in known]
    if unknown:
        doubts.append(f"nothing here knows the scope {', '.join(unknown)}; `hibana resource create --scope` adds one")
    return doubts


def _members(flags: dict[str, Any]) -> dict[str, Any]:
    """The metadata that the flags stand for; what was not given is left out."""
    members: dict[str, Any] = {
        "client_name": flags["name"],
        "redirect_uris": list(flags["redirect_uris"]),
        "post_logout_redirect_uris": list(flags["post_logout"]),
        "grant_types": list(flags["grant_types"]),
        "response_types": list(flags["response_types"]),
        "token_endpoint_auth_method": flags["auth_method"],
        "scope": flags["scope"],
    }
    given = {name: value for name, value in members.items() if value}
    if flags["first_party"]:
        given["first_party"] = True
    if flags["no_require_pkce"]:
        given["require_pkce"] = False
    return given


@client.command("list", epilog=example("hibana client list --json", "hibana client list --tenant acme"))
@click.option("--search", default="", help="Part of a name.")
@click.option("--tenant", metavar="SLUG", help="Only apps of this tenant.")
@json_option
@with_settings
def list_clients(settings: Settings, *, search: str, tenant: str | None, as_json: bool) -> None:
    """List the apps."""

    async def read(op: Provider) -> list[dict[str, Any]]:
        tenant_id = None if tenant is None else await required_tenant_id(op, tenant)
        found: list[Client] = []
        while page := await clients.page(
            op.db, tenant_id=tenant_id, search=search, after=found[-1].client_id if found else "", limit=PAGE
        ):
            found += page
        slugs = await tenants.slugs(op.db)
        return [{**described(each), "tenant": slugs.get(each.tenant_id or "")} for each in found]

    show(run(settings, read), COLUMNS, as_json=as_json, empty=nothing(search, tenant))


@client.command("show", epilog=example("hibana client show CLIENT_ID"))
@click.argument("client_id")
@json_option
@with_settings
def show_client(settings: Settings, *, client_id: str, as_json: bool) -> None:
    """Show an app; never its secret. Which other providers were chosen for it is among it."""

    async def read(op: Provider) -> dict[str, Any]:
        found = await clients.get(op.db, client_id)
        return {**described(found), "identity_providers": await identity_providers.chosen_for(op.db, client_id)}

    show_one(run(settings, read), as_json=as_json)


@client.command(
    epilog=example(
        'hibana client update CLIENT_ID --metadata \'{"client_name#ja": "お店", "logo_uri": null}\'',
        "hibana client update CLIENT_ID --metadata '{\"verified\": true}'",
    )
)
@click.argument("client_id")
@click.option("--metadata", required=True, metavar="JSON", help="The members to change.")
@json_option
@with_settings
def update(settings: Settings, *, client_id: str, metadata: str, as_json: bool) -> None:
    """Change some members of an app. The others stay as they are; null takes a member back to its default."""

    async def change(op: Provider) -> tuple[Client, list[str]]:
        changed = await registry.update(op, client_id, read_object(metadata, "--metadata"), command_origin())
        return changed, await _doubts(op, changed)

    changed, doubts = run(settings, change)
    show_one(described(changed), as_json=as_json)
    for doubt in doubts:
        warn(doubt)


@client.command("rotate-secret", epilog=example("hibana client rotate-secret CLIENT_ID --overlap 24h"))
@click.argument("client_id")
@click.option("--overlap", type=Duration(), default="0s", help="How long the old secret goes on counting, like 24h.")
@json_option
@with_settings
def rotate_secret(settings: Settings, *, client_id: str, overlap: int, as_json: bool) -> None:
    """Give an app a new secret; it is shown this once."""

    async def rotate(op: Provider) -> tuple[Client, str]:
        return await registry.rotate_secret(op, client_id, overlap=overlap, origin=command_origin())

    changed, secret = run(settings, rotate)
    show_one(described(changed, secret=secret), as_json=as_json)


@client.command(epilog=example("hibana client delete CLIENT_ID"))
@click.argument("client_id")
@json_option
@with_settings
def delete(settings: Settings, *, client_id: str, as_json: bool) -> None:
    """Remove an app and everything that was issued to it."""
    run(settings, lambda op: registry.delete(op, client_id, command_origin()))
    if as_json:
        print_json({"client_id": client_id, "deleted": True})
    else:
        click.echo(f"removed {client_id}")


def described(each: Client, *, secret: str | None = None) -> dict[str, Any]:
    """An app as the management API shows it, with its tenant."""
    return {**information(each, secret=secret), "tenant_id": each.tenant_id}
