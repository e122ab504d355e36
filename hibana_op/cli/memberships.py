"""`hibana membership`: who belongs to which tenant."""

from typing import Any, TextIO

import click

from hibana_op.cli.jobs import show_begun
from hibana_op.cli.output import example, json_option, nothing, print_json, show, show_one, with_settings
from hibana_op.cli.people import find_person
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.rows import file_option, named
from hibana_op.cli.tenant_names import (
    acting,
    find_member,
    find_seat,
    find_tenant,
    find_unit,
    path_of_unit,
    role_option,
    tenant_option,
    unit_option,
    within_option,
)
from hibana_op.config import Settings
from hibana_op.provider import Provider
from hibana_op.records import memberships, users
from hibana_op.records.memberships import ROLES, Membership
from hibana_op.records.row import as_columns
from hibana_op.tenancy import many_members
from hibana_op.tenancy import membership as rules

COLUMNS = ("id", "email", "role", "status", "joined_at")
PAGE = 200


@click.group()
def membership() -> None:
    """Say who belongs to which tenant."""


@membership.command(epilog=example("hibana membership create alice@example.com --tenant acme --role owner"))
@click.argument("person")
@tenant_option
@role_option
@unit_option
@json_option
@with_settings
def create(settings: Settings, *, person: str, slug: str, role: str, unit: str | None, as_json: bool) -> None:
    """Make a person a member. Whoever is to be asked first is invited."""

    async def make(op: Provider) -> dict[str, Any]:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        seat = await find_seat(op, tenant, role, unit)
        user = await find_person(op.db, person)
        return await described(op, await rules.add(op, actor, tenant.id, user.id, seat=seat, origin=command_origin()))

    show_one(run(settings, make), as_json=as_json)


@membership.command("list", epilog=example("hibana membership list --tenant acme --role owner"))
@tenant_option
@click.option("--role", type=click.Choice(ROLES), default=None, help="Only these.")
@click.option("--status", type=click.Choice(["active", "suspended", "left"]), default=None, help="Only these.")
@click.option("--search", default="", help="Part of an address or name.")
@within_option
@json_option
@with_settings
def list_memberships(
    settings: Settings,
    *,
    slug: str,
    role: str | None,
    status: str | None,
    search: str,
    unit: str | None,
    as_json: bool,
) -> None:
    """List the members of a tenant. Those who left are left out unless asked for."""

    async def read(op: Provider) -> list[dict[str, Any]]:
        tenant = await find_tenant(op, slug)
        path, found = await path_of_unit(op, tenant, unit), list[Membership]()
        while page := await memberships.page(
            op.db,
            tenant.id,
            q=search,
            unit_path=path,
            status=status or "",
            role=role or "",
            after=found[-1].id if found else "",
            limit=PAGE,
        ):
            found += page
        return [await described(op, each) for each in found]

    show(run(settings, read), COLUMNS, as_json=as_json, empty=nothing(search, status, role, unit))


@membership.command("show", epilog=example("hibana membership show alice@example.com --tenant acme"))
@click.argument("person")
@tenant_option
@json_option
@with_settings
def show_membership(settings: Settings, *, person: str, slug: str, as_json: bool) -> None:
    """Show a member, named by the person or the membership's id."""

    async def read(op: Provider) -> dict[str, Any]:
        return await described(op, await find_member(op, await find_tenant(op, slug), person))

    show_one(run(settings, read), as_json=as_json)


@membership.command(epilog=example("hibana membership update alice@example.com --tenant acme --role admin --unit S-1"))
@click.argument("person")
@tenant_option
@click.option("--role", type=click.Choice(ROLES), help="What they are from now on.")
@unit_option
@click.option("--no-unit", is_flag=True, help="In no unit of the tenant any more.")
@json_option
@with_settings
def update(
    settings: Settings, *, person: str, slug: str, role: str | None, unit: str | None, no_unit: bool, as_json: bool
) -> None:
    """Change what a member is."""
    if unit is not None and no_unit:
        raise click.UsageError("--unit and --no-unit exclude each other")
    changes: dict[str, Any] = {"role": role} if role else {}
    _change(settings, person, slug, changes | ({"unit_id": None} if no_unit else {}), unit=unit, as_json=as_json)


