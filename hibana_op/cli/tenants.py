"""`hibana tenant`: the organisations inside a deployment."""

from collections.abc import Awaitable, Callable
from typing import Any

import click

from hibana_op.cli.output import example, json_option, nothing, show, show_one, with_settings
from hibana_op.cli.people import find_person
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.tenant_names import acting, find_tenant, person_option
from hibana_op.cli.typed import read_object
from hibana_op.config import Settings
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import memberships, tenant_changes, tenants
from hibana_op.records.tenant_changes import TenantChange
from hibana_op.records.tenants import Tenant
from hibana_op.tenancy import management
from hibana_op.tenancy import tenants as rules
from hibana_op.tenancy.management import Changed
from hibana_op.tenancy.tenant_values import LICENSES, PLANS, SIZES, TYPES

COLUMNS = ("slug", "name", "status", "plan", "members", "max_users")
CHANGES = ("id", "created_at", "tenant", "action_type", "status", "performed_by", "approved_by", "reason")
PAGE = 200
NONE = "none"
reason_option = click.option("--reason", metavar="TEXT", help="Why, for the record.")


@click.group()
def tenant() -> None:
    """Add and look after tenants."""


def _values(command: Callable[..., None]) -> Callable[..., None]:
    """The options for what may be chosen of a tenant."""
    for option in (
        click.option("--description", metavar="TEXT", help="What it is."),
        click.option("--type", "tenant_type", type=click.Choice([*TYPES, NONE]), help="What it does."),
        click.option("--size", "company_size", type=click.Choice([*SIZES, NONE]), help="How big it is."),
        click.option("--plan", type=click.Choice(PLANS), help="What it has bought."),
        click.option("--plan-started-at", type=int, metavar="SECONDS", help="Since 1970; 0 for none."),
        click.option("--plan-expires-at", type=int, metavar="SECONDS", help="Since 1970; 0 for never."),
        click.option("--license", "license_type", type=click.Choice(LICENSES), help="On trial, or paid."),
        click.option("--license-expires-at", type=int, metavar="SECONDS",
                     help="When the licence ends, since 1970; 0 for never."),
        click.option("--max-users", type=int, metavar="N", help="How many members it may have; 0 for no limit."),
        click.option("--settings", "settings_json", metavar="JSON", help="All that it chooses for itself."),
    ):  # fmt: skip
        command = option(command)
    return command


@tenant.command(epilog=example("hibana tenant create --slug acme --name 'ACME Inc.' --plan standard --max-users 50"))
@click.option("--slug", required=True, metavar="S", help="Its name in addresses; it never changes.")
@click.option("--name", required=True, help="What people read.")
@click.option("--owner", metavar="PERSON", help="Its first owner, by id, e-mail address or user name.")
@_values
@reason_option
@person_option
@json_option
@with_settings
def create(
    settings: Settings, /, *, slug: str, name: str, owner: str | None, reason: str | None, by: str | None,
    as_json: bool, **options: Any,
) -> None:  # fmt: skip
    """Add a tenant, with the roles that every tenant begins with."""
    values = _chosen(options)

    async def make(op: Provider) -> dict[str, Any]:
        owner_id = None if owner is None else (await find_person(op.db, owner)).id
        actor = await acting(op, by)
        changed = await rules.create(
            op, actor, slug=slug, name=name, owner_id=owner_id, reason=reason, origin=command_origin(), **values
        )
        return await _told(op, changed)

    show_one(run(settings, make), as_json=as_json)


@tenant.command("list", epilog=example("hibana tenant list --status suspended"))
@click.option("--search", default="", help="Part of a slug or name.")
@click.option("--status", type=click.Choice(["active", "suspended", "deleted"]), default=None, help="Only these.")
@json_option
@with_settings
def list_tenants(settings: Settings, *, search: str, status: str | None, as_json: bool) -> None:
    """List the tenants. Those that were deleted are left out unless asked for."""

    async def read(op: Provider) -> list[dict[str, Any]]:
        found: list[Tenant] = []
        while page := await tenants.page(
            op.db, q=search, status=status or "", after=found[-1].id if found else "", limit=PAGE
        ):
            found += page
        return [await _described(op, each) for each in found]

    show(run(settings, read), COLUMNS, as_json=as_json, empty=nothing(search, status))


