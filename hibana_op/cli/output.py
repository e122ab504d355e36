"""How commands read settings and talk: tables for people, JSON for scripts, reasons on standard error."""

import functools
import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import click

from hibana_op.config import Settings, from_environment
from hibana_op.foundation import log
from hibana_op.foundation.printable import printable

# How the names of moments end.
_MOMENTS = ("_at", "_from", "_time", "_until")

P = ParamSpec("P")
R = TypeVar("R")

config_option = click.option(
    "--config", "config_file", type=click.Path(path_type=Path), metavar="FILE", help="A TOML file with settings."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def example(*lines: str) -> str:
    """What a command's help ends with: lines that a person can type as they are."""
    return "\n".join(["\b", "For example:", *(f"  {line}" for line in lines)])


def with_settings(command: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
    """Give a command the settings as its first argument, and the option --config."""

    @config_option
    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        file = kwargs.pop("config_file")
        assert file is None or isinstance(file, Path)  # noqa: S101 -- click made it so
        settings = from_environment(file=file, flags={}, mode="command")
        log.configure(settings.log.format, settings.log.level)
        return command(settings, *args, **kwargs)

    return wrapped


def show(
    rows: Sequence[Mapping[str, object]], columns: Sequence[str], *, as_json: bool, empty: str = "Nothing yet."
) -> None:
    """Print records: all of their members as JSON, or these columns as a table."""
    if as_json:
        print_json(list(rows))
    elif rows:
        print_table([[_shown(column, row[column]) for column in columns] for row in rows], columns)
    else:
        click.echo(empty)


def nothing(*asked: object) -> str:
    """What an empty list says: another thing where something in particular was looked for."""
    return "Nothing found." if any(asked) else "Nothing yet."


def show_one(record: Mapping[str, object], *, as_json: bool) -> None:
    """Print one record: as JSON, or a line for each member."""
    if as_json:
        print_json(record)
        return
    width = max(map(columns, record), default=0)
    for name, value in record.items():
        click.echo(f"{_padded(name, width)}  {_cell(_shown(name, value))}")


def print_json(value: object) -> None:
    """Print JSON for people and programs alike."""
    click.echo(json_text(value))


def json_text(value: object) -> str:
    """The JSON that is printed, or written to a file."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def print_table(rows: Sequence[Sequence[object]], headings: Sequence[str]) -> None:
    """Print aligned columns; wide characters count as two."""
    cells = [[heading.replace("_", " ").upper() for heading in headings]]
    cells += [[_cell(value) for value in row] for row in rows]
    widths = [max(map(columns, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = "  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def moment(seconds: int) -> str:
    """A moment as people write it."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}Z"


def complain(reason: str) -> None:
    """Say on standard error, in one line, why a command does not do what was asked."""
    click.echo(f"hibana: {printable(reason)}", err=True)


def warn(of: str) -> None:
    """Say on standard error, in one line, what may not be as it was meant; the command was carried out."""
    complain(f"warning: {of}")


def _shown(name: str, value: object) -> object:
    """A moment as people write it; JSON keeps the seconds."""
    if name.endswith(_MOMENTS) and isinstance(value, int):
        if value == 0:  # of a secret: there is no such moment
            return "never"
        return moment(value)
    return value


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        cells = [_cell(each) for each in value]
        # Values that have spaces of their own, such as response types, are told apart by commas.
        return (", " if any(" " in each for each in cells) else " ").join(cells) or "-"
    if isinstance(value, dict):
        return printable(json.dumps(value, ensure_ascii=False))
    return printable(str(value))


def columns(text: str) -> int:
    """How many columns of a terminal a text takes; wide characters take two."""
    return sum(0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF") for each in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - columns(text))
