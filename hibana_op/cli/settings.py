"""`hibana settings`: what the deployment and its tenants choose about sign-ins, sessions, passwords and passkeys."""

from typing import Any

import click

from hibana_op.cli.output import example, json_option, show_one, warn, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.typed import read_object
from hibana_op.config import Settings, beside_demo
from hibana_op.provider import Provider
from hibana_op.records import tenant_settings, tenants, unmet_methods
from hibana_op.records.tenants import SYSTEM, Tenant
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy import settings as rules

UNCHECKED = (
    "attestation: what authenticators say of themselves is verified, and who signed it is not, so it can be made up; "
    "name the roots you trust in HIBANA_ATTESTATION_ROOTS"
)

tenant_option = click.option("--tenant", "slug", metavar="SLUG", help="A tenant; without it, the whole deployment.")


@click.group()
def settings() -> None:
    """Choose how people sign in: for everybody, or in one tenant."""


@settings.command("show", epilog=example("hibana settings show --tenant acme"))
@tenant_option
@json_option
@with_settings
def show_settings(settings: Settings, *, slug: str | None, as_json: bool) -> None:
    """Show what was chosen; what is left out has not been."""

    async def read(op: Provider) -> dict[str, Any]:
        tenant = await rules.show(op, await actors.command(op), await _id_of(op.db, slug))
        return described(tenant)

    shown = run(settings, read)
    show_one(shown, as_json=as_json)
    _warn(settings, shown)


@settings.command("set", epilog=example("""hibana settings set '{"sign_in": {"second_factor": "required"}}'"""))
@click.argument("choices", metavar="JSON")
@tenant_option
@click.option("--reason", help="Why, for the record.")
@json_option
@with_settings
def set_settings(settings: Settings, *, choices: str, slug: str | None, reason: str | None, as_json: bool) -> None:
    """Change what JSON names and leave the rest; null takes a choice back."""
    changes = read_object(choices, "JSON")

    async def change(op: Provider) -> tuple[dict[str, Any], str | None]:
        actor = await actors.command(op)
        tenant_id = await _id_of(op.db, slug)
        changed = await rules.change(op, actor, tenant_id, changes, reason=reason, origin=command_origin())
        waiting = {"waits_for_approval": changed.change.id} if changed.change and changed.is_waiting else {}
        unmet = await unmet_methods.of_everybody(op.db, has_mail=beside_demo.takes_mail(settings))
        return {**described(changed.tenant), **waiting}, unmet.get(changed.tenant.slug)

    shown, unmet = run(settings, change)
    show_one(shown, as_json=as_json)
    _warn(settings, shown)
    if unmet is not None:
        warn(unmet)


def _warn(settings: Settings, shown: dict[str, Any]) -> None:
    """Say of a choice what this server does not check."""
    if settings.attestation_roots is None and tenant_settings.read(shown["settings"]).passkeys.demands_attestation:
        click.echo(UNCHECKED, err=True)


async def _id_of(db: Session, slug: str | None) -> str:
    return SYSTEM if slug is None else (await tenants.get_by_slug(db, slug)).id


def described(tenant: Tenant) -> dict[str, Any]:
    """Settings as commands show them."""
    return {"tenant": tenant.slug, "settings": tenant.settings}
