"""`hibana config`: what would be used, and whether it can be."""

from dataclasses import asdict
from pathlib import Path

import click

from hibana_op.cli.output import complain, config_option, example, json_option, print_json, show, with_settings
from hibana_op.config import Settings, describe, from_environment
from hibana_op.foundation.errors import WrongSettings


@click.group()
def config() -> None:
    """Check or show the settings."""


@config.command(epilog=example("hibana config check --config hibana.toml"))
@config_option
@json_option
def check(config_file: Path | None, *, as_json: bool) -> None:
    """Find everything that would keep `hibana serve` from starting."""
    try:
        from_environment(file=config_file, flags={}, mode="serve")
    except WrongSettings as wrong:
        faults = wrong.faults
    else:
        faults = []
    if as_json:
        print_json({"ok": not faults, "faults": faults})
    elif not faults:
        click.echo("The settings are fit for `hibana serve`.")
    if faults:
        if not as_json:
            for fault in faults:
                complain(fault)
        raise click.exceptions.Exit(1)


@config.command("show", epilog=example("hibana config show"))
@json_option
@with_settings
def show_settings(settings: Settings, *, as_json: bool) -> None:
    """Print every setting, its value and where it comes from. Secrets are shown as ***."""
    show([asdict(row) for row in describe(settings)], ("name", "value", "source"), as_json=as_json)
