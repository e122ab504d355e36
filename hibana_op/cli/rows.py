"""How commands are told many things at once: as arguments, or in a file with one on each line."""

from collections.abc import Sequence
from typing import TextIO

import click

file_option = click.option(
    "--file",
    "file",
    type=click.File(encoding="utf-8"),
    help="A file with more, one on each line; - is what is piped in.",
)


def named(arguments: Sequence[str], file: TextIO | None) -> list[str]:
    """Everything that was named, in order."""
    lines = [line.strip() for line in file] if file is not None else []
    found = [*arguments, *(line for line in lines if line)]
    if not found:
        raise click.UsageError("name at least one, as an argument or in a --file")
    return found
