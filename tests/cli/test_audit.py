"""`hibana audit`: reading, checking and exporting the log."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from hibana_op.storage import open_database
from tests.cli.command import run
from tests.schema import MASTER_KEY


@pytest.fixture
def settings(empty_url: str, tmp_path: Path) -> dict[str, str]:
    settings = {"HIBANA_DATABASE_URL": empty_url, "HIBANA_MASTER_KEY": MASTER_KEY}
    assert run("migrate", "up", folder=tmp_path, settings=settings).returncode == 0
    for name in ("alice", "bob"):
        assert run("user", "create", "--email", f"{name}@example.com", folder=tmp_path, settings=settings).stdout
    assert run("keys", "rotate", "--alg", "ES256", folder=tmp_path, settings=settings).returncode == 0
    return settings


def listed(folder: Path, settings: dict[str, str], *arguments: str) -> list[dict[str, Any]]:
    done = run("audit", "list", "--json", *arguments, folder=folder, settings=settings)
    assert done.returncode == 0, done.stderr
    entries: list[dict[str, Any]] = json.loads(done.stdout)
    return entries


def test_entries_are_listed_the_newest_first_and_filtered(tmp_path: Path, settings: dict[str, str]) -> None:
    everything = listed(tmp_path, settings)
    assert [entry["seq"] for entry in everything] == [3, 2, 1]
    assert [entry["seq"] for entry in listed(tmp_path, settings, "--limit", "2")] == [3, 2]
    assert [entry["seq"] for entry in listed(tmp_path, settings, "--action", "user:account:created")] == [2, 1]
    assert [entry["seq"] for entry in listed(tmp_path, settings, "--user", "Alice@example.com")] == [1]
    assert [entry["seq"] for entry in listed(tmp_path, settings, "--user", everything[1]["resource_id"])] == [2]
    assert listed(tmp_path, settings, "--client", "nobody") == []
    assert len(listed(tmp_path, settings, "--since", "1h")) == 3
    shown = run("audit", "list", folder=tmp_path, settings=settings).stdout
    assert "key:signing:published" in shown


def test_a_whole_log_verifies(tmp_path: Path, settings: dict[str, str]) -> None:
    done = run("audit", "verify", folder=tmp_path, settings=settings)
    assert (done.returncode, done.stdout) == (0, "all 3 entries are as they were written\n")
    told = run("audit", "verify", "--json", folder=tmp_path, settings=settings)
    assert json.loads(told.stdout) == {"entries": 3, "fault": None}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE audit_log SET action = 'user:account:deleted' WHERE seq = 2", "entry 2 was changed"),
        ("DELETE FROM audit_log WHERE seq = 1", "entry 1 is missing"),
        ("DELETE FROM audit_log WHERE seq = 3", "the newest entries are missing after number 2"),
    ],
)
async def test_Q03_a_log_that_was_changed_does_not_verify(
    tmp_path: Path, settings: dict[str, str], change: str, fault: str
) -> None:
    db = await open_database(settings["HIBANA_DATABASE_URL"])
    assert await db.run(change) == 1
    await db.close()
    done = run("audit", "verify", folder=tmp_path, settings=settings)
    assert done.returncode == 1
    assert done.stderr.startswith(f"hibana: the audit log was changed: {fault}")
    assert len(done.stderr.splitlines()) == 1


def test_the_log_is_exported_to_standard_output(tmp_path: Path, settings: dict[str, str]) -> None:
    done = run("audit", "export", folder=tmp_path, settings=settings)
    assert [json.loads(line)["seq"] for line in done.stdout.splitlines()] == [1, 2, 3]
    assert done.stderr == "exported 3 entries\n"
    [entry] = listed(tmp_path, settings, "--action", "audit:log:exported")
    assert entry["metadata"] == {"entries": 3}


def test_the_log_is_exported_to_a_file_of_its_owner(tmp_path: Path, settings: dict[str, str]) -> None:
    file = tmp_path / "audit.jsonl"
    assert run("audit", "export", str(file), "--since", "1d", folder=tmp_path, settings=settings).returncode == 0
    assert len(file.read_text(encoding="utf-8").splitlines()) == 3
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    refused = run("audit", "export", str(file), folder=tmp_path, settings=settings)
    assert refused.returncode == 1
    assert "is there already" in refused.stderr
    assert run("audit", "export", str(file), "--force", folder=tmp_path, settings=settings).returncode == 0
    assert len(file.read_text(encoding="utf-8").splitlines()) == 4
