"""`hibana scope-mapping`: which claims a scope gives."""

import click

from hibana_op.cli.output import example, json_option, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.typed import read_json
from hibana_op.config import Settings
from hibana_op.oauth import mappings as acts
from hibana_op.provider import Provider
from hibana_op.records import scope_mappings
from hibana_op.records.row import as_json
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


@mapping.command("list", epilog=example("hibana scope-mapping list"))
@json_option
@with_settings
def list_mappings(settings: Settings, *, as_json: bool) -> None:
    """List every mapping."""

    async def read(op: Provider) -> list[ScopeMapping]:
        return await scope_mappings.every(op.db)

    rows = [_described(each) for each in run(settings, read)]
    columns = ("scope", "claim_name", "source_table", "source_column", "transformation", "condition")
    show(rows, columns, as_json=as_json)


@mapping.command(epilog=example("hibana scope-mapping delete --scope employee --claim department"))
@click.option("--scope", required=True, help="The scope.")
@click.option("--claim", required=True, help="The claim that it shall no longer give.")
@with_settings
def delete(settings: Settings, *, scope: str, claim: str) -> None:
    """Let a scope no longer give a claim."""
    run(settings, lambda op: acts.delete_mapping(op, scope, claim, command_origin()))
    click.echo(f"{scope} no longer gives {claim}")


def _described(each: ScopeMapping) -> dict[str, object]:
    return {
        "scope": each.scope,
        "claim_name": each.claim_name,
        "source_table": each.source_table,
        "source_column": each.source_column,
        "transformation": each.transformation,
        "condition": None if each.condition is None else as_json(each.condition),
    }
