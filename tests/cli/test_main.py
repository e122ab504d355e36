"""The table of commands, and how failures are told."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from hibana_op import __version__
from hibana_op.cli.main import COMMANDS, hibana
from hibana_op.foundation.errors import Busy, Conflict, NotFound, WrongSettings
from tests.cli.command import run


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_of_each_command_what_the_command_says_of_itself(name: str) -> None:
    module, _, attribute = COMMANDS[name][0].partition(":")
    command = getattr(import_module(module), attribute)
    assert isinstance(command, click.Command)
    assert (command.help or "").splitlines()[0] == COMMANDS[name][1]


def test_help_lists_every_command_without_importing_any() -> None:
    program = (
        "import sys\nfrom hibana_op.cli.main import hibana\n"
        "try:\n    hibana(['--help'])\nexcept SystemExit: pass\n"
        "print([name for name in sys.modules if name.startswith(('hibana_op.', 'uvicorn', 'asyncio', 'ssl'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    for name in COMMANDS:
        assert f"\n  {name} " in done.stdout
    assert done.stdout.splitlines()[-1] == "['hibana_op.cli', 'hibana_op.cli.main']"


def test_the_version_is_told(tmp_path: Path) -> None:
    assert run("--version", folder=tmp_path).stdout == f"Hibana, version {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["serve", "--port", "x"], ["serve", "--workers", "0"], ["migrate", "up", "--to", "-1"]]
)
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(hibana, arguments).exit_code == 2


@pytest.mark.parametrize(
    "arguments", [["\udcff"], ["user", "show", "\udcff"], ["client", "create", "--name", "\udcff"]]
)
def test_bytes_that_are_no_text_are_wrong_usage(arguments: list[str], tmp_path: Path) -> None:
    done = run(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert "an argument is not UTF-8" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("failure", "lines"),
    [
        (WrongSettings(["one is wrong", "two\nis wrong"]), ["hibana: one is wrong", "hibana: two\\nis wrong"]),
        (NotFound("no such client"), ["hibana: no such client"]),
        (Conflict(), ["hibana: Conflict"]),
        (Busy("the database is busy"), ["hibana: the database is busy"]),
        (
            ConnectionRefusedError(111, "Connection refused"),
            ["hibana: ConnectionRefusedError: [Errno 111] Connection refused"],
        ),
        (ValueError("a\x1b[2J\nb"), ["hibana: ValueError: a\\x1b[2J\\nb"]),
    ],
)
def test_a_failure_is_told_in_one_line_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, lines: list[str]
) -> None:
    @click.command()
    def broken() -> None:
        raise failure

    monkeypatch.setattr(sys.modules[__name__], "broken", broken, raising=False)
    monkeypatch.setitem(COMMANDS, "broken", (f"{__name__}:broken", "Fails."))
    done = CliRunner().invoke(hibana, ["broken"])
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == lines


def test_a_reader_that_leaves_early_is_no_failure(tmp_path: Path) -> None:
    command = f"{sys.executable} -m hibana_op config show | head -n 1"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr == ""