@tenant.command("show", epilog=example("hibana tenant show acme"))
@click.argument("slug")
@json_option
@with_settings
def show_tenant(settings: Settings, *, slug: str, as_json: bool) -> None:
    """Show a tenant."""

    async def read(op: Provider) -> dict[str, Any]:
        return await _described(op, await find_tenant(op, slug))

    show_one(run(settings, read), as_json=as_json)


@tenant.command(
    epilog=example(
        "hibana tenant update acme --plan premium --max-users 500 --reason 'renewed'",
        """hibana tenant update system --settings '{"approvals": ["suspended", "deleted"]}'""",
    )
)
@click.argument("slug")
@click.option("--name", help="What people read.")
@_values
@reason_option
@person_option
@json_option
@with_settings
def update(
    settings: Settings, /, *, slug: str, reason: str | None, by: str | None, as_json: bool, **options: Any
) -> None:
    """Change a tenant. The settings of `system` hold for the whole deployment."""
    values = _chosen(options)
    if not values:
        raise click.UsageError("nothing was named to change")

    async def write(op: Provider) -> dict[str, Any]:
        found, actor = await find_tenant(op, slug), await acting(op, by)
        changed = await rules.update(op, actor, found.id, values, reason=reason, origin=command_origin())
        return await _told(op, changed)

    show_one(run(settings, write), as_json=as_json)


@tenant.command(epilog=example("hibana tenant suspend acme --reason 'unpaid since March'"))
@click.argument("slug")
@reason_option
@person_option
@json_option
@with_settings
def suspend(settings: Settings, *, slug: str, reason: str | None, by: str | None, as_json: bool) -> None:
    """Let nobody in a tenant any more. Its sessions and tokens end at once."""
    _act(settings, slug, rules.suspend, reason, by, as_json=as_json)


@tenant.command(epilog=example("hibana tenant resume acme"))
@click.argument("slug")
@reason_option
@person_option
@json_option
@with_settings
def resume(settings: Settings, *, slug: str, reason: str | None, by: str | None, as_json: bool) -> None:
    """Let the people of a suspended tenant in again."""
    _act(settings, slug, rules.resume, reason, by, as_json=as_json)


@tenant.command(epilog=example("hibana tenant delete acme --reason 'contract ended'"))
@click.argument("slug")
@reason_option
@person_option
@json_option
@with_settings
def delete(settings: Settings, *, slug: str, reason: str | None, by: str | None, as_json: bool) -> None:
    """End a tenant for good. Its slug is never used again."""
    _act(settings, slug, rules.delete, reason, by, as_json=as_json)


@tenant.command(epilog=example("hibana tenant approve 0192f0c2-3c1f-7c1e-8a51-3f3a8c0e9b11 --as bob@example.com"))
@click.argument("change_id", metavar="ID")
@person_option
@json_option
@with_settings
def approve(settings: Settings, *, change_id: str, by: str | None, as_json: bool) -> None:
    """Let happen what somebody else asked for."""

    async def write(op: Provider) -> dict[str, Any]:
        return await _told(op, await management.approve(op, await acting(op, by), change_id, origin=command_origin()))

    show_one(run(settings, write), as_json=as_json)


@tenant.command(epilog=example("hibana tenant reject 0192f0c2-3c1f-7c1e-8a51-3f3a8c0e9b11 --as bob@example.com"))
@click.argument("change_id", metavar="ID")
@person_option
@json_option
@with_settings
def reject(settings: Settings, *, change_id: str, by: str | None, as_json: bool) -> None:
    """Do not let happen what somebody else asked for."""

    async def write(op: Provider) -> dict[str, Any]:
        return _line(await management.reject(op, await acting(op, by), change_id, origin=command_origin()))

    show_one(run(settings, write), as_json=as_json)


