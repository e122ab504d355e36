"""`hibana user`: people who sign in."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

import click

from hibana_op.cli import lost_factors as lost_factors_command
from hibana_op.cli.durations import Duration
from hibana_op.cli.output import example, json_option, nothing, print_json, show, show_one, with_settings
from hibana_op.cli.people import find_person
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.typed import read_object, read_password
from hibana_op.config import Settings
from hibana_op.foundation.origin import Origin
from hibana_op.login import lost_factors, people, sign_up, throttle
from hibana_op.provider import Provider
from hibana_op.records import credentials, lockouts, roles, sessions, users
from hibana_op.records.cross_tenant_users import TenantUser
from hibana_op.records.users import User
from hibana_op.tenancy import actors, staff

PAGE = 200


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
        return await _described(op, made)

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


@user.command("list", epilog=example("hibana user list --search yamada", "hibana user list --tenants"))
@click.option("--search", default="", help="Part of an address or name.")
@click.option("--tenants", is_flag=True, help="Each person once for every tenant that they belong to.")
@json_option
@with_settings
def list_users(settings: Settings, *, search: str, tenants: bool, as_json: bool) -> None:
    """List people."""
    if tenants:
        rows = run(settings, lambda op: _in_tenants(op, search))
        shown = ("email", "name", "tenant_name", "membership_role", "status", "roles")
        show(rows, shown, as_json=as_json, empty=nothing(search))
        return

    async def read(op: Provider) -> list[dict[str, Any]]:
        found: list[User] = []
        while page := await users.page(op.db, after=found[-1].id if found else "", search=search, limit=PAGE):
            found += page
        return [_record(each) for each in found]

    show(run(settings, read), ("id", "email", "name", "status"), as_json=as_json, empty=nothing(search))


async def _in_tenants(op: Provider, search: str) -> list[dict[str, object]]:
    actor = await actors.command(op)
    found: list[TenantUser] = []
    while page := await staff.people_of_tenants(
        op.db, actor, q=search, after=found[-1].membership_id if found else "", limit=PAGE
    ):
        found += page
    return [asdict(each) for each in found]


@user.command("show", epilog=example("hibana user show alice@example.com"))
@click.argument("person")
@json_option
@with_settings
def show_user(settings: Settings, *, person: str, as_json: bool) -> None:
    """Show a person, named by id, e-mail address or user name."""

    async def read(op: Provider) -> dict[str, Any]:
        return await _described(op, await find_person(op.db, person))

    show_one(run(settings, read), as_json=as_json)


@user.command(epilog=example("hibana user disable alice@example.com"))
@click.argument("person")
@json_option
@with_settings
def disable(settings: Settings, *, person: str, as_json: bool) -> None:
    """Suspend a person: their sessions and tokens end at once.

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


user.add_command(lost_factors_command.remove_factor)


def _act(
    settings: Settings, person: str, act: Callable[[Provider, User, Origin], Awaitable[object]], *, as_json: bool
) -> None:
    async def do(op: Provider) -> dict[str, Any]:
        found = await find_person(op.db, person)
        await act(op, found, command_origin())
        return await _described(op, await users.get(op.db, found.id))

    show_one(run(settings, do), as_json=as_json)


async def _described(op: Provider, each: User) -> dict[str, Any]:
    """A person with what the administrator needs to know; never a credential."""
    now = op.now()
    return {
        **_record(each),
        "roles": await roles.names_of_user(op.db, each.id),
        "has_password": await credentials.find_password_hash(op.db, each.id) is not None,
        **lost_factors_command.described(await lost_factors.set_up(op.db, each.id, now=now)),
        "sessions": len(await sessions.live_of_user(op.db, each.id, now=now)),
        "locked_until": await lockouts.locked_until(op.db, throttle.subject_of_user(each.id), now=now),
    }


def _record(each: User) -> dict[str, Any]:
    found: dict[str, Any] = {"id": each.id, "email": each.email, "email_verified": each.email_verified}
    names = (
        *("name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture"),
        *("website", "gender", "birthdate", "zoneinfo", "locale", "phone_number", "phone_number_verified", "address"),
        *(
            "status",
            "kind",
            "parent_user_id",
            "membership",
            "logins_count",
            "last_login_at",
            "created_at",
            "updated_at",
        ),
    )
    for name in names:
        value = getattr(each, name)
        if value is not None or name == "name":
            found[name] = value
    return {**found, **each.localized}
