"""`hibana backup` and `hibana restore`: as an administrator types them."""

import json
from pathlib import Path

import pytest

from tests.cli.command import run
from tests.schema import MASTER_KEY
from tests.server import StartHibana


@pytest.fixture
def settings(empty_url: str, tmp_path: Path) -> dict[str, str]:
    settings = {"HIBANA_DATABASE_URL": empty_url, "HIBANA_MASTER_KEY": MASTER_KEY}
    assert run("migrate", "up", folder=tmp_path, settings=settings).returncode == 0
    made = run("user", "create", "--email", "alice@example.com", folder=tmp_path, settings=settings)
    assert made.returncode == 0, made.stderr
    return settings


def test_a_copy_is_written_and_put_back_elsewhere(tmp_path: Path, settings: dict[str, str]) -> None:
    written = run("backup", "copy", "--json", folder=tmp_path, settings=settings)
    assert json.loads(written.stdout)["rows"]["users"] == 1
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    elsewhere = settings | {"HIBANA_DATABASE_URL": f"sqlite:///{tmp_path / 'elsewhere.db'}"}
    put = run("restore", "copy", "--json", folder=tmp_path, settings=elsewhere)
    assert put.returncode == 0, put.stderr
    assert set(json.loads(put.stdout)["ended"].values()) == {0}
    shown = run("user", "show", "alice@example.com", "--json", folder=tmp_path, settings=elsewhere)
    assert json.loads(shown.stdout)["email"] == "alice@example.com"
    assert run("audit", "verify", folder=tmp_path, settings=elsewhere).returncode == 0


def test_nothing_is_overwritten_unless_it_is_said(tmp_path: Path, settings: dict[str, str]) -> None:
    written = run("backup", "copy", folder=tmp_path, settings=settings)
    assert written.stdout.endswith(" tables to copy\n")
    again = run("backup", "copy", folder=tmp_path, settings=settings)
    assert (again.returncode, again.stderr) == (1, "hibana: copy is there already; name another file, or say --force\n")
    assert run("backup", "copy", "--force", folder=tmp_path, settings=settings).returncode == 0
    put = run("restore", "copy", folder=tmp_path, settings=settings)
    assert put.returncode == 1
    assert put.stderr.startswith("hibana: there are people or clients in this database; --force")
    put = run("restore", "copy", "--force", folder=tmp_path, settings=settings)
    assert put.stdout.startswith("restored copy; ended 0 sessions, ")


def test_a_file_that_is_cut_off_is_told_in_one_line(tmp_path: Path, settings: dict[str, str]) -> None:
    assert run("backup", "copy", folder=tmp_path, settings=settings).returncode == 0
    (tmp_path / "copy").write_bytes((tmp_path / "copy").read_bytes()[:-100])
    put = run("restore", "copy", "--force", folder=tmp_path, settings=settings)
    assert (put.returncode, put.stderr) == (1, "hibana: copy is damaged or was cut off; use another copy\n")
    assert run("restore", "missing", folder=tmp_path, settings=settings).returncode == 2


def test_nothing_is_restored_over_the_file_of_a_running_server(start_hibana: StartHibana, tmp_path: Path) -> None:
    server = start_hibana("sqlite", workers=2)
    copy = str(tmp_path / "copy")
    server.command("backup", copy)
    with server.begin("restore", copy, "--force") as process:
        _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (
        1,
        "hibana: a server is running on this database; stop every server and worker first\n",
    )

    server.kill9()  # what is left of it keeps nobody out

    assert server.command("restore", copy, "--force").startswith("restored ")
