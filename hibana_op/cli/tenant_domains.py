"""`hibana tenant-domain`: e-mail domains of tenants."""

from typing import Any

import click

from hibana_op.cli.output import example, json_option, print_json, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.tenant_names import acting, find_tenant, tenant_option
from hibana_op.config import Settings
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import tenant_domains
from hibana_op.records.tenant_domains import TenantDomain
from hibana_op.records.tenants import Tenant
from hibana_op.tenancy import domains

COLUMNS = ("domain", "verified_at", "may_join")


@click.group("tenant-domain")
def domain() -> None:
    """Say which e-mail domains belong to a tenant."""


@domain.command(epilog=example("hibana tenant-domain create acme.example --tenant acme"))
@click.argument("name", metavar="DOMAIN")
@tenant_option
@json_option
@with_settings
def create(settings: Settings, *, name: str, slug: str, as_json: bool) -> None:
    """Add a domain. Its web server has to show the line that is printed."""

    async def make(op: Provider) -> dict[str, Any]:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        return _described(await domains.add(op, actor, tenant.id, domain=name, origin=command_origin()))

    show_one(run(settings, make), as_json=as_json)


@domain.command("list", epilog=example("hibana tenant-domain list --tenant acme"))
@tenant_option
@json_option
@with_settings
def list_domains(settings: Settings, *, slug: str, as_json: bool) -> None:
    """List the domains of a tenant."""

    async def read(op: Provider) -> list[dict[str, Any]]:
        tenant = await find_tenant(op, slug)
        return [_described(each) for each in await tenant_domains.of_tenant(op.db, tenant.id)]

    show(run(settings, read), COLUMNS, as_json=as_json)


@domain.command("show", epilog=example("hibana tenant-domain show acme.example --tenant acme"))
@click.argument("name", metavar="DOMAIN")
@tenant_option
@json_option
@with_settings
def show_domain(settings: Settings, *, name: str, slug: str, as_json: bool) -> None:
    """Show a domain, with the line that its web server has to show."""

    async def read(op: Provider) -> dict[str, Any]:
        return _described(await _find(op, await find_tenant(op, slug), name))

    show_one(run(settings, read), as_json=as_json)


@domain.command(epilog=example("hibana tenant-domain verify acme.example --tenant acme"))
@click.argument("name", metavar="DOMAIN")
@tenant_option
@click.option("--verified", is_flag=True, help="It is known to be the tenant's; its web server is not asked.")
@json_option
@with_settings
def verify(settings: Settings, *, name: str, slug: str, verified: bool, as_json: bool) -> None:
    """Look whether a domain is the tenant's."""

    async def write(op: Provider) -> dict[str, Any]:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        found = await _find(op, tenant, name)
        done = await domains.verify(op, actor, tenant.id, found.id, is_known=verified, origin=command_origin())
        return _described(done)

    show_one(run(settings, write), as_json=as_json)


@domain.command(
    epilog=example(
        "hibana tenant-domain update acme.example --tenant acme --may-join",
        "hibana tenant-domain update acme.example --tenant acme --by-invitation",
    )
)
@click.argument("name", metavar="DOMAIN")
@tenant_option
@click.option(
    "--may-join/--by-invitation",
    required=True,
    help="Whether people with a confirmed address of the domain join by themselves.",
)
@json_option
@with_settings
def update(settings: Settings, *, name: str, slug: str, may_join: bool, as_json: bool) -> None:
    """Say how people with an address of a domain join."""

    async def write(op: Provider) -> dict[str, Any]:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        found = await _find(op, tenant, name)
        done = await domains.set_may_join(op, actor, tenant.id, found.id, may_join=may_join, origin=command_origin())
        return _described(done)

    show_one(run(settings, write), as_json=as_json)


@domain.command(epilog=example("hibana tenant-domain delete acme.example --tenant acme"))
@click.argument("name", metavar="DOMAIN")
@tenant_option
@json_option
@with_settings
def delete(settings: Settings, *, name: str, slug: str, as_json: bool) -> None:
    """Take a domain away from a tenant. Whoever joined by it stays."""

    async def write(op: Provider) -> None:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        found = await _find(op, tenant, name)
        await domains.remove(op, actor, tenant.id, found.id, origin=command_origin())

    run(settings, write)
    if as_json:
        print_json({"domain": name, "deleted": True})
    else:
        click.echo(f"removed {name}")


async def _find(op: Provider, tenant: Tenant, name: str) -> TenantDomain:
    for each in await tenant_domains.of_tenant(op.db, tenant.id):
        if name.lower() in (each.domain, each.id):
            return each
    raise NotFound(f"{tenant.slug} has no domain {name}")


def _described(each: TenantDomain) -> dict[str, Any]:
    return {
        "id": each.id,
        "tenant_id": each.tenant_id,
        "domain": each.domain,
        "verified_at": each.verified_at,
        "may_join": each.may_join,
        "address": domains.ADDRESS.format(domain=each.domain),
        "line": domains.proof(each),
        "created_at": each.created_at,
    }
