"""`hibana user list`: people of the deployment, of a tenant, or in each tenant that they belong to."""

from dataclasses import asdict
from typing import Any

import click

from hibana_op.cli.output import example, json_option, nothing, show, with_settings
from hibana_op.cli.person_shown import record
from hibana_op.cli.provider import run
from hibana_op.cli.tenant_names import find_tenant, path_of_unit
from hibana_op.config import Settings
from hibana_op.provider import Provider
from hibana_op.records import users
from hibana_op.records.cross_tenant_users import TenantUser
from hibana_op.records.users import User
from hibana_op.tenancy import actors, staff

PAGE = 200
COLUMNS = ("id", "email", "name", "status")
IN_TENANTS = ("email", "name", "tenant_name", "membership_role", "status", "roles")


@click.command(
    "list",
    epilog=example(
        "hibana user list --search yamada",
        "hibana user list --tenant acme --unit S-1",
        "hibana user list --tenants --role owner",
    ),
)
@click.option("--search", default="", help="Part of an address or name.")
@click.option(
    "--status",
    type=click.Choice(["active", "invited", "suspended", "left"]),
    help="Only these; with --tenants, what they are in the tenant.",
)
@click.option("--tenant", "slug", metavar="S", help="Only people of this tenant, by its slug.")
@click.option("--unit", metavar="U", help="With --tenant: only those of this unit and below, by its id or code.")
@click.option("--tenants", "in_tenants", is_flag=True, help="Each person once for every tenant that they belong to.")
@click.option("--role", default="", metavar="R", help="With --tenants: what they are there, or a role that they hold.")
@json_option
@with_settings
def list_users(
    settings: Settings,
    *,
    search: str,
    status: str | None,
    slug: str | None,
    unit: str | None,
    in_tenants: bool,
    role: str,
    as_json: bool,
) -> None:
    """List people."""
    _check(status, slug, unit, role, in_tenants=in_tenants)

    async def read(op: Provider) -> list[dict[str, Any]]:
        if in_tenants:
            return await _in_tenants(op, search=search, status=status or "", slug=slug, role=role)
        found = _of_deployment(op, search, status or "") if slug is None else _of_tenant(op, slug, unit, search)
        return [record(each) for each in await found]

    asked = nothing(search, status, slug, unit, role)
    show(run(settings, read), IN_TENANTS if in_tenants else COLUMNS, as_json=as_json, empty=asked)


def _check(status: str | None, slug: str | None, unit: str | None, role: str, *, in_tenants: bool) -> None:
    if role and not in_tenants:
        raise click.UsageError("--role needs --tenants")
    if unit is not None and (slug is None or in_tenants):
        raise click.UsageError("--unit needs --tenant, without --tenants")
    if status is not None and slug is not None and not in_tenants:
        raise click.UsageError("--status with --tenant needs --tenants")
    if status == "left" and not in_tenants:
        raise click.UsageError("--status left needs --tenants")


async def _of_deployment(op: Provider, search: str, status: str) -> list[User]:
    found: list[User] = []
    while page := await users.page(
        op.db, after=found[-1].id if found else "", search=search, status=status, limit=PAGE
    ):
        found += page
    return found


async def _of_tenant(op: Provider, slug: str, unit: str | None, search: str) -> list[User]:
    tenant = await find_tenant(op, slug)
    path, found = await path_of_unit(op, tenant, unit), list[User]()
    while page := await users.page_of_tenant(
        op.db, tenant.id, unit_path=path, search=search, after=found[-1].id if found else "", limit=PAGE
    ):
        found += page
    return found


async def _in_tenants(op: Provider, *, search: str, status: str, slug: str | None, role: str) -> list[dict[str, Any]]:
    actor = await actors.command(op)
    tenant_id = "" if slug is None else (await find_tenant(op, slug)).id
    found: list[TenantUser] = []
    while page := await staff.people_of_tenants(
        op.db,
        actor,
        q=search,
        tenant_id=tenant_id,
        status=status,
        role=role,
        after=found[-1].membership_id if found else "",
        limit=PAGE,
    ):
        found += page
    return [asdict(each) for each in found]
