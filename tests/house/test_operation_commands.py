"""Whatever the management API does can be done by a command, too; a new operation without one fails here."""

import click
import pytest

from ci.write_docs import walk
from hibana_op.api.operation import Operation
from hibana_op.api.table import OPERATIONS
from hibana_op.cli.main import hibana
from tests.house.operation_commands import ALSO_CALLED, COMMAND_OF, IN_JSON, WITHOUT_COMMAND, WITHOUT_OPTION

COMMANDS = {" ".join(path[1:]): command for path, command in walk(hibana, ("hibana",))}
BY_NAME = {f"{each.method} {each.path}": each for each in OPERATIONS}
DONE = {name: each for name, each in BY_NAME.items() if name in COMMAND_OF}
# A command prints a list whole and in one order: what reads it sorts and cuts.
OF_LISTS = {"cursor", "limit", "sort"}
# What every command takes for itself.
OF_COMMANDS = {"config_file", "as_json"}
# What they print is itself the document that was asked for.
PRINT_DOCUMENTS = {"audit export", "branding download"}


def parameters(name: str) -> set[str]:
    """What a command takes, as its options and arguments are called in the program and on the line."""
    found: set[str] = set()
    for each in COMMANDS[name].params:
        if each.name in OF_COMMANDS:
            continue
        written = [*each.opts, *each.secondary_opts]
        found |= {str(each.name), *(text.removeprefix("--").replace("-", "_") for text in written)}
    return found


def members(operation: Operation) -> set[str]:
    """What an operation takes in its body and its query."""
    shapes = [shape for shape in (operation.takes, operation.query) if shape is not None]
    return {field for shape in shapes for field in shape.__struct_fields__} - OF_LISTS


def test_every_operation_has_a_command_or_a_reason_to_have_none() -> None:
    assert set(COMMAND_OF) | set(WITHOUT_COMMAND) == set(BY_NAME)
    assert not set(COMMAND_OF) & set(WITHOUT_COMMAND)
    assert set(COMMAND_OF.values()) <= set(COMMANDS)


@pytest.mark.parametrize("name", DONE)
def test_the_command_takes_what_the_operation_takes(name: str) -> None:
    taken, reasons = parameters(COMMAND_OF[name]), WITHOUT_OPTION.get(name, {})
    missing = {each for each in members(DONE[name]) if not ({each} | ALSO_CALLED.get(each, set())) & taken}
    if COMMAND_OF[name] in IN_JSON:
        assert IN_JSON[COMMAND_OF[name]] in taken
        missing &= set(reasons)
    assert missing == set(reasons), f"hibana {COMMAND_OF[name]} takes {sorted(taken)}"


@pytest.mark.parametrize("name", sorted(set(COMMAND_OF.values()) - PRINT_DOCUMENTS))
def test_the_command_answers_scripts_in_json(name: str) -> None:
    assert any("--json" in each.opts for each in COMMANDS[name].params if isinstance(each, click.Option))


def test_no_reason_is_kept_that_is_needed_no_more() -> None:
    assert set(WITHOUT_OPTION) <= set(COMMAND_OF)
    every = {member for operation in OPERATIONS for member in members(operation)}
    assert set(ALSO_CALLED) <= every
