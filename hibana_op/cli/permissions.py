"""`hibana permission`: what there is to be allowed, and permissions of one's own."""

from typing import Any

import click

from hibana_op.cli.output import example, json_option, print_json, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.config import Settings
from hibana_op.provider import Provider
from hibana_op.records import permissions
from hibana_op.records.permissions import Permission
from hibana_op.tenancy import actors
from hibana_op.tenancy import permissions as rules

COLUMNS = ("permission", "held_in", "is_active", "description")


@click.group()
def permission() -> None:
    """Say what there is to be allowed."""


@permission.command("list", epilog=example("hibana permission list --own"))
@click.option("--own", is_flag=True, help="Only those that are not built in.")
@json_option
@with_settings
def list_permissions(settings: Settings, *, own: bool, as_json: bool) -> None:
    """List every permission, and in which kinds of places it may be held."""
    found = run(settings, lambda op: permissions.listed(op.db))
    shown = [described(each) for each in found if not (own and each.is_built_in)]
    show(shown, COLUMNS, as_json=as_json, empty="no permissions of your own")


@permission.command("show", epilog=example("hibana permission show users:read"))
@click.argument("name")
@json_option
@with_settings
def show_permission(settings: Settings, *, name: str, as_json: bool) -> None:
    """Show a permission."""
    show_one(described(run(settings, lambda op: permissions.get(op.db, name))), as_json=as_json)


@permission.command(
    epilog=example('hibana permission create reports:read --held-in tenant --description "Read the reports"')
)
@click.argument("name")
@click.option(
    "--held-in",
    "held_in",
    type=click.Choice(rules.PLACES),
    multiple=True,
    required=True,
    help="A kind of place in which it may be held; repeat it for more.",
)
@click.option("--description", required=True, help="What it lets people do.")
@click.option("--resource-pattern", default="*", show_default=True, help="Of which things, for the apps that read it.")
@json_option
@with_settings
def create(
    settings: Settings, *, name: str, held_in: tuple[str, ...], description: str, resource_pattern: str, as_json: bool
) -> None:
    """Add a permission of your own. Apps and APIs read it in tokens."""

    async def add(op: Provider) -> Permission:
        return await rules.create(
            op,
            await actors.command(op),
            permission=name,
            held_in=held_in,
            description=description,
            resource_pattern=resource_pattern,
            origin=command_origin(),
        )

    show_one(described(run(settings, add)), as_json=as_json)


@permission.command(epilog=example("hibana permission update api-keys:create --inactive"))
@click.argument("name")
@click.option(
    "--held-in", "held_in", type=click.Choice(rules.PLACES), multiple=True, help="These kinds of places instead."
)
@click.option("--description", help="What it lets people do.")
@click.option("--resource-pattern", help="Of which things.")
@click.option("--active/--inactive", "is_active", default=None, help="Whether it counts at all.")
@json_option
@with_settings
def update(
    settings: Settings,
    *,
    name: str,
    held_in: tuple[str, ...],
    description: str | None,
    resource_pattern: str | None,
    is_active: bool | None,
    as_json: bool,
) -> None:
    """Change a permission, or switch it off for everybody. Of one that is built in the places stay."""
    given: dict[str, Any] = {
        "held_in": held_in or None,
        "description": description,
        "resource_pattern": resource_pattern,
        "is_active": is_active,
    }
    changes = {key: value for key, value in given.items() if value is not None}

    async def change(op: Provider) -> Permission:
        return await rules.update(op, await actors.command(op), name, changes, origin=command_origin())

    show_one(described(run(settings, change)), as_json=as_json)


@permission.command(epilog=example("hibana permission delete reports:read"))
@click.argument("name")
@json_option
@with_settings
def delete(settings: Settings, *, name: str, as_json: bool) -> None:
    """Remove a permission of your own that no role gives any more."""

    async def remove(op: Provider) -> None:
        await rules.delete(op, await actors.command(op), name, origin=command_origin())

    run(settings, remove)
    if as_json:
        print_json({"permission": name, "deleted": True})
    else:
        click.echo(f"removed {name}")


def described(each: Permission) -> dict[str, object]:
    """A permission as the management API shows it."""
    return {
        "permission": each.permission,
        "resource_type": each.resource_type,
        "resource_pattern": each.resource_pattern,
        "description": each.description,
        "held_in": list(each.held_in),
        "is_active": each.is_active,
        "is_built_in": each.is_built_in,
    }
