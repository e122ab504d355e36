"""`hibana resource`: the APIs that accept our access tokens."""

from dataclasses import asdict
from typing import Any

import click

from hibana_op.cli.output import example, json_option, nothing, print_json, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.tenant_named import required_tenant_id, tenant_id_of, tenant_option
from hibana_op.config import Settings
from hibana_op.foundation import jose
from hibana_op.foundation.ids import uuid7
from hibana_op.oauth import resource_registry as registry
from hibana_op.provider import Provider
from hibana_op.records import client_grants, resources
from hibana_op.records.client_grants import ClientGrant
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


@resource.command("list", epilog=example("hibana resource list", "hibana resource list --tenant acme"))
@click.option("--search", default="", help="Part of an identifier or name.")
@click.option("--tenant", metavar="SLUG", help="Only APIs of this tenant.")
@json_option
@with_settings
def list_resources(settings: Settings, *, search: str, tenant: str | None, as_json: bool) -> None:
    """List the APIs."""

    async def read(op: Provider) -> list[ResourceServer]:
        tenant_id = None if tenant is None else await required_tenant_id(op, tenant)
        order = resources.ORDERS["identifier"]
        found: list[ResourceServer] = []
        while page := await resources.page(
            op.db, tenant_id=tenant_id, search=search, order=order, after=order.key(found[-1]) if found else ""
        ):
            found += page
        return found

    rows = [described(each) for each in run(settings, read)]
    columns = ("identifier", "name", "token_format", "signing_alg")
    show(rows, columns, as_json=as_json, empty=nothing(search, tenant))


@resource.command("show", epilog=example("hibana resource show https://api.example/"))
@click.argument("identifier")
@json_option
@with_settings
def show_resource(settings: Settings, *, identifier: str, as_json: bool) -> None:
    """Show an API, named by its identifier or id."""

    async def read(op: Provider) -> ResourceServer:
        return await resources.get(op.db, identifier)

    show_one(described(run(settings, read)), as_json=as_json)


@resource.command(
    epilog=example(
        "hibana resource update https://api.example/ --name Orders --token-lifetime 300",
        "hibana resource update https://api.example/ --scope orders:read='See your orders' --no-client",
    )
)
@click.argument("identifier")
@click.option("--name", help="What people see when an app asks for access.")
@click.option(
    "--scope", "scopes", multiple=True, metavar="VALUE=DESCRIPTION", help="All that it has from now on; repeatable."
)
@click.option("--no-scopes", is_flag=True, help="It has none any more.")
@click.option("--signing-alg", type=click.Choice(jose.SIGNING_ALGORITHMS), help="For JWT access tokens.")
@click.option("--token-format", type=click.Choice(["jwt", "opaque"]), help="How tokens look.")
@click.option("--token-lifetime", type=int, metavar="S", help="Seconds; 0 lets the app's own lifetime count again.")
@click.option("--client", "client_id", metavar="ID", help="The client that may introspect this API's tokens.")
@click.option("--no-client", is_flag=True, help="No client may introspect them.")
@click.option("--skip-consent/--always-ask", default=None, help="Whether people are asked even for your own apps.")
@click.option("--offline/--no-offline", default=None, help="Whether apps have access while the person is away.")
@json_option
@with_settings
def update(settings: Settings, /, *, identifier: str, as_json: bool, **options: Any) -> None:
    """Change an API. What apps name it by stays."""
    changes = _changes(options)

    async def write(op: Provider) -> ResourceServer:
        found = await resources.get(op.db, identifier)
        return await registry.update(op, found.id, changes, command_origin())

    show_one(described(run(settings, write)), as_json=as_json)


def _changes(options: dict[str, Any]) -> dict[str, Any]:
    """What was named on the command line, as the rules take it."""
    for value, none, said in (("scopes", "no_scopes", "scope"), ("client_id", "no_client", "client")):
        if options[value] and options[none]:
            raise click.UsageError(f"--{said} and --{none.replace('_', '-')} exclude each other")
    plain = ("name", "signing_alg", "token_format", "token_lifetime", "client_id", "skip_consent")
    changes = {name: options[name] for name in plain if options[name] is not None}
    if options["offline"] is not None:
        changes["allow_offline_access"] = options["offline"]
    if changes.get("token_lifetime") == 0:
        changes["token_lifetime"] = None
    if options["scopes"] or options["no_scopes"]:
        changes["scopes"] = tuple(_split(each) for each in options["scopes"])
    if options["no_client"]:
        changes["client_id"] = None
    if not changes:
        raise click.UsageError("nothing was named to change")
    return changes


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
@json_option
@with_settings
def disallow(settings: Settings, *, identifier: str, client_id: str, as_json: bool) -> None:
    """Take a client's grant for an API away."""
    run(settings, lambda op: registry.disallow(op, identifier, client_id=client_id, origin=command_origin()))
    if as_json:
        print_json({"client_id": client_id, "identifier": identifier, "deleted": True})
    else:
        click.echo(f"{client_id} has no grant for {identifier} any more")


@resource.command(epilog=example("hibana resource grants", "hibana resource grants https://api.example/"))
@click.argument("identifier", required=False)
@click.option("--client", "client_id", default="", metavar="ID", help="Only those of this client.")
@click.option("--tenant", metavar="SLUG", help="Only those of clients of this tenant.")
@json_option
@with_settings
def grants(settings: Settings, *, identifier: str | None, client_id: str, tenant: str | None, as_json: bool) -> None:
    """List what clients may get for APIs, or for one of them."""

    async def read(op: Provider) -> list[dict[str, object]]:
        tenant_id = None if tenant is None else await required_tenant_id(op, tenant)
        resource_id = "" if identifier is None else (await resources.get(op.db, identifier)).id
        found: list[ClientGrant] = []
        while page := await client_grants.page(
            op.db,
            tenant_id=tenant_id,
            client_id=client_id,
            resource_id=resource_id,
            after=found[-1].id if found else "",
        ):
            found += page
        names = {each.id: each.identifier for each in await resources.every(op.db)}
        return [{**asdict(each), "identifier": names.get(each.resource_id)} for each in found]

    columns = ("client_id", "identifier", "scopes")
    show(run(settings, read), columns, as_json=as_json, empty=nothing(identifier, client_id, tenant))


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
