"""`hibana migrate` on both engines."""

import json
import os
import pty
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import run
from tests.server import StartHibana


@pytest.fixture
def settings(empty_url: str) -> dict[str, str]:
    return {"HIBANA_DATABASE_URL": empty_url}


def states(folder: Path, settings: dict[str, str]) -> list[str]:
    rows: list[dict[str, Any]] = json.loads(run("migrate", "status", "--json", folder=folder, settings=settings).stdout)
    assert [row["version"] for row in rows] == list(range(1, len(rows) + 1))
    return [row["state"] for row in rows]


def test_up_down_and_up_again(tmp_path: Path, settings: dict[str, str]) -> None:
    assert set(states(tmp_path, settings)) == {"pending"}
    done = run("migrate", "up", folder=tmp_path, settings=settings)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("applied 001_")
    assert set(states(tmp_path, settings)) == {"applied"}
    assert run("migrate", "up", folder=tmp_path, settings=settings).stdout == "There was nothing to do.\n"
    done = run("migrate", "down", "--yes", folder=tmp_path, settings=settings)
    assert len(done.stdout.splitlines()) == 1
    assert states(tmp_path, settings)[-1] == "pending"
    done = run("migrate", "down", "--to", "0", "--yes", "--json", folder=tmp_path, settings=settings)
    assert "reverted" in json.loads(done.stdout)
    assert set(states(tmp_path, settings)) == {"pending"}
    told = json.loads(run("migrate", "up", "--json", folder=tmp_path, settings=settings).stdout)
    assert told["applied"][0]["version"] == 1


def test_nothing_is_reverted_without_a_yes_where_nobody_can_be_asked(tmp_path: Path, settings: dict[str, str]) -> None:
    assert run("migrate", "up", folder=tmp_path, settings=settings).returncode == 0
    for stdin in ("", "y\n"):
        done = run("migrate", "down", folder=tmp_path, settings=settings, stdin=stdin)
        assert done.returncode == 1
        assert done.stderr.endswith("there is no terminal to ask at; say --yes\n")
    assert set(states(tmp_path, settings)) == {"applied"}


def test_at_a_terminal_it_asks_first(tmp_path: Path, settings: dict[str, str]) -> None:
    assert run("migrate", "up", folder=tmp_path, settings=settings).returncode == 0
    for answer, ended in (("n", 1), ("y", 0)):
        ours, theirs = pty.openpty()
        os.write(ours, f"{answer}\n".encode())
        done = run("migrate", "down", folder=tmp_path, settings=settings, stdin=theirs)
        os.close(theirs)
        os.close(ours)
        assert done.returncode == ended
        assert "Go on? [y/N]" in done.stdout
        assert (states(tmp_path, settings)[-1] == "pending") is (answer == "y")


def test_nothing_is_reverted_under_a_running_server(start_hibana: StartHibana) -> None:
    server = start_hibana("sqlite")
    with server.begin("migrate", "down", "--yes") as process:
        _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (
        1,
        "hibana: a server is running on this database; stop every server and worker first\n",
    )
    server.terminate()
    assert server.command("migrate", "down", "--yes").startswith("reverted ")


def test_a_migration_that_does_not_exist_is_refused(tmp_path: Path, settings: dict[str, str]) -> None:
    done = run("migrate", "up", "--to", "999", folder=tmp_path, settings=settings)
    assert done.returncode == 1
    assert done.stderr.startswith("hibana: there is no migration 999")


def test_a_database_that_does_not_answer_is_told_in_one_line(tmp_path: Path) -> None:
    settings = {"HIBANA_DATABASE_URL": "postgresql://u:c4n4ry@127.0.0.1:1/d"}
    done = run("migrate", "status", folder=tmp_path, settings=settings)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "c4n4ry" not in done.stderr
