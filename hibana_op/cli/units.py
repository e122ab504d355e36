"""`hibana unit`: the parts of a tenant."""

from typing import Any

import click

from hibana_op.cli.output import example, json_option, nothing, print_json, show, show_one, with_settings
from hibana_op.cli.people import find_person
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.tenant_names import acting, find_tenant, find_unit, path_of_unit, tenant_option, within_option
from hibana_op.config import Settings
from hibana_op.provider import Provider
from hibana_op.records import units
from hibana_op.records.row import as_columns
from hibana_op.records.units import STATUSES, TYPES, Unit
from hibana_op.tenancy import units as rules

COLUMNS = ("id", "name", "type", "code", "status", "parent_id")
PAGE = 200


@click.group()
def unit() -> None:
    """Add and look after organisation units."""


@unit.command(epilog=example("hibana unit create --tenant acme --name Sales --type department --code S-1 --parent HQ"))
@tenant_option
@click.option("--name", required=True, help="What people read.")
@click.option("--type", type=click.Choice(TYPES), default="department", show_default=True, help="What it is.")
@click.option("--code", metavar="C", help="What the tenant calls it for short.")
@click.option(
    "--status",
    type=click.Choice(STATUSES),
    default="active",
    show_default=True,
    help="Roles that are held in an inactive unit do not count.",
)
@click.option("--parent", metavar="U", help="The unit that it is beneath, by id or code.")
@click.option("--manager", metavar="PERSON", help="Who leads it: a member.")
@json_option
@with_settings
def create(
    settings: Settings, /, *, slug: str, parent: str | None, manager: str | None, as_json: bool, **values: Any
) -> None:
    """Add a unit."""

    async def make(op: Provider) -> dict[str, Any]:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        parent_id = await find_unit(op, tenant, parent)
        manager_id = None if manager is None else (await find_person(op.db, manager)).id
        made = await rules.create(
            op, actor, tenant.id, parent_id=parent_id, manager_user_id=manager_id, origin=command_origin(), **values
        )
        return as_columns(made)

    show_one(run(settings, make), as_json=as_json)


@unit.command("list", epilog=example("hibana unit list --tenant acme", "hibana unit list --tenant acme --unit HQ"))
@tenant_option
@within_option
@click.option("--search", default="", help="Part of a name or code.")
@click.option("--status", type=click.Choice(STATUSES), default=None, help="Only these.")
@json_option
@with_settings
def list_units(
    settings: Settings, *, slug: str, unit: str | None, search: str, status: str | None, as_json: bool
) -> None:
    """List the units of a tenant."""

    async def read(op: Provider) -> list[dict[str, Any]]:
        tenant = await find_tenant(op, slug)
        path, found = await path_of_unit(op, tenant, unit), list[Unit]()
        while page := await units.page(
            op.db,
            tenant.id,
            q=search,
            path=path,
            status=status or "",
            after=found[-1].id if found else "",
            limit=PAGE,
        ):
            found += page
        return [as_columns(each) for each in found]

    show(run(settings, read), COLUMNS, as_json=as_json, empty=nothing(unit, search, status))


@unit.command("show", epilog=example("hibana unit show S-1 --tenant acme"))
@click.argument("named", metavar="UNIT")
@tenant_option
@json_option
@with_settings
def show_unit(settings: Settings, *, named: str, slug: str, as_json: bool) -> None:
    """Show a unit, named by its id or code."""

    async def read(op: Provider) -> dict[str, Any]:
        unit_id = await find_unit(op, await find_tenant(op, slug), named) or named
        return as_columns(await units.locate(op.db, unit_id))

    show_one(run(settings, read), as_json=as_json)


@unit.command(
    epilog=example(
        "hibana unit update S-1 --tenant acme --name 'Sales and service' --parent HQ",
        "hibana unit update S-1 --tenant acme --top",
    )
)
@click.argument("named", metavar="UNIT")
@tenant_option
@click.option("--name", help="What people read.")
@click.option("--type", type=click.Choice(TYPES), help="What it is.")
@click.option("--code", metavar="C", help="What the tenant calls it for short.")
@click.option("--no-code", is_flag=True, help="It is called nothing for short any more.")
@click.option("--status", type=click.Choice(STATUSES), help="Roles that are held in an inactive unit do not count.")
@click.option("--parent", metavar="U", help="Move it beneath this unit, by id or code.")
@click.option("--top", is_flag=True, help="Move it to the top.")
@click.option("--manager", metavar="PERSON", help="Who leads it: a member.")
@click.option("--no-manager", is_flag=True, help="Nobody leads it any more.")
@json_option
@with_settings
def update(
    settings: Settings,
    /,
    *,
    named: str,
    slug: str,
    parent: str | None,
    top: bool,
    manager: str | None,
    no_manager: bool,
    no_code: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Change a unit, or move it with all beneath it."""
    if (parent and top) or (manager and no_manager) or (options["code"] and no_code):
        raise click.UsageError("--parent and --top, --manager and --no-manager, --code and --no-code are either, or")
    changes = {name: value for name, value in options.items() if value is not None}
    changes |= {"code": None} if no_code else {}
    changes |= {"manager_user_id": None} if no_manager else {}

    async def write(op: Provider) -> dict[str, Any]:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        if parent is not None or top:
            changes["parent_id"] = await find_unit(op, tenant, parent)
        if manager is not None:
            changes["manager_user_id"] = (await find_person(op.db, manager)).id
        unit_id = await find_unit(op, tenant, named) or named
        return as_columns(await rules.update(op, actor, tenant.id, unit_id, changes, origin=command_origin()))

    show_one(run(settings, write), as_json=as_json)


@unit.command(epilog=example("hibana unit delete S-1 --tenant acme --reassign-to HQ"))
@click.argument("named", metavar="UNIT")
@tenant_option
@click.option("--reassign-to", metavar="U", help="The unit that takes over what is in it.")
@json_option
@with_settings
def delete(settings: Settings, *, named: str, slug: str, reassign_to: str | None, as_json: bool) -> None:
    """Remove a unit. It has to be empty, or another one takes over what is in it."""

    async def write(op: Provider) -> str:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        unit_id = await find_unit(op, tenant, named) or named
        target = await find_unit(op, tenant, reassign_to)
        await rules.delete(op, actor, tenant.id, unit_id, reassign_to=target, origin=command_origin())
        return unit_id

    removed = run(settings, write)
    if as_json:
        print_json({"id": removed, "deleted": True})
    else:
        click.echo(f"removed {removed}")
