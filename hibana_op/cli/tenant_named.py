"""How commands name a tenant: by its slug, or by nothing for the deployment as a whole."""

import click

from hibana_op.provider import Provider
from hibana_op.records import tenants
from hibana_op.records.tenants import SYSTEM

tenant_option = click.option("--tenant", metavar="SLUG", help="The tenant; without it, the whole deployment.")
in_tenant_option = click.option("--tenant", required=True, metavar="SLUG", help="The tenant.")


async def tenant_id_of(op: Provider, slug: str | None) -> str | None:
    """The id of the tenant that a command means; None for the deployment, whose own tenant `system` is."""
    if slug is None:
        return None
    found = await tenants.get_by_slug(op.db, slug)
    return None if found.id == SYSTEM else found.id


async def required_tenant_id(op: Provider, slug: str) -> str:
    """The same where there must be one."""
    return (await tenants.get_by_slug(op.db, slug)).id
