"""`hibana dev`: needs nothing, keeps its data, and is for this machine only."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from hibana_op.storage.serving import serving
from tests.cli.command import run
from tests.ports import free_port


def start_and_end(folder: Path, *arguments: str, port: int | None = None) -> str:
    """Start the demo, wait until it says where it is, and end it; what it printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HIBANA_")}
    command = [sys.executable, "-m", "hibana_op", "dev", "--port", str(port or free_port()), *arguments]
    with subprocess.Popen(
        command, cwd=folder, env=kept, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as demo:
        assert demo.stdout is not None
        told = ""
        for line in demo.stdout:
            told += line
            if "Ctrl-C" in line:
                break
        demo.send_signal(signal.SIGTERM)
    assert demo.returncode == 0, told
    return told


def people(folder: Path) -> list[str]:
    """The ids of the people in the database."""
    with closing(sqlite3.connect(folder / "hibana-data" / "hibana.db")) as db:
        return [row[0] for row in db.execute("SELECT id FROM users ORDER BY id")]


def test_it_starts_from_nothing_says_where_it_is_and_keeps_its_data(tmp_path: Path) -> None:
    told = start_and_end(tmp_path)
    assert "http://localhost:" in told
    assert "/dev/outbox" in told
    assert "/.well-known/openid-configuration" in told
    key = (tmp_path / "hibana-data" / "master.key").read_bytes()
    first = people(tmp_path)
    assert first
    start_and_end(tmp_path)
    assert people(tmp_path) == first
    assert (tmp_path / "hibana-data" / "master.key").read_bytes() == key


def test_reset_asks_first_and_then_starts_with_an_empty_database(tmp_path: Path) -> None:
    start_and_end(tmp_path)
    first = people(tmp_path)
    (tmp_path / "hibana-data" / "note").write_text("mine", encoding="utf-8")
    key = (tmp_path / "hibana-data" / "master.key").read_bytes()
    done = run("dev", "--port", str(free_port()), "--reset", folder=tmp_path)
    assert done.returncode == 1
    assert people(tmp_path) == first
    with serving(f"sqlite:///{tmp_path / 'hibana-data' / 'hibana.db'}"):
        busy = run("dev", "--port", str(free_port()), "--reset", "--yes", folder=tmp_path)
    assert (busy.returncode, "a server is running on this database" in busy.stderr) == (1, True)
    assert people(tmp_path) == first
    start_and_end(tmp_path, "--reset", "--yes")
    assert len(people(tmp_path)) == len(first)
    assert not set(people(tmp_path)) & set(first)
    assert (tmp_path / "hibana-data" / "note").read_text(encoding="utf-8") == "mine"
    assert (tmp_path / "hibana-data" / "master.key").read_bytes() == key


@pytest.mark.parametrize("data", [None, "my demo"])
def test_commands_beside_it_mean_its_address_and_its_data(tmp_path: Path, data: str | None) -> None:
    port = free_port()
    start_and_end(tmp_path, *(("--data", data) if data else ()), port=port)
    beside = ("--config", f"{data}/demo.toml") if data else ()

    invited = run("user", "invite", "--email", "carol@example.com", *beside, folder=tmp_path)
    assert f"http://localhost:{port}/" in invited.stdout, invited.stderr
    assert f"nothing answers at http://localhost:{port}" in run("doctor", *beside, folder=tmp_path).stdout
    assert "alice@example.com" in run("user", "list", *beside, folder=tmp_path).stdout

    # What is said aloud counts more.
    said = {"HIBANA_ISSUER": "http://localhost:1"}
    assert "http://localhost:1 " in run("config", "show", *beside, folder=tmp_path, settings=said).stdout


def test_a_database_of_ones_own_is_not_taken_for_the_demo_s(tmp_path: Path) -> None:
    start_and_end(tmp_path, port=18_999)
    own = {"HIBANA_DATABASE_URL": f"sqlite:///{tmp_path}/own.db"}
    assert "18999" not in run("config", "show", folder=tmp_path, settings=own).stdout


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104
def test_T11_dev_refuses_a_host_that_others_reach(tmp_path: Path, host: str) -> None:
    done = run("dev", "--host", host, "--port", str(free_port()), folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"hibana: --host {host}: ")
    assert not (tmp_path / "hibana-data").exists()
