"""`hibana user update` and what else is done to one person or many."""

from pathlib import Path
from typing import Any, TextIO

import click

from hibana_op.cli.jobs import show_begun
from hibana_op.cli.output import example, json_option, json_text, print_json, show_one, with_settings
from hibana_op.cli.people import find_person
from hibana_op.cli.person_shown import described
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.rows import file_option, named
from hibana_op.cli.typed import read_object
from hibana_op.config import Settings
from hibana_op.foundation.new_file import new_file
from hibana_op.provider import Provider
from hibana_op.records import users
from hibana_op.records.row import as_columns
from hibana_op.records.users import User
from hibana_op.tenancy import actors, many_people
from hibana_op.tenancy import people as rules


@click.command(
    epilog=example(
        "hibana user update alice@example.com --name 'Alice Sato'",
        """hibana user update alice@example.com --claims '{"name#ja": "佐藤アリス", "nickname": null}'""",
        "hibana user update build-agent@example.com --parent alice@example.com",
    )
)
@click.argument("person")
@click.option("--email", help="Another address, which they have to confirm.")
@click.option("--name", help="Their full name.")
@click.option("--claims", metavar="JSON", help="Standard claims that change; null takes one away.")
@click.option("--membership", type=click.Choice(["free", "premium"]), help="What they have bought.")
@click.option("--parent", help="The person whom the account belongs to, by id, e-mail address or user name.")
@click.option("--no-parent", is_flag=True, help="The account belongs to nobody any more.")
@json_option
@with_settings
def update(
    settings: Settings,
    *,
    person: str,
    email: str | None,
    name: str | None,
    claims: str | None,
    membership: str | None,
    parent: str | None,
    no_parent: bool,
    as_json: bool,
) -> None:
    """Change what is known of a person.

    `hibana user disable` and `hibana user enable` change their status, `hibana user-field set` fields of your own.
    """
    if parent is not None and no_parent:
        raise click.UsageError("--parent and --no-parent exclude each other")
    given = read_object(claims, "--claims")
    options = {"email": email, "name": name, "membership": membership}
    given |= {option: value for option, value in options.items() if value is not None}
    if no_parent:
        given["parent_user_id"] = None
    if not given and parent is None:
        raise click.UsageError("nothing was named to change")

    async def write(op: Provider) -> dict[str, Any]:
        found = await find_person(op.db, person)
        changes = _changes(found, given)
        if parent is not None:
            changes["parent_user_id"] = (await find_person(op.db, parent)).id
        changed = await rules.update(op, await actors.command(op), found.id, changes, origin=command_origin())
        return await described(op, changed)

    show_one(run(settings, write), as_json=as_json)


def _changes(user: User, given: dict[str, Any]) -> dict[str, Any]:
    """What changes as the rules take it: claims in several languages are one member, of which the others stay."""
    tagged = {name: value for name, value in given.items() if "#" in name}
    changes = {name: value for name, value in given.items() if name not in tagged}
    if tagged:
        merged = {**user.localized, **tagged}
        changes["localized"] = {name: value for name, value in merged.items() if value is not None}
    return changes


@click.command("send-password-link", epilog=example("hibana user send-password-link alice@example.com --language en"))
@click.argument("person")
@click.option(
    "--language",
    type=click.Choice(["ja", "en"]),
    default="ja",
    show_default=True,
    help="Of the mail, for whoever has named none.",
)
@json_option
@with_settings
def send_password_link(settings: Settings, *, person: str, language: str, as_json: bool) -> None:
    """Mail a person a link to choose a password."""

    async def send(op: Provider) -> dict[str, Any]:
        found, actor = await find_person(op.db, person), await actors.command(op)
        until = await rules.send_password_link(op, actor, found.id, language=language, origin=command_origin())
        return {"id": found.id, "email": found.email, "expires_at": until}

    show_one(run(settings, send), as_json=as_json)


@click.command("end-sessions", epilog=example("hibana user end-sessions alice@example.com"))
@click.argument("person")
@json_option
@with_settings
def end_sessions(settings: Settings, *, person: str, as_json: bool) -> None:
    """Sign a person out everywhere. The tokens that apps hold for them end, too."""

    async def end(op: Provider) -> dict[str, Any]:
        found = await find_person(op.db, person)
        await rules.end_sessions(op, await actors.command(op), found.id, origin=command_origin())
        return await described(op, await users.get(op.db, found.id))

    show_one(run(settings, end), as_json=as_json)


@click.command(epilog=example("hibana user export alice@example.com alice.json"))
@click.argument("person")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--force", is_flag=True, help="Replace the file when there is one.")
@json_option
@with_settings
def export(settings: Settings, *, person: str, file: Path | None, force: bool, as_json: bool) -> None:
    """Write what is kept about a person. It goes to FILE or standard output, as JSON."""

    async def read(op: Provider) -> dict[str, Any]:
        found = await find_person(op.db, person)
        data = await rules.export(op, await actors.command(op), found.id, origin=command_origin())
        return {"issuer": op.issuer, "exported_at": op.now(), "data": data}

    if file is None:
        print_json(run(settings, read))
        return
    with new_file(file, replace=force) as stream:
        stream.write(f"{json_text(run(settings, read))}\n".encode())
    if as_json:
        print_json({"file": str(file)})
    else:
        click.echo(f"wrote {file}")


@click.command(
    epilog=example(
        "hibana user bulk suspend alice@example.com bob@example.com",
        "hibana user bulk delete --file - < people.txt",
    )
)
@click.argument("action", type=click.Choice(list(many_people.ACTIONS)))
@click.argument("people", nargs=-1, metavar="[PERSON]...")
@file_option
@json_option
@with_settings
def bulk(settings: Settings, *, action: str, people: tuple[str, ...], file: TextIO | None, as_json: bool) -> None:
    """Do the same to many people, as a job. The server does it in the background; follow it with `hibana job show`."""
    persons = named(people, file)

    async def begin(op: Provider) -> dict[str, Any]:
        ids = [(await find_person(op.db, person)).id for person in persons]
        return as_columns(await many_people.ask(op, await actors.command(op), action, ids, origin=command_origin()))

    show_begun(run(settings, begin), as_json=as_json)
