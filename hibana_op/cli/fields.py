"""`hibana user-field`: custom fields of people."""

import click

from hibana_op.cli.output import example, json_option, print_json, show, show_one, with_settings
from hibana_op.cli.people import find_person
from hibana_op.cli.provider import command_origin, run
from hibana_op.config import Settings
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import custom_fields
from hibana_op.records.custom_fields import FIELD_TYPES, CustomField
from hibana_op.tenancy import actors
from hibana_op.tenancy import custom_fields as rules


@click.group("user-field")
def field() -> None:
    """Add fields of your own to people."""


@field.command("set", epilog=example("hibana user-field set alice@example.com department Sales"))
@click.argument("user")
@click.argument("name")
@click.argument("value")
@click.option(
    "--type", "field_type", type=click.Choice(FIELD_TYPES), default="string", show_default=True, help="Its type."
)
@click.option(
    "--editable", is_flag=True, help="People may change it themselves, and others may fill it in on their profile."
)
@json_option
@with_settings
def set_value(
    settings: Settings, *, user: str, name: str, value: str, field_type: str, editable: bool, as_json: bool
) -> None:
    """Set a field of a person, named by id or e-mail address."""

    async def put(op: Provider) -> CustomField:
        person = await find_person(op.db, user)
        namespace = "user" if editable else "app"
        made = CustomField(
            user_id=person.id, field_name=name, field_value=value, field_type=field_type, namespace=namespace
        )
        await rules.put(op, await actors.command(op), made, origin=command_origin())
        return made

    show_one(_described(run(settings, put)), as_json=as_json)


@field.command("list", epilog=example("hibana user-field list alice@example.com"))
@click.argument("user")
@json_option
@with_settings
def list_fields(settings: Settings, *, user: str, as_json: bool) -> None:
    """List the fields of a person."""

    async def read(op: Provider) -> list[CustomField]:
        return await custom_fields.of_user(op.db, (await find_person(op.db, user)).id)

    show([_described(each) for each in run(settings, read)], ("name", "value", "type", "editable"), as_json=as_json)


@field.command("show", epilog=example("hibana user-field show alice@example.com department"))
@click.argument("user")
@click.argument("name")
@json_option
@with_settings
def show_field(settings: Settings, *, user: str, name: str, as_json: bool) -> None:
    """Show a field of a person."""

    async def read(op: Provider) -> CustomField:
        found = await custom_fields.find(op.db, (await find_person(op.db, user)).id, name)
        if found is None:
            raise NotFound(f"{user} has no field {name}")
        return found

    show_one(_described(run(settings, read)), as_json=as_json)


@field.command(epilog=example("hibana user-field delete alice@example.com department"))
@click.argument("user")
@click.argument("name")
@json_option
@with_settings
def delete(settings: Settings, *, user: str, name: str, as_json: bool) -> None:
    """Take a field away from a person."""

    async def remove(op: Provider) -> None:
        person = await find_person(op.db, user)
        await rules.delete(op, await actors.command(op), person.id, name, origin=command_origin())

    run(settings, remove)
    if as_json:
        print_json({"user": user, "name": name, "deleted": True})
    else:
        click.echo(f"{user} no longer has the field {name}")


def _described(each: CustomField) -> dict[str, object]:
    return {
        "name": each.field_name,
        "value": each.value,
        "type": each.field_type,
        "editable": each.namespace == "user",
    }
