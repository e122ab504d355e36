"""`hibana role-assignment`: who holds which role, and where."""

import click

from hibana_op.cli.output import example, json_option, nothing, print_json, show, show_one, with_settings
from hibana_op.cli.people import find_person
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.roles import find_role
from hibana_op.cli.tenant_named import tenant_id_of, tenant_option
from hibana_op.config import Settings
from hibana_op.provider import Provider
from hibana_op.records import roles, users
from hibana_op.records.roles import Assignment
from hibana_op.tenancy import actors, assignments
from hibana_op.tenancy.roles import home

PAGE = 200
COLUMNS = ("id", "email", "role", "scope_type", "scope_id")


@click.group("role-assignment")
def role_assignment() -> None:
    """Give people roles, and take them away."""


@role_assignment.command(
    epilog=example(
        "hibana role-assignment create alice@example.com auditor",
        "hibana role-assignment create bob@example.com department_manager --tenant acme --unit UNIT_ID",
    )
)
@click.argument("person")
@click.argument("role")
@tenant_option
@click.option("--unit", "unit_id", metavar="ID", help="In this unit of the tenant and below it.")
@json_option
@with_settings
def create(
    settings: Settings, *, person: str, role: str, tenant: str | None, unit_id: str | None, as_json: bool
) -> None:
    """Give a person a role.

    In a tenant it is one of the tenant's, and the person belongs to it.
    """

    async def give(op: Provider) -> dict[str, object]:
        tenant_id = await tenant_id_of(op, tenant)
        made = await assignments.assign(
            op,
            await actors.command(op),
            user_id=(await find_person(op.db, person)).id,
            role_id=(await find_role(op, tenant_id, role)).id,
            tenant_id=tenant_id,
            unit_id=unit_id,
            origin=command_origin(),
        )
        return await _described(op, made)

    show_one(run(settings, give), as_json=as_json)


@role_assignment.command(
    "list",
    epilog=example(
        "hibana role-assignment list --tenant acme",
        "hibana role-assignment list --tenant acme --unit UNIT_ID --from-above",
    ),
)
@tenant_option
@click.option("--user", "person", help="Only this person, by id, e-mail address or user name.")
@click.option("--role", metavar="R", help="Only this role, by its name or id.")
@click.option("--unit", "unit_id", metavar="ID", help="Only those at exactly this unit of the tenant.")
@click.option("--from-above", is_flag=True, help="With --unit: also those of the units above it and of the tenant.")
@json_option
@with_settings
def list_assignments(
    settings: Settings,
    *,
    tenant: str | None,
    person: str | None,
    role: str | None,
    unit_id: str | None,
    from_above: bool,
    as_json: bool,
) -> None:
    """List who was given which role.

    In a tenant and its units, or in the deployment.
    """
    if from_above and unit_id is None:
        raise click.UsageError("--from-above needs --unit")

    async def read(op: Provider) -> list[dict[str, object]]:
        actor, tenant_id = await actors.command(op), await tenant_id_of(op, tenant)
        user_id = (await find_person(op.db, person)).id if person else ""
        role_id = (await find_role(op, tenant_id, role)).id if role else ""
        found: list[Assignment] = []
        while page := await assignments.page(
            op.db,
            actor,
            tenant_id=tenant_id,
            user_id=user_id,
            role_id=role_id,
            unit_id=unit_id,
            from_above=from_above,
            after=found[-1].id if found else "",
            limit=PAGE,
        ):
            found += page
        return [await _described(op, each) for each in found]

    show(run(settings, read), COLUMNS, as_json=as_json, empty=nothing(person, role, unit_id))


@role_assignment.command("show", epilog=example("hibana role-assignment show ID"))
@click.argument("assignment_id", metavar="ID")
@json_option
@with_settings
def show_assignment(settings: Settings, *, assignment_id: str, as_json: bool) -> None:
    """Show that somebody holds a role, and where."""

    async def read(op: Provider) -> dict[str, object]:
        return await _described(op, await assignments.get(op.db, await actors.command(op), assignment_id))

    show_one(run(settings, read), as_json=as_json)


@role_assignment.command(epilog=example("hibana role-assignment delete ID"))
@click.argument("assignment_id", metavar="ID")
@json_option
@with_settings
def delete(settings: Settings, *, assignment_id: str, as_json: bool) -> None:
    """Take a role away. The last super administrator keeps theirs."""

    async def take(op: Provider) -> None:
        await assignments.withdraw(op, await actors.command(op), assignment_id, origin=command_origin())

    run(settings, take)
    if as_json:
        print_json({"id": assignment_id, "deleted": True})
    else:
        click.echo(f"removed {assignment_id}")


async def _described(op: Provider, each: Assignment) -> dict[str, object]:
    role = await roles.find(op.db, home(each.tenant_id), each.role_id)
    user = await users.find(op.db, each.user_id)
    return {
        "id": each.id,
        "user_id": each.user_id,
        "email": user.email if user else None,
        "role_id": each.role_id,
        "role": role.name if role else None,
        "scope_type": each.scope_type,
        "scope_id": each.scope_id,
        "tenant_id": each.tenant_id,
        "assigned_by": each.assigned_by,
        "created_at": each.created_at,
    }