@tenant.command(epilog=example("hibana tenant log --waiting", "hibana tenant log --tenant acme"))
@click.option("--tenant", "slug", metavar="S", help="Only this tenant.")
@click.option("--status", type=click.Choice(["done", "waiting", "rejected"]), help="Only these.")
@click.option("--waiting", is_flag=True, help="Only what waits for a second person.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many.")
@json_option
@with_settings
def log(settings: Settings, *, slug: str | None, status: str | None, waiting: bool, limit: int, as_json: bool) -> None:
    """List what was done to tenants, the newest first."""
    if status is not None and waiting:
        raise click.UsageError("--waiting is --status waiting; give one of them")
    wanted = "waiting" if waiting else status or ""

    async def read(op: Provider) -> list[dict[str, Any]]:
        tenant_id = "" if slug is None else (await find_tenant(op, slug)).id
        found = await tenant_changes.page(op.db, tenant_id=tenant_id, status=wanted, limit=limit)
        slugs = await tenants.slugs(op.db)
        return [{**_line(each), "tenant": slugs[each.tenant_id]} for each in found]

    show(run(settings, read), CHANGES, as_json=as_json, empty=nothing(slug, wanted))


@tenant.command("show-change", epilog=example("hibana tenant show-change 0192f0c2-3c1f-7c1e-8a51-3f3a8c0e9b11"))
@click.argument("change_id", metavar="ID")
@json_option
@with_settings
def show_change(settings: Settings, *, change_id: str, as_json: bool) -> None:
    """Show what was done to a tenant, or is to be."""

    async def read(op: Provider) -> dict[str, Any]:
        found = await tenant_changes.find(op.db, change_id)
        if found is None:
            raise NotFound(f"no change has the id {change_id}")
        return {**_line(found), "tenant": (await tenants.slugs(op.db))[found.tenant_id]}

    show_one(run(settings, read), as_json=as_json)


def _act(
    settings: Settings,
    slug: str,
    act: Callable[..., Awaitable[Changed]],
    reason: str | None,
    by: str | None,
    *,
    as_json: bool,
) -> None:
    async def do(op: Provider) -> dict[str, Any]:
        found, actor = await find_tenant(op, slug), await acting(op, by)
        return await _told(op, await act(op, actor, found.id, reason=reason, origin=command_origin()))

    show_one(run(settings, do), as_json=as_json)


def _chosen(options: dict[str, Any]) -> dict[str, Any]:
    """What was given on the command line, as the rules take it."""
    values = {name: value for name, value in options.items() if value is not None and name != "settings_json"}
    values = {name: None if value in (0, NONE) else value for name, value in values.items()}
    if options.get("settings_json") is not None:
        values["settings"] = read_object(options["settings_json"], "--settings")
    return values


async def _told(op: Provider, changed: Changed) -> dict[str, Any]:
    told = await _described(op, changed.tenant)
    if changed.change is not None and changed.is_waiting:
        told["waits_for_approval"] = changed.change.id
    return told


async def _described(op: Provider, each: Tenant) -> dict[str, Any]:
    names = (
        *("id", "slug", "name", "description", "tenant_type", "company_size", "status", "plan", "plan_started_at"),
        *("plan_expires_at", "license_type", "license_expires_at", "max_users", "settings"),
        *("created_at", "updated_at", "deleted_at"),
    )
    return {
        **{name: getattr(each, name) for name in names},
        "members": await memberships.count_seats(op.db, each.id),
    }


def _line(change: TenantChange) -> dict[str, Any]:
    names = (
        *("id", "tenant_id", "action_type", "performed_by", "old_values", "new_values", "reason", "status"),
        *("approval_required", "approved_by", "approved_at", "created_at"),
    )
    return {name: getattr(change, name) for name in names}
