"""`hibana session`: who is signed in."""

import sys
from typing import Any

import click

from hibana_op.cli.output import example, json_option, nothing, print_json, show, show_one, with_settings
from hibana_op.cli.people import find_person
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.tenant_names import find_tenant, path_of_unit
from hibana_op.config import Settings
from hibana_op.foundation.errors import Conflict, NotFound
from hibana_op.provider import Provider
from hibana_op.records import sessions, users
from hibana_op.records.sessions import Placed
from hibana_op.tenancy import actors, people

COLUMNS = ("id", "email", "auth_time", "acr", "ip_address", "last_seen_at")
PAGE = 200


@click.group()
def session() -> None:
    """See who is signed in, and sign people out."""


@session.command("list", epilog=example("hibana session list", "hibana session list --user alice@example.com"))
@click.option("--user", "person", metavar="PERSON", help="Only theirs, by id, e-mail address or user name.")
@click.option("--tenant", "slug", metavar="S", help="Only those of people who have entered this tenant.")
@click.option("--unit", metavar="U", help="With --tenant: only those of people of this unit and below.")
@json_option
@with_settings
def list_sessions(settings: Settings, *, person: str | None, slug: str | None, unit: str | None, as_json: bool) -> None:
    """List the sessions that count at this moment."""
    if unit is not None and slug is None:
        raise click.UsageError("--unit needs --tenant")

    async def read(op: Provider) -> list[dict[str, Any]]:
        user_id = "" if person is None else (await find_person(op.db, person)).id
        tenant = None if slug is None else await find_tenant(op, slug)
        path = "" if tenant is None else await path_of_unit(op, tenant, unit)
        found: list[Placed] = []
        while page := await sessions.page(
            op.db,
            tenant_id=tenant.id if tenant else None,
            unit_path=path,
            user_id=user_id,
            after=found[-1].session.id if found else "",
            limit=PAGE,
            now=op.now(),
        ):
            found += page
        return [await _described(op, each) for each in found]

    show(run(settings, read), COLUMNS, as_json=as_json, empty=nothing(person, slug, unit))


@session.command("show", epilog=example("hibana session show SESSION_ID"))
@click.argument("session_id", metavar="ID")
@json_option
@with_settings
def show_session(settings: Settings, *, session_id: str, as_json: bool) -> None:
    """Show a session."""

    async def read(op: Provider) -> dict[str, Any]:
        found = await sessions.find_placed(op.db, session_id, now=op.now())
        if found is None:
            raise NotFound(f"no session has the id {session_id}")
        return await _described(op, found)

    show_one(run(settings, read), as_json=as_json)


@session.command(epilog=example("hibana session end SESSION_ID", "hibana session end --everybody --yes"))
@click.argument("session_id", metavar="[ID]", required=False)
@click.option("--everybody", is_flag=True, help="Sign out everybody who is signed in, with the tokens that apps hold.")
@click.option("--yes", is_flag=True, help="Do not ask before --everybody.")
@json_option
@with_settings
def end(settings: Settings, *, session_id: str | None, everybody: bool, yes: bool, as_json: bool) -> None:
    """End a session. The apps that took part are told.

    `hibana user end-sessions` ends all of a person, with the tokens that apps hold for them.
    """
    if (session_id is None) != everybody:
        raise click.UsageError("name a session, or say --everybody")
    if session_id is None:
        if not yes:
            if not sys.stdin.isatty():
                raise Conflict("everybody would be signed out, and there is no terminal to ask at; say --yes")
            click.confirm("Everybody has to sign in again, in every app. Go on?", abort=True)
        count = run(settings, _end_all)
        if as_json:
            print_json({"people": count, "ended": True})
        else:
            click.echo(f"signed {count} people out")
        return

    async def write(op: Provider) -> None:
        await people.end_session(op, await actors.command(op), session_id, origin=command_origin())

    run(settings, write)
    if as_json:
        print_json({"id": session_id, "ended": True})
    else:
        click.echo(f"ended {session_id}")


async def _end_all(op: Provider) -> int:
    """Sign everybody out, each as if it were asked for alone; how many people there were."""
    actor, signed_in = await actors.command(op), set[str]()
    after = ""
    while page := await sessions.page(op.db, tenant_id=None, after=after, limit=PAGE, now=op.now()):
        signed_in.update(each.session.user_id for each in page)
        after = page[-1].session.id
    for user_id in sorted(signed_in):
        await people.end_sessions(op, actor, user_id, origin=command_origin())
    return len(signed_in)


async def _described(op: Provider, placed: Placed) -> dict[str, Any]:
    each, user = placed.session, await users.find(op.db, placed.session.user_id)
    names = (
        *("acr", "ip_address", "user_agent", "auth_time", "created_at", "last_seen_at"),
        *("idle_expires_at", "expires_at"),
    )
    return {
        "id": each.id,
        "user_id": each.user_id,
        "email": user.email if user else None,
        "tenant_id": placed.tenant_id,
        "amr": list(each.amr),
        **{name: getattr(each, name) for name in names},
    }
