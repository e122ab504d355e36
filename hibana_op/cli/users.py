"""`hibana user`: people who sign in."""

from collections.abc import Awaitable, Callable
from typing import Any

import click

from hibana_op.cli import lost_factors, user_changes, user_lists
from hibana_op.cli.durations import Duration
from hibana_op.cli.output import example, json_option, print_json, show_one, with_settings
from hibana_op.cli.people import find_person
from hibana_op.cli.person_shown import described
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.typed import read_object, read_password
from hibana_op.config import Settings
from hibana_op.foundation.origin import Origin
from hibana_op.login import people, sign_up
from hibana_op.provider import Provider
from hibana_op.records import users
from hibana_op.records.users import User


@click.group()
def user() -> None:
    """Add and look after people."""


@user.command(
    epilog=example(
        "hibana user create --email alice@example.com --name 'Alice Yamada' --verified --password-stdin < password.txt"
    )
)
@click.option("--email", required=True, help="The address they sign in with.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option(
    "--password-hash",
    metavar="HASH",
    help="Instead of a password, its bcrypt, PBKDF2 or scrypt hash from elsewhere; replaced at their first sign-in.",
)
@click.option("--name", help="Their full name.")
@click.option("--claims", metavar="JSON", help="Standard claims; address is an object.")
@click.option(
    "--verified", is_flag=True, help="The address, and the phone number if there is one, are known to be theirs."
)
@click.option("--role", "role_names", multiple=True, metavar="R", help="Repeatable.")
@click.option(
    "--kind", type=click.Choice(people.KINDS), default="human", show_default=True, help="Who acts under the account."
)
@click.option("--parent", help="The person whom it belongs to, by id, e-mail address or user name.")
@json_option
@with_settings
def create(
    settings: Settings,
    *,
    email: str,
    password_stdin: bool,
    password_hash: str | None,
    name: str | None,
    claims: str | None,
    verified: bool,
    role_names: tuple[str, ...],
    kind: str,
    parent: str | None,
    as_json: bool,
) -> None:
    """Add a person, a service or an agent."""
    values = read_object(claims, "--claims")
    if name is not None:
        values["name"] = name
    if verified:
        values["email_verified"] = True
        if "phone_number" in values:
            values["phone_number_verified"] = True
    if password_stdin and password_hash:
        raise click.UsageError("--password-stdin and --password-hash exclude each other")
    password = read_password() if password_stdin else None

    async def make(op: Provider) -> dict[str, Any]:
        made = await people.create(
            op,
            email=email,
            claims=values,
            password=password,
            password_hash=password_hash,
            role_names=role_names,
            kind=kind,
            parent_id=(await find_person(op.db, parent)).id if parent else None,
            origin=command_origin(),
        )
        return await described(op, made)

    show_one(run(settings, make), as_json=as_json)


@user.command(epilog=example("hibana user invite --email bob@example.com --name 'Bob Yamada' --language en"))
@click.option("--email", required=True, help="The address of the account that they will make.")
@click.option("--name", help="Their full name, for them to correct.")
@click.option("--language", type=click.Choice(["ja", "en"]), default="ja", show_default=True, help="Of the mail.")
@click.option("--expires-in", "lifetime", type=Duration(), default="7d", show_default=True, help="How long it counts.")
@json_option
@with_settings
def invite(settings: Settings, *, email: str, name: str | None, language: str, lifetime: int, as_json: bool) -> None:
    """Invite somebody to make their account. Without a mail server the link is printed, to be passed on."""

    async def send(op: Provider) -> dict[str, Any]:
        link, url = await sign_up.invite(
            op, email, name=name, language=language, lifetime=lifetime, origin=command_origin()
        )
        return {"email": link.email, "expires_at": link.expires_at, "sent": url is None, "url": url}

    show_one(run(settings, send), as_json=as_json)


@user.command("show", epilog=example("hibana user show alice@example.com"))
@click.argument("person")
@json_option
@with_settings
def show_user(settings: Settings, *, person: str, as_json: bool) -> None:
    """Show a person. They are named by id, e-mail address or user name."""

    async def read(op: Provider) -> dict[str, Any]:
        return await described(op, await find_person(op.db, person))

    show_one(run(settings, read), as_json=as_json)


@user.command(epilog=example("hibana user disable alice@example.com"))
@click.argument("person")
@json_option
@with_settings
def disable(settings: Settings, *, person: str, as_json: bool) -> None:
    """Suspend a person. Their sessions and tokens end at once.

    The last super administrator and the last owner of a tenant stay.
    """
    _act(settings, person, people.disable, as_json=as_json)


@user.command(epilog=example("hibana user enable alice@example.com"))
@click.argument("person")
@json_option
@with_settings
def enable(settings: Settings, *, person: str, as_json: bool) -> None:
    """Let a suspended person sign in again."""
    _act(settings, person, people.enable, as_json=as_json)


@user.command(epilog=example("hibana user unlock alice@example.com"))
@click.argument("person")
@json_option
@with_settings
def unlock(settings: Settings, *, person: str, as_json: bool) -> None:
    """Forget the failed sign-ins that lock a person out."""
    _act(settings, person, people.unlock, as_json=as_json)


@user.command(epilog=example("hibana user delete alice@example.com"))
@click.argument("person")
@json_option
@with_settings
def delete(settings: Settings, *, person: str, as_json: bool) -> None:
    """Erase a person. The audit log keeps what happened without them.

    The last super administrator and the last owner of a tenant stay.
    """

    async def erase(op: Provider) -> str:
        found = await find_person(op.db, person)
        await people.delete(op, found, command_origin())
        return found.id

    erased = run(settings, erase)
    if as_json:
        print_json({"id": erased, "deleted": True})
    else:
        click.echo(f"erased {erased}")


for each in (
    user_lists.list_users,
    user_changes.update,
    user_changes.send_password_link,
    user_changes.end_sessions,
    user_changes.export,
    user_changes.bulk,
    lost_factors.remove_factor,
):
    user.add_command(each)


def _act(
    settings: Settings, person: str, act: Callable[[Provider, User, Origin], Awaitable[object]], *, as_json: bool
) -> None:
    async def do(op: Provider) -> dict[str, Any]:
        found = await find_person(op.db, person)
        await act(op, found, command_origin())
        return await described(op, await users.get(op.db, found.id))

    show_one(run(settings, do), as_json=as_json)
