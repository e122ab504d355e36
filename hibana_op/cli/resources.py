"""`hibana resource`: the APIs that accept our access tokens."""

import click

from hibana_op.cli.output import example, json_option, print_json, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.tenant_named import tenant_id_of, tenant_option
from hibana_op.config import Settings
from hibana_op.foundation import jose
from hibana_op.foundation.ids import uuid7
from hibana_op.oauth import resource_registry as registry
from hibana_op.provider import Provider
from hibana_op.records import resources
from hibana_op.records.resources import ResourceServer


@click.group()
def resource() -> None:
    """Register APIs, and say which apps may use them."""


@resource.command(
    epilog=example(
        "hibana resource create --identifier https://api.example/ --name Orders --scope orders:read='See your orders'"
    )
)
@click.option("--identifier", required=True, metavar="URL", help="What apps name in the resource parameter.")
@click.option("--name", required=True, help="What people see when an app asks for access.")
@click.option("--scope", "scopes", multiple=True, metavar="VALUE=DESCRIPTION", help="Repeatable.")
@click.option(
    "--signing-alg",
    type=click.Choice(jose.SIGNING_ALGORITHMS),
    default="RS256",
    show_default=True,
    help="For JWT access tokens.",
)
@click.option(
    "--token-format", type=click.Choice(["jwt", "opaque"]), default="jwt", show_default=True, help="How tokens look."
)
@click.option("--token-lifetime", type=int, metavar="S", help="Seconds; without it the app's own lifetime counts.")
@click.option("--client", "client_id", metavar="ID", help="The client that may introspect this API's tokens.")
@click.option("--always-ask", is_flag=True, help="Ask people for consent even for your own apps.")
@click.option("--no-offline", is_flag=True, help="No access while the person is away.")
@tenant_option
@json_option
@with_settings
def create(
    settings: Settings,
    *,
    identifier: str,
    name: str,
    scopes: tuple[str, ...],
    signing_alg: str,
    token_format: str,
    token_lifetime: int | None,
    client_id: str | None,
    always_ask: bool,
    no_offline: bool,
    tenant: str | None,
    as_json: bool,
) -> None:
    """Register an API with its scopes."""

    async def make(op: Provider) -> ResourceServer:
        made = ResourceServer(
            id=uuid7(),
            identifier=identifier,
            name=name,
            signing_alg=signing_alg,
            token_format=token_format,
            token_lifetime=token_lifetime,
            allow_offline_access=not no_offline,
            skip_consent=not always_ask,
            client_id=client_id,
            scopes=tuple(_split(each) for each in scopes),
            tenant_id=await tenant_id_of(op, tenant),
            created_at=op.now(),
            updated_at=op.now(),
        )
        return await registry.create(op, made, command_origin())

    show_one(described(run(settings, make)), as_json=as_json)


def _split(scope: str) -> tuple[str, str]:
    value, _, description = scope.partition("=")
    return value, description or value


@resource.command("list", epilog=example("hibana resource list"))
@json_option
@with_settings
def list_resources(settings: Settings, *, as_json: bool) -> None:
    """List the APIs."""

    async def read(op: Provider) -> list[ResourceServer]:
        return await resources.every(op.db)

    rows = [described(each) for each in run(settings, read)]
    show(rows, ("identifier", "name", "token_format", "signing_alg"), as_json=as_json)


@resource.command("show", epilog=example("hibana resource show https://api.example/"))
@click.argument("identifier")
@json_option
@with_settings
def show_resource(settings: Settings, *, identifier: str, as_json: bool) -> None:
    """Show an API, named by its identifier or id."""

    async def read(op: Provider) -> ResourceServer:
        return await resources.get(op.db, identifier)

    show_one(described(run(settings, read)), as_json=as_json)


@resource.command(epilog=example("hibana resource delete https://api.example/"))
@click.argument("identifier")
@json_option
@with_settings
def delete(settings: Settings, *, identifier: str, as_json: bool) -> None:
    """Remove an API; no token for it can be had any more."""
    run(settings, lambda op: registry.delete(op, identifier, command_origin()))
    if as_json:
        print_json({"identifier": identifier, "deleted": True})
    else:
        click.echo(f"removed {identifier}")


@resource.command(epilog=example("hibana resource allow https://api.example/ --client CLIENT_ID --scope orders:read"))
@click.argument("identifier")
@click.option("--client", "client_id", required=True, metavar="ID", help="The client.")
@click.option("--scope", "scopes", multiple=True, metavar="VALUE", help="Repeatable; without it, every scope.")
@json_option
@with_settings
def allow(settings: Settings, *, identifier: str, client_id: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Set the most that a client may get for an API."""

    async def grant(op: Provider) -> ResourceServer:
        return await registry.allow(op, identifier, client_id=client_id, scopes=scopes, origin=command_origin())

    granted = run(settings, grant)
    row = {"client_id": client_id, "identifier": granted.identifier, "scopes": sorted(granted.scope_values)}
    show_one(row, as_json=as_json)


@resource.command(epilog=example("hibana resource disallow https://api.example/ --client CLIENT_ID"))
@click.argument("identifier")
@click.option("--client", "client_id", required=True, metavar="ID", help="The client.")
@with_settings
def disallow(settings: Settings, *, identifier: str, client_id: str) -> None:
    """Take a client's grant for an API away."""
    run(settings, lambda op: registry.disallow(op, identifier, client_id=client_id, origin=command_origin()))
    click.echo(f"{client_id} has no grant for {identifier} any more")


def described(each: ResourceServer) -> dict[str, object]:
    """An API as the management API will show it."""
    return {
        "id": each.id,
        "tenant_id": each.tenant_id,
        "identifier": each.identifier,
        "name": each.name,
        "scopes": [{"value": value, "description": description} for value, description in each.scopes],
        "signing_alg": each.signing_alg,
        "token_format": each.token_format,
        "token_lifetime": each.token_lifetime,
        "allow_offline_access": each.allow_offline_access,
        "skip_consent": each.skip_consent,
        "client_id": each.client_id,
    }