@membership.command(epilog=example("hibana membership suspend alice@example.com --tenant acme"))
@click.argument("person")
@tenant_option
@json_option
@with_settings
def suspend(settings: Settings, *, person: str, slug: str, as_json: bool) -> None:
    """Do not let a member in any more. Their sessions in the tenant end at once."""
    _change(settings, person, slug, {"status": "suspended"}, as_json=as_json)


@membership.command(epilog=example("hibana membership resume alice@example.com --tenant acme"))
@click.argument("person")
@tenant_option
@json_option
@with_settings
def resume(settings: Settings, *, person: str, slug: str, as_json: bool) -> None:
    """Let a suspended member in again."""
    _change(settings, person, slug, {"status": "active"}, as_json=as_json)


@membership.command(epilog=example("hibana membership delete alice@example.com --tenant acme"))
@click.argument("person")
@tenant_option
@json_option
@with_settings
def delete(settings: Settings, *, person: str, slug: str, as_json: bool) -> None:
    """Take somebody out of a tenant, with the roles that they hold there."""

    async def write(op: Provider) -> str:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        member = await find_member(op, tenant, person)
        await rules.remove(op, actor, tenant.id, member.id, origin=command_origin())
        return member.id

    removed = run(settings, write)
    if as_json:
        print_json({"id": removed, "deleted": True})
    else:
        click.echo(f"removed {person} from {slug}")


@membership.command(
    epilog=example(
        "hibana membership bulk suspend alice@example.com bob@example.com --tenant acme",
        "hibana membership bulk update --role admin --file - --tenant acme < people.txt",
    )
)
@click.argument("action", type=click.Choice(["suspend", "resume", "update", "delete"]))
@click.argument("people", nargs=-1, metavar="[PERSON]...")
@tenant_option
@file_option
@click.option("--role", type=click.Choice(ROLES), help="With update: what they are from now on.")
@unit_option
@json_option
@with_settings
def bulk(
    settings: Settings,
    *,
    action: str,
    people: tuple[str, ...],
    slug: str,
    file: TextIO | None,
    role: str | None,
    unit: str | None,
    as_json: bool,
) -> None:
    """Do the same to many members, as a job. The server does it in the background; follow it with `hibana job show`."""
    if (role or unit) and action != "update":
        raise click.UsageError("--role and --unit go with update")
    persons = named(people, file)

    async def begin(op: Provider) -> dict[str, Any]:
        tenant, actor, origin = await find_tenant(op, slug), await acting(op, None), command_origin()
        ids = [(await find_member(op, tenant, person)).id for person in persons]
        if action == "delete":
            return as_columns(await many_members.remove(op, actor, tenant.id, ids, origin=origin))
        changes: dict[str, Any] = {"role": role} if role else {}
        if unit is not None:
            changes["unit_id"] = await find_unit(op, tenant, unit)
        if action != "update":
            changes["status"] = "suspended" if action == "suspend" else "active"
        return as_columns(await many_members.change(op, actor, tenant.id, changes, ids, origin=origin))

    show_begun(run(settings, begin), as_json=as_json)


def _change(
    settings: Settings, person: str, slug: str, changes: dict[str, Any], *, unit: str | None = None, as_json: bool
) -> None:
    async def write(op: Provider) -> dict[str, Any]:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        member = await find_member(op, tenant, person)
        if unit is not None:
            changes["unit_id"] = await find_unit(op, tenant, unit)
        changed = await rules.update(op, actor, tenant.id, member.id, changes, origin=command_origin())
        return await described(op, changed)

    show_one(run(settings, write), as_json=as_json)


async def described(op: Provider, each: Membership) -> dict[str, Any]:
    """A membership, with the address of its person."""
    user = await users.find(op.db, each.user_id)
    names = ("id", "tenant_id", "user_id", "role", "status", "unit_id", "joined_at", "left_at", "created_at")
    return {**{name: getattr(each, name) for name in names}, "email": user.email if user else None}
