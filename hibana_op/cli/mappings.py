"""`hibana scope-mapping`: which claims a scope gives."""

from dataclasses import replace
from typing import Any

import click

from hibana_op.cli.output import example, json_option, nothing, print_json, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.typed import read_json
from hibana_op.config import Settings
from hibana_op.oauth import mappings as acts
from hibana_op.provider import Provider
from hibana_op.records import scope_mappings
from hibana_op.records.row import as_json as json_of
from hibana_op.records.scope_mappings import ScopeMapping


@click.group("scope-mapping")
def mapping() -> None:
    """Say which claims a scope gives."""


@mapping.command(
    epilog=example(
        "hibana scope-mapping create --scope employee --claim department --table user_custom_fields --column department"
    )
)
@click.option("--scope", required=True, help="The scope, for example employee.")
@click.option("--claim", required=True, help="The claim that the scope gives.")
@click.option("--table", type=click.Choice(["users", "user_custom_fields"]), required=True, help="Where it comes from.")
@click.option("--column", required=True, help="A column, a path such as address.country, or a custom field.")
@click.option("--transform", default="none", show_default=True, help="none, uppercase, lowercase, hash or mask.")
@click.option("--condition", metavar="JSON", help="A predicate that must hold for the person.")
@json_option
@with_settings
def create(
    settings: Settings,
    *,
    scope: str,
    claim: str,
    table: str,
    column: str,
    transform: str,
    condition: str | None,
    as_json: bool,
) -> None:
    """Let a scope give a claim. An existing mapping of the same scope and claim is replaced."""

    async def put(op: Provider) -> ScopeMapping:
        made = ScopeMapping(
            scope=scope,
            claim_name=claim,
            source_table=table,
            source_column=column,
            transformation=transform,
            condition=None if condition is None else read_json(condition, "--condition"),
            created_at=op.now(),
        )
        await acts.put_mapping(op, made, command_origin())
        return made

    show_one(_described(run(settings, put)), as_json=as_json)


@mapping.command("list", epilog=example("hibana scope-mapping list", "hibana scope-mapping list --scope employee"))
@click.option("--scope", default="", help="Only what this scope gives.")
@click.option("--claim", default="", help="Only what gives this claim.")
@json_option
@with_settings
def list_mappings(settings: Settings, *, scope: str, claim: str, as_json: bool) -> None:
    """List the mappings."""

    async def read(op: Provider) -> list[ScopeMapping]:
        every = await scope_mappings.every(op.db)
        return [each for each in every if scope in ("", each.scope) and claim in ("", each.claim_name)]

    rows = [_described(each) for each in run(settings, read)]
    columns = ("scope", "claim_name", "source_table", "source_column", "transformation", "condition")
    show(rows, columns, as_json=as_json, empty=nothing(scope, claim))


@mapping.command("show", epilog=example("hibana scope-mapping show --scope employee --claim department"))
@click.option("--scope", required=True, help="The scope.")
@click.option("--claim", required=True, help="The claim that it gives.")
@json_option
@with_settings
def show_mapping(settings: Settings, *, scope: str, claim: str, as_json: bool) -> None:
    """Show a mapping."""

    async def read(op: Provider) -> ScopeMapping:
        return await scope_mappings.get(op.db, scope, claim)

    show_one(_described(run(settings, read)), as_json=as_json)


@mapping.command(
    epilog=example(
        "hibana scope-mapping update --scope employee --claim department --transform uppercase",
        "hibana scope-mapping update --scope employee --claim department --no-condition",
    )
)
@click.option("--scope", required=True, help="The scope.")
@click.option("--claim", required=True, help="The claim that it gives.")
@click.option("--table", type=click.Choice(["users", "user_custom_fields"]), help="Where it comes from.")
@click.option("--column", help="A column, a path such as address.country, or a custom field.")
@click.option("--transform", help="none, uppercase, lowercase, hash or mask.")
@click.option("--condition", metavar="JSON", help="A predicate that must hold for the person.")
@click.option("--no-condition", is_flag=True, help="It holds for everybody.")
@json_option
@with_settings
def update(
    settings: Settings,
    *,
    scope: str,
    claim: str,
    table: str | None,
    column: str | None,
    transform: str | None,
    condition: str | None,
    no_condition: bool,
    as_json: bool,
) -> None:
    """Change where a claim comes from. What is not named stays."""
    if condition is not None and no_condition:
        raise click.UsageError("--condition and --no-condition exclude each other")
    named = {"source_table": table, "source_column": column, "transformation": transform}
    changes: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    if condition is not None or no_condition:
        changes["condition"] = None if condition is None else read_json(condition, "--condition")
    if not changes:
        raise click.UsageError("nothing was named to change")

    async def write(op: Provider) -> ScopeMapping:
        changed = replace(await scope_mappings.get(op.db, scope, claim), **changes)
        await acts.put_mapping(op, changed, command_origin())
        return changed

    show_one(_described(run(settings, write)), as_json=as_json)


@mapping.command(epilog=example("hibana scope-mapping delete --scope employee --claim department"))
@click.option("--scope", required=True, help="The scope.")
@click.option("--claim", required=True, help="The claim that it shall no longer give.")
@json_option
@with_settings
def delete(settings: Settings, *, scope: str, claim: str, as_json: bool) -> None:
    """Let a scope no longer give a claim."""
    run(settings, lambda op: acts.delete_mapping(op, scope, claim, command_origin()))
    if as_json:
        print_json({"scope": scope, "claim_name": claim, "deleted": True})
    else:
        click.echo(f"{scope} no longer gives {claim}")


def _described(each: ScopeMapping) -> dict[str, object]:
    return {
        "scope": each.scope,
        "claim_name": each.claim_name,
        "source_table": each.source_table,
        "source_column": each.source_column,
        "transformation": each.transformation,
        "condition": None if each.condition is None else json_of(each.condition),
    }
