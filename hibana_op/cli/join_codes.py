"""`hibana join-code`: codes with which people join a tenant."""

from typing import Any

import click

from hibana_op.cli.durations import Duration
from hibana_op.cli.output import example, json_option, nothing, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.tenant_names import (
    acting,
    find_seat,
    find_tenant,
    named_position,
    path_of_unit,
    role_option,
    tenant_option,
    unit_option,
    within_option,
)
from hibana_op.config import Settings
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import join_codes
from hibana_op.records.join_codes import JoinCode
from hibana_op.tenancy import join_codes as rules

COLUMNS = ("id", "code", "label", "role_name", "unit", "used_count", "max_uses", "expires_at", "state")
PAGE = 200


@click.group("join-code")
def join_code() -> None:
    """Make codes with which people join a tenant."""


@join_code.command(epilog=example("hibana join-code create --tenant acme --max-uses 30 --expires-in 7d"))
@tenant_option
@click.option("--max-uses", type=int, metavar="N", help="How many people may join with it; without it, any number.")
@click.option("--expires-in", "lifetime", type=Duration(), help="How long it counts; without it, until it is disabled.")
@click.option("--label", metavar="TEXT", default="", help="For whom it is, for the list.")
@role_option
@unit_option
@json_option
@with_settings
def create(
    settings: Settings,
    *,
    slug: str,
    max_uses: int | None,
    lifetime: int | None,
    label: str,
    role: str,
    unit: str | None,
    as_json: bool,
) -> None:
    """Make a code."""

    async def make(op: Provider) -> dict[str, Any]:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        made, _ = await rules.create(
            op,
            actor,
            tenant.id,
            seat=await find_seat(op, tenant, role, unit),
            label=label,
            max_uses=max_uses,
            lifetime=lifetime,
            origin=command_origin(),
        )
        return await _described(op, made)

    show_one(run(settings, make), as_json=as_json)


@join_code.command("list", epilog=example("hibana join-code list --tenant acme"))
@tenant_option
@within_option
@json_option
@with_settings
def list_codes(settings: Settings, *, slug: str, unit: str | None, as_json: bool) -> None:
    """List the codes of a tenant. Those that count no more are included."""

    async def read(op: Provider) -> list[dict[str, Any]]:
        tenant = await find_tenant(op, slug)
        path, found = await path_of_unit(op, tenant, unit), list[JoinCode]()
        while page := await join_codes.page(
            op.db, tenant.id, unit_path=path, after=found[-1].id if found else "", limit=PAGE
        ):
            found += page
        return [await _described(op, each) for each in found]

    show(run(settings, read), COLUMNS, as_json=as_json, empty=nothing(unit))


@join_code.command("show", epilog=example("hibana join-code show 0192f0c2-3c1f-7c1e-8a51-3f3a8c0e9b11 --tenant acme"))
@click.argument("code_id", metavar="ID")
@tenant_option
@json_option
@with_settings
def show_code(settings: Settings, *, code_id: str, slug: str, as_json: bool) -> None:
    """Show a code."""

    async def read(op: Provider) -> dict[str, Any]:
        found = await join_codes.find(op.db, (await find_tenant(op, slug)).id, code_id)
        if found is None:
            raise NotFound(f"{slug} has no join code with the id {code_id}")
        return await _described(op, found)

    show_one(run(settings, read), as_json=as_json)


@join_code.command(epilog=example("hibana join-code disable 0192f0c2-3c1f-7c1e-8a51-3f3a8c0e9b11 --tenant acme"))
@click.argument("code_id", metavar="ID")
@tenant_option
@json_option
@with_settings
def disable(settings: Settings, *, code_id: str, slug: str, as_json: bool) -> None:
    """Let nobody join with a code any more."""

    async def write(op: Provider) -> dict[str, Any]:
        tenant, actor = await find_tenant(op, slug), await acting(op, None)
        return await _described(op, await rules.disable(op, actor, tenant.id, code_id, origin=command_origin()))

    show_one(run(settings, write), as_json=as_json)


async def _described(op: Provider, each: JoinCode) -> dict[str, Any]:
    names = ("id", "tenant_id", "label", "role", "role_id", "unit_id", "max_uses", "used_count", "expires_at")
    text = rules.text_of(op, each)
    return {
        **{name: getattr(each, name) for name in names},
        **await named_position(op, each),
        "code": text,
        "url": f"{op.issuer}/join?code={text}",
        "disabled_at": each.disabled_at,
        "created_at": each.created_at,
        "state": each.state(op.now()),
    }
