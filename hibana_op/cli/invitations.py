"""`hibana invitation`: addresses that are invited into a tenant."""

from typing import Any, TextIO

import click

from hibana_op.cli.durations import Duration
from hibana_op.cli.jobs import show_begun
from hibana_op.cli.output import example, json_option, nothing, show, show_one, warn, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.rows import file_option, named
from hibana_op.cli.tenant_names import (
    acting,
    find_seat,
    find_tenant,
    named_position,
    path_of_unit,
    person_option,
    role_option,
    tenant_option,
    unit_option,
    within_option,
)
from hibana_op.config import Settings
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import invitations
from hibana_op.records.invitations import Invitation
from hibana_op.records.row import as_columns
from hibana_op.tenancy import invitations as rules
from hibana_op.tenancy import many_invitations

COLUMNS = ("id", "email", "role_name", "unit", "expires_at", "state")
PAGE = 200
language_option = click.option(
    "--language", type=click.Choice(["ja", "en"]), default="ja", show_default=True, help="Of the mail."
)
lifetime_option = click.option(
    "--expires-in", "lifetime", type=Duration(), default="7d", show_default=True, help="How long it counts."
)


@click.group()
def invitation() -> None:
    """Invite people into a tenant."""


@invitation.command(epilog=example("hibana invitation create --tenant acme --email bob@example.com --role admin"))
@tenant_option
@click.option("--email", required=True, help="The address; only whoever can read its mail joins.")
@role_option
@unit_option
@language_option
@lifetime_option
@person_option
@json_option
@with_settings
def create(
    settings: Settings,
    *,
    slug: str,
    email: str,
    role: str,
    unit: str | None,
    language: str,
    lifetime: int,
    by: str | None,
    as_json: bool,
) -> None:
    """Invite an address. Without a mail server the link is printed, to be passed on.

    An earlier invitation of the address into the tenant counts no more; its id is among what is `replaced`.
    """

    async def send(op: Provider) -> dict[str, Any]:
        tenant, actor = await find_tenant(op, slug), await acting(op, by)
        sent = await rules.create(
            op,
            actor,
            tenant.id,
            email=email,
            seat=await find_seat(op, tenant, role, unit),
            lifetime=lifetime,
            language=language,
            origin=command_origin(),
        )
        return {
            **await _described(op, sent.invitation),
            "sent": sent.url is None,
            "url": sent.url,
            "replaced": list(sent.replaced),
        }

    made = run(settings, send)
    show_one(made, as_json=as_json)
    for replaced in made["replaced"]:
        warn(f"the invitation {replaced} to the same address counts no more")


@invitation.command(epilog=example("hibana invitation bulk --tenant acme --role member --file - < addresses.txt"))
@click.argument("emails", nargs=-1, metavar="[EMAIL]...")
@tenant_option
@file_option
@role_option
@unit_option
@language_option
@lifetime_option
@json_option
@with_settings
def bulk(
    settings: Settings,
    *,
    emails: tuple[str, ...],
    slug: str,
    file: TextIO | None,
    role: str,
    unit: str | None,
    language: str,
    lifetime: int,
    as_json: bool,
) -> None:
    """Invite many addresses, as a job. The server does it in the background; follow it with `hibana job show`.

    Without a mail server no link is printed: `hibana invitation resend` prints that of one.
    """
    addresses = named(emails, file)

    async def begin(op: Provider) -> dict[str, Any]:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        job = await many_invitations.ask(
            op,
            actor,
            tenant.id,
            addresses,
            seat=await find_seat(op, tenant, role, unit),
            lifetime=lifetime,
            language=language,
            origin=command_origin(),
        )
        return as_columns(job)

    show_begun(run(settings, begin), as_json=as_json)


@invitation.command("list", epilog=example("hibana invitation list --tenant acme --status pending"))
@tenant_option
@click.option("--status", type=click.Choice(["pending", "accepted", "cancelled"]), default=None, help="Only these.")
@within_option
@json_option
@with_settings
def list_invitations(settings: Settings, *, slug: str, status: str | None, unit: str | None, as_json: bool) -> None:
    """List the invitations into a tenant."""

    async def read(op: Provider) -> list[dict[str, Any]]:
        tenant = await find_tenant(op, slug)
        path, found = await path_of_unit(op, tenant, unit), list[Invitation]()
        while page := await invitations.page(
            op.db, tenant.id, status=status or "", unit_path=path, after=found[-1].id if found else "", limit=PAGE
        ):
            found += page
        return [await _described(op, each) for each in found]

    show(run(settings, read), COLUMNS, as_json=as_json, empty=nothing(status, unit))


@invitation.command("show", epilog=example("hibana invitation show 0192f0c2-3c1f-7c1e-8a51-3f3a8c0e9b11 --tenant acme"))
@click.argument("invitation_id", metavar="ID")
@tenant_option
@json_option
@with_settings
def show_invitation(settings: Settings, *, invitation_id: str, slug: str, as_json: bool) -> None:
    """Show an invitation; never its link."""

    async def read(op: Provider) -> dict[str, Any]:
        found = await invitations.find(op.db, (await find_tenant(op, slug)).id, invitation_id)
        if found is None:
            raise NotFound(f"{slug} has no invitation with the id {invitation_id}")
        return await _described(op, found)

    show_one(run(settings, read), as_json=as_json)


@invitation.command(epilog=example("hibana invitation cancel 0192f0c2-3c1f-7c1e-8a51-3f3a8c0e9b11 --tenant acme"))
@click.argument("invitation_id", metavar="ID")
@tenant_option
@json_option
@with_settings
def cancel(settings: Settings, *, invitation_id: str, slug: str, as_json: bool) -> None:
    """Let an invitation count no more."""

    async def write(op: Provider) -> dict[str, Any]:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        return await _described(op, await rules.cancel(op, actor, tenant.id, invitation_id, origin=command_origin()))

    show_one(run(settings, write), as_json=as_json)


@invitation.command(
    epilog=example("hibana invitation resend 0192f0c2-3c1f-7c1e-8a51-3f3a8c0e9b11 --tenant acme --expires-in 3d")
)
@click.argument("invitation_id", metavar="ID")
@tenant_option
@language_option
@lifetime_option
@json_option
@with_settings
def resend(settings: Settings, *, invitation_id: str, slug: str, language: str, lifetime: int, as_json: bool) -> None:
    """Send an invitation once more. The link that was sent before leads nowhere."""

    async def send(op: Provider) -> dict[str, Any]:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        sent = await rules.resend(
            op, actor, tenant.id, invitation_id, lifetime=lifetime, language=language, origin=command_origin()
        )
        return {**await _described(op, sent.invitation), "sent": sent.url is None, "url": sent.url}

    show_one(run(settings, send), as_json=as_json)


async def _described(op: Provider, each: Invitation) -> dict[str, Any]:
    names = ("id", "tenant_id", "email", "role", "role_id", "unit_id", "invited_by", "expires_at", "accepted_at")
    return {
        **{name: getattr(each, name) for name in names},
        **await named_position(op, each),
        "accepted_by": each.accepted_by,
        "created_at": each.created_at,
        "state": each.state(op.now()),
    }
