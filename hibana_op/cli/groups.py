"""`hibana group`: groups of people in a tenant."""

from typing import Any

import click

from hibana_op.cli.memberships import described as described_member
from hibana_op.cli.output import example, json_option, nothing, print_json, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.tenant_names import acting, find_member, find_tenant, tenant_option
from hibana_op.config import Settings
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import groups
from hibana_op.records.groups import Group
from hibana_op.records.memberships import Membership
from hibana_op.records.row import as_columns
from hibana_op.records.tenants import Tenant
from hibana_op.tenancy import groups as rules

PAGE = 200


@click.group()
def group() -> None:
    """Put people of a tenant in groups."""


@group.command(epilog=example("hibana group create --tenant acme --name 'Night shift'"))
@tenant_option
@click.option("--name", required=True, help="What it is called.")
@click.option("--description", metavar="TEXT", default="", help="What it is for.")
@json_option
@with_settings
def create(settings: Settings, *, slug: str, name: str, description: str, as_json: bool) -> None:
    """Add a group."""

    async def make(op: Provider) -> dict[str, Any]:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        made = await rules.create(op, actor, tenant.id, name=name, description=description, origin=command_origin())
        return as_columns(made)

    show_one(run(settings, make), as_json=as_json)


@group.command("list", epilog=example("hibana group list --tenant acme"))
@tenant_option
@click.option("--search", default="", help="Part of a name.")
@json_option
@with_settings
def list_groups(settings: Settings, *, slug: str, search: str, as_json: bool) -> None:
    """List the groups of a tenant."""

    async def read(op: Provider) -> list[dict[str, Any]]:
        return [as_columns(each) for each in await _every(op, await find_tenant(op, slug), search)]

    show(run(settings, read), ("id", "name", "description"), as_json=as_json, empty=nothing(search))


@group.command("show", epilog=example("hibana group show 'Night shift' --tenant acme"))
@click.argument("named", metavar="GROUP")
@tenant_option
@json_option
@with_settings
def show_group(settings: Settings, *, named: str, slug: str, as_json: bool) -> None:
    """Show a group and the memberships in it."""

    async def read(op: Provider) -> dict[str, Any]:
        found = await _find(op, await find_tenant(op, slug), named)
        members: list[str] = []
        while page := await groups.members(op.db, found.id, after=members[-1] if members else "", limit=PAGE):
            members += page
        return {**as_columns(found), "members": members}

    show_one(run(settings, read), as_json=as_json)


@group.command(epilog=example("hibana group members 'Night shift' --tenant acme"))
@click.argument("named", metavar="GROUP")
@tenant_option
@json_option
@with_settings
def members(settings: Settings, *, named: str, slug: str, as_json: bool) -> None:
    """List the people in a group."""

    async def read(op: Provider) -> list[dict[str, Any]]:
        tenant = await find_tenant(op, slug)
        group, found = await _find(op, tenant, named), list[Membership]()
        while page := await groups.people(op.db, tenant.id, group.id, after=found[-1].id if found else "", limit=PAGE):
            found += page
        return [await described_member(op, each) for each in found]

    show(run(settings, read), ("id", "email", "role", "status"), as_json=as_json)


@group.command(epilog=example("hibana group update 'Night shift' --tenant acme --name 'Late shift'"))
@click.argument("named", metavar="GROUP")
@tenant_option
@click.option("--name", help="What it is called.")
@click.option("--description", metavar="TEXT", help="What it is for.")
@json_option
@with_settings
def update(
    settings: Settings, *, named: str, slug: str, name: str | None, description: str | None, as_json: bool
) -> None:
    """Change a group."""
    options = {"name": name, "description": description}
    changes = {each: value for each, value in options.items() if value is not None}
    if not changes:
        raise click.UsageError("nothing was named to change")

    async def write(op: Provider) -> dict[str, Any]:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        found = await _find(op, tenant, named)
        return as_columns(await rules.update(op, actor, tenant.id, found.id, changes, origin=command_origin()))

    show_one(run(settings, write), as_json=as_json)


@group.command(epilog=example("hibana group add 'Night shift' alice@example.com --tenant acme"))
@click.argument("named", metavar="GROUP")
@click.argument("person")
@tenant_option
@json_option
@with_settings
def add(settings: Settings, *, named: str, person: str, slug: str, as_json: bool) -> None:
    """Put a member in a group."""
    _change(settings, named, person, slug, is_added=True, as_json=as_json)


@group.command(epilog=example("hibana group remove 'Night shift' alice@example.com --tenant acme"))
@click.argument("named", metavar="GROUP")
@click.argument("person")
@tenant_option
@json_option
@with_settings
def remove(settings: Settings, *, named: str, person: str, slug: str, as_json: bool) -> None:
    """Take a member out of a group."""
    _change(settings, named, person, slug, is_added=False, as_json=as_json)


@group.command(epilog=example("hibana group delete 'Night shift' --tenant acme"))
@click.argument("named", metavar="GROUP")
@tenant_option
@json_option
@with_settings
def delete(settings: Settings, *, named: str, slug: str, as_json: bool) -> None:
    """Remove a group. Its people stay."""

    async def write(op: Provider) -> str:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        found = await _find(op, tenant, named)
        await rules.delete(op, actor, tenant.id, found.id, origin=command_origin())
        return found.id

    removed = run(settings, write)
    if as_json:
        print_json({"id": removed, "deleted": True})
    else:
        click.echo(f"removed {named}")


def _change(settings: Settings, named: str, person: str, slug: str, *, is_added: bool, as_json: bool) -> None:
    async def write(op: Provider) -> dict[str, Any]:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        found, member = await _find(op, tenant, named), await find_member(op, tenant, person)
        act = rules.add_member if is_added else rules.remove_member
        await act(op, actor, tenant.id, found.id, member.id, origin=command_origin())
        return {"group_id": found.id, "membership_id": member.id, "is_member": is_added}

    show_one(run(settings, write), as_json=as_json)


async def _every(op: Provider, tenant: Tenant, search: str = "") -> list[Group]:
    found: list[Group] = []
    while page := await groups.page(op.db, tenant.id, q=search, after=found[-1].id if found else "", limit=PAGE):
        found += page
    return found


async def _find(op: Provider, tenant: Tenant, named: str) -> Group:
    for each in await _every(op, tenant):
        if named in (each.id, each.name):
            return each
    raise NotFound(f"{tenant.slug} has no group {named}")
