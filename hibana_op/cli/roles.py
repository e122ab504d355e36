"""`hibana role`: what people may do, in the deployment and in each tenant."""

from typing import Any

import click

from hibana_op.cli.output import example, json_option, print_json, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.tenant_named import tenant_id_of, tenant_option
from hibana_op.config import Settings
from hibana_op.foundation.acr import ACR_VALUES
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import roles
from hibana_op.records.roles import Role
from hibana_op.tenancy import actors
from hibana_op.tenancy import roles as rules
from hibana_op.web.role_names import called

_permission_option = click.option(
    "--permission", "permissions", multiple=True, metavar="P", help="Such as users:read, users:* or *; repeatable."
)
_acr_option = click.option(
    "--requires-acr", type=click.Choice([*ACR_VALUES[1:], ""]), help="What its holders prove at every sign-in."
)


@click.group()
def role() -> None:
    """Say what people may do."""


@role.command(
    epilog=example("hibana role create desk --tenant acme --display-name 'Front desk' --permission users:read")
)
@click.argument("name")
@tenant_option
@_permission_option
@click.option("--display-name", default="", help="What people see; without it, its name.")
@click.option("--description", default="", help="What it is for.")
@_acr_option
@json_option
@with_settings
def create(
    settings: Settings,
    *,
    name: str,
    tenant: str | None,
    permissions: tuple[str, ...],
    display_name: str,
    description: str,
    requires_acr: str | None,
    as_json: bool,
) -> None:
    """Add a role to a tenant, or to the deployment."""

    async def make(op: Provider) -> Role:
        return await rules.create(
            op,
            await actors.command(op),
            await tenant_id_of(op, tenant),
            name=name,
            permissions=permissions,
            display_name=display_name,
            description=description,
            requires_acr=requires_acr or None,
            origin=command_origin(),
        )

    show_one(described(run(settings, make)), as_json=as_json)


@role.command("list", epilog=example("hibana role list", "hibana role list --tenant acme"))
@tenant_option
@json_option
@with_settings
def list_roles(settings: Settings, *, tenant: str | None, as_json: bool) -> None:
    """List the roles of a tenant, or those of the deployment."""

    async def read(op: Provider) -> list[Role]:
        return await rules.every(op.db, await actors.command(op), await tenant_id_of(op, tenant))

    rows = [described(each) for each in run(settings, read)]
    show(rows, ("name", "display_name", "permissions", "requires_acr"), as_json=as_json)


@role.command("show", epilog=example("hibana role show tenant_admin --tenant acme"))
@click.argument("name")
@tenant_option
@json_option
@with_settings
def show_role(settings: Settings, *, name: str, tenant: str | None, as_json: bool) -> None:
    """Show a role, named by its name or id."""
    show_one(described(run(settings, lambda op: _named(op, tenant, name))), as_json=as_json)


@role.command(epilog=example("hibana role update desk --tenant acme --permission users:read --permission units:read"))
@click.argument("name")
@tenant_option
@_permission_option
@click.option("--no-permission", is_flag=True, help="It gives nothing from now on.")
@click.option("--display-name", help="What people see.")
@click.option("--description", help="What it is for.")
@_acr_option
@json_option
@with_settings
def update(
    settings: Settings,
    *,
    name: str,
    tenant: str | None,
    permissions: tuple[str, ...],
    no_permission: bool,
    display_name: str | None,
    description: str | None,
    requires_acr: str | None,
    as_json: bool,
) -> None:
    """Change a role; its permissions are replaced by those given. An empty --requires-acr asks for nothing."""
    changes: dict[str, Any] = {}
    if permissions or no_permission:
        changes["permissions"] = permissions
    if display_name is not None:
        changes["display_name"] = display_name
    if description is not None:
        changes["description"] = description
    if requires_acr is not None:
        changes["requires_acr"] = requires_acr or None

    async def change(op: Provider) -> Role:
        found = await _named(op, tenant, name)
        where = await tenant_id_of(op, tenant)
        return await rules.update(op, await actors.command(op), where, found.id, changes, origin=command_origin())

    show_one(described(run(settings, change)), as_json=as_json)


@role.command(epilog=example("hibana role delete desk --tenant acme"))
@click.argument("name")
@tenant_option
@json_option
@with_settings
def delete(settings: Settings, *, name: str, tenant: str | None, as_json: bool) -> None:
    """Remove a role; whoever held it holds it no more. Those that are always there stay."""

    async def remove(op: Provider) -> Role:
        found = await _named(op, tenant, name)
        where = await tenant_id_of(op, tenant)
        await rules.delete(op, await actors.command(op), where, found.id, origin=command_origin())
        return found

    removed = run(settings, remove)
    if as_json:
        print_json({"id": removed.id, "name": removed.name, "deleted": True})
    else:
        click.echo(f"removed {removed.name}")


async def find_role(op: Provider, tenant_id: str | None, named: str) -> Role:
    """The role that a command means, by its name or id in a tenant, or with None in the deployment."""
    home = rules.home(tenant_id)
    found = await roles.find_by_name(op.db, home, named) or await roles.find(op.db, home, named)
    if found is None:
        known = ", ".join(each.name for each in await roles.every(op.db, home))
        raise NotFound(f"no role is named {named}; there are {known}")
    return found


async def _named(op: Provider, tenant: str | None, named: str) -> Role:
    return await find_role(op, await tenant_id_of(op, tenant), named)


def described(each: Role) -> dict[str, object]:
    """A role as the management API shows it."""
    return {
        "id": each.id,
        "tenant_id": None if each.tenant_id == rules.home(None) else each.tenant_id,
        "name": each.name,
        "display_name": called("en", each),
        "description": each.description,
        "is_system_role": each.is_system_role,
        "permissions": list(each.permissions),
        "requires_acr": each.requires_acr,
        "created_at": each.created_at,
        "updated_at": each.updated_at,
    }
