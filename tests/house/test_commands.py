"""Every command explains itself, and the page of commands lists exactly the commands there are."""

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ci.write_docs import DOCS, current, examples, walk
from hibana_op.cli.main import hibana

COMMANDS = list(walk(hibana, ("hibana",)))
IDS = [" ".join(path) for path, _ in COMMANDS]
GROUPS = [
    command
    for name in hibana.list_commands(click.Context(hibana))
    if isinstance(command := hibana.get_command(click.Context(hibana), name), click.Group)
]


def test_the_page_of_commands_is_current() -> None:
    assert (DOCS / "commands.md").read_text(encoding="utf-8") == current("commands.md"), "run `make docs`"


def test_the_page_lists_each_command_once() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert re.findall(r"^## `(.+)`$", text, re.MULTILINE) == IDS


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=IDS)
def test_a_command_explains_itself_and_each_option(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help, f"{' '.join(path)} needs a docstring: it is the help"
    silent = [option.opts[-1] for option in command.params if isinstance(option, click.Option) and not option.help]
    assert not silent, f"{' '.join(path)}: {silent} need help="


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_a_group_lists_each_command_with_a_whole_sentence(group: click.Group) -> None:
    shown = CliRunner().invoke(group, ["--help"]).output
    assert "..." not in shown.partition("Commands:")[2], "let the help begin with a short sentence"


@pytest.mark.parametrize("path", [path for path, _ in COMMANDS], ids=IDS)
def test_a_command_answers_help(path: tuple[str, ...]) -> None:
    done = CliRunner().invoke(hibana, [*path[1:], "--help"])
    assert done.exit_code == 0, done.output
    assert "Usage:" in done.output


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=IDS)
def test_a_command_gives_examples_that_can_be_typed(
    path: tuple[str, ...], command: click.Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "monday.backup").touch()
    (tmp_path / "idp.xml").touch()
    shown = CliRunner().invoke(hibana, [*path[1:], "--help"]).output
    lines = examples(command)
    assert lines, f"{' '.join(path)} needs an example"
    for line in lines:
        assert line in shown, "in one piece, to be copied"
        words = shlex.split(line.partition(" < ")[0])
        assert tuple(words[: len(path)]) == path
        command.make_context(" ".join(path), words[len(path) :]).close()
