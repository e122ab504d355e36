"""`hibana ip-allowlist`: from where the people of a tenant may act."""

import click

from hibana_op.cli.output import example, json_option, print_json, show, show_one, with_settings
from hibana_op.cli.people import find_person
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.tenant_named import in_tenant_option, required_tenant_id
from hibana_op.config import Settings
from hibana_op.provider import Provider
from hibana_op.records import ip_allowlists
from hibana_op.records.ip_allowlists import IpRule
from hibana_op.tenancy import actors
from hibana_op.tenancy import ip_rules as rules

COLUMNS = ("id", "cidr", "user_id", "is_active", "description")
_confirm_option = click.option("--confirm", is_flag=True, help="Even though nobody knows from where its owners come.")


@click.group("ip-allowlist")
def ip_allowlist() -> None:
    """Say from where people of a tenant may act."""


@ip_allowlist.command(
    epilog=example("hibana ip-allowlist create --tenant acme 192.0.2.0/24 --description 'Head office' --confirm")
)
@click.argument("cidr")
@in_tenant_option
@click.option("--user", "person", help="Only for this person, who then goes by rules of their own alone.")
@click.option("--description", default="", help="What the network is.")
@click.option("--inactive", is_flag=True, help="Keep it, but do not go by it yet.")
@_confirm_option
@json_option
@with_settings
def create(
    settings: Settings,
    *,
    cidr: str,
    tenant: str,
    person: str | None,
    description: str,
    inactive: bool,
    confirm: bool,
    as_json: bool,
) -> None:
    """Let people act from a network.

    CIDR is written as in 192.0.2.0/24 or 2001:db8::/32, or is a single address. Once there is one, nobody acts in
    the tenant from anywhere else. Its last owner is never shut out.
    """

    async def make(op: Provider) -> IpRule:
        return await rules.create(
            op,
            await actors.command(op),
            await required_tenant_id(op, tenant),
            cidr=cidr,
            user_id=(await find_person(op.db, person)).id if person else None,
            description=description,
            is_active=not inactive,
            confirm=confirm,
            origin=command_origin(),
        )

    show_one(described(run(settings, make)), as_json=as_json)


@ip_allowlist.command("list", epilog=example("hibana ip-allowlist list --tenant acme"))
@in_tenant_option
@click.option("--user", "person", help="Only those of this person alone, by id, e-mail address or user name.")
@json_option
@with_settings
def list_rules(settings: Settings, *, tenant: str, person: str | None, as_json: bool) -> None:
    """List the networks of a tenant and of people in it."""

    async def read(op: Provider) -> list[IpRule]:
        user_id = (await find_person(op.db, person)).id if person else None
        every = await ip_allowlists.every(op.db, await required_tenant_id(op, tenant))
        return [each for each in every if user_id in (None, each.user_id)]

    rows = [described(each) for each in run(settings, read)]
    show(rows, COLUMNS, as_json=as_json, empty="Nothing found." if person else "People may act from anywhere.")


@ip_allowlist.command("show", epilog=example("hibana ip-allowlist show --tenant acme ID"))
@click.argument("rule_id", metavar="ID")
@in_tenant_option
@json_option
@with_settings
def show_rule(settings: Settings, *, rule_id: str, tenant: str, as_json: bool) -> None:
    """Show a network."""

    async def read(op: Provider) -> IpRule:
        return await rules.get(op.db, await actors.command(op), await required_tenant_id(op, tenant), rule_id)

    show_one(described(run(settings, read)), as_json=as_json)


@ip_allowlist.command(
    epilog=example(
        "hibana ip-allowlist update --tenant acme ID --cidr 192.0.2.0/25",
        "hibana ip-allowlist update --tenant acme ID --inactive",
    )
)
@click.argument("rule_id", metavar="ID")
@in_tenant_option
@click.option("--cidr", help="Another network in its place.")
@click.option("--description", help="What the network is.")
@click.option("--active/--inactive", "active", default=None, help="Whether people go by it.")
@_confirm_option
@json_option
@with_settings
def update(
    settings: Settings,
    *,
    rule_id: str,
    tenant: str,
    cidr: str | None,
    description: str | None,
    active: bool | None,
    confirm: bool,
    as_json: bool,
) -> None:
    """Change a network. The last owner of the tenant is never shut out."""
    options = {"cidr": cidr, "description": description, "is_active": active}
    changes = {name: value for name, value in options.items() if value is not None}
    if not changes:
        raise click.UsageError("nothing was named to change")

    async def write(op: Provider) -> IpRule:
        tenant_id, actor = await required_tenant_id(op, tenant), await actors.command(op)
        return await rules.update(op, actor, tenant_id, rule_id, changes, confirm=confirm, origin=command_origin())

    show_one(described(run(settings, write)), as_json=as_json)


@ip_allowlist.command(epilog=example("hibana ip-allowlist delete --tenant acme ID"))
@click.argument("rule_id", metavar="ID")
@in_tenant_option
@_confirm_option
@json_option
@with_settings
def delete(settings: Settings, *, rule_id: str, tenant: str, confirm: bool, as_json: bool) -> None:
    """Remove a network. Without any, people may act from anywhere."""

    async def remove(op: Provider) -> None:
        tenant_id = await required_tenant_id(op, tenant)
        actor = await actors.command(op)
        await rules.delete(op, actor, tenant_id, rule_id, confirm=confirm, origin=command_origin())

    run(settings, remove)
    if as_json:
        print_json({"id": rule_id, "deleted": True})
    else:
        click.echo(f"removed {rule_id}")


def described(each: IpRule) -> dict[str, object]:
    """A rule as the management API shows it."""
    return {
        "id": each.id,
        "tenant_id": each.tenant_id,
        "user_id": each.user_id,
        "cidr": each.cidr,
        "description": each.description,
        "is_active": each.is_active,
        "created_at": each.created_at,
        "updated_at": each.updated_at,
    }
