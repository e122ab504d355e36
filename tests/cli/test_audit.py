"""`hibana audit`: reading, checking and exporting the log."""

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from hibana_op.storage import open_database
from tests.cli.command import run_within as run
from tests.schema import MASTER_KEY


@pytest.fixture
def settings(empty_url: str) -> dict[str, str]:
    settings = {"HIBANA_DATABASE_URL": empty_url, "HIBANA_MASTER_KEY": MASTER_KEY}
    assert run("migrate", "up", settings=settings).returncode == 0
    for name in ("alice", "bob"):
        assert run("user", "create", "--email", f"{name}@example.com", settings=settings).stdout
    assert run("keys", "rotate", "--alg", "ES256", settings=settings).returncode == 0
    return settings


def listed(settings: dict[str, str], *arguments: str) -> list[dict[str, Any]]:
    done = run("audit", "list", "--json", *arguments, settings=settings)
    assert done.returncode == 0, done.stderr
    entries: list[dict[str, Any]] = json.loads(done.stdout)
    return entries


def test_entries_are_listed_the_newest_first_and_filtered(settings: dict[str, str]) -> None:
    everything = listed(settings)
    assert [entry["seq"] for entry in everything] == [3, 2, 1]
    assert [entry["seq"] for entry in listed(settings, "--limit", "2")] == [3, 2]
    assert [entry["seq"] for entry in listed(settings, "--action", "user:account:created")] == [2, 1]
    assert [entry["seq"] for entry in listed(settings, "--user", "Alice@example.com")] == [1]
    assert [entry["seq"] for entry in listed(settings, "--user", everything[1]["resource_id"])] == [2]
    assert listed(settings, "--client", "nobody") == []
    assert len(listed(settings, "--since", "1h")) == 3
    assert [entry["seq"] for entry in listed(settings, "--resource", everything[2]["resource_id"])] == [1]
    assert [entry["seq"] for entry in listed(settings, "--trace", everything[0]["trace_id"])] == [3]
    assert listed(settings, "--outcome", "denied") == []
    assert listed(settings, "--until", "1h") == []
    assert listed(settings, "--tenant", "system", "--since", "1h") == []
    one = run("audit", "show", everything[1]["id"], "--json", settings=settings)
    assert json.loads(one.stdout) == everything[1]
    assert run("audit", "show", "nothing", settings=settings).returncode == 1
    shown = run("audit", "list", settings=settings).stdout
    assert "key:signing:published" in shown


def test_a_whole_log_verifies(settings: dict[str, str]) -> None:
    done = run("audit", "verify", settings=settings)
    assert (done.returncode, done.stdout) == (0, "all 3 entries are as they were written\n")
    told = run("audit", "verify", "--json", settings=settings)
    assert json.loads(told.stdout) == {"entries": 3, "fault": None}
    last = run("audit", "verify", "--last", "2", "--json", settings=settings)
    assert json.loads(last.stdout) == {"entries": 2, "fault": None}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE audit_log SET action = 'user:account:deleted' WHERE seq = 2", "entry 2 was changed"),
        ("DELETE FROM audit_log WHERE seq = 1", "entry 1 is missing"),
        ("DELETE FROM audit_log WHERE seq = 3", "the newest entries are missing after number 2"),
    ],
)
def test_Q03_a_log_that_was_changed_does_not_verify(settings: dict[str, str], change: str, fault: str) -> None:
    async def tamper() -> None:
        db = await open_database(settings["HIBANA_DATABASE_URL"])
        assert await db.run(change) == 1
        await db.close()

    asyncio.run(tamper())
    done = run("audit", "verify", settings=settings)
    assert done.returncode == 1
    assert done.stderr.startswith(f"hibana: the audit log was changed: {fault}")
    assert len(done.stderr.splitlines()) == 1


def test_the_log_is_exported_to_standard_output(settings: dict[str, str]) -> None:
    done = run("audit", "export", settings=settings)
    assert [json.loads(line)["seq"] for line in done.stdout.splitlines()] == [1, 2, 3]
    assert done.stderr == "exported 3 entries\n"
    some = run("audit", "export", "--action", "user:account:created", settings=settings)
    assert [json.loads(line)["seq"] for line in some.stdout.splitlines()] == [1, 2]
    entry = listed(settings, "--action", "audit:log:exported")[-1]
    assert entry["metadata"] == {"entries": 3}


def test_the_log_is_exported_to_a_file_of_its_owner(tmp_path: Path, settings: dict[str, str]) -> None:
    file = tmp_path / "audit.jsonl"
    assert run("audit", "export", str(file), "--since", "1d", settings=settings).returncode == 0
    assert len(file.read_text(encoding="utf-8").splitlines()) == 3
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    refused = run("audit", "export", str(file), settings=settings)
    assert refused.returncode == 1
    assert "is there already" in refused.stderr
    assert run("audit", "export", str(file), "--force", settings=settings).returncode == 0
    assert len(file.read_text(encoding="utf-8").splitlines()) == 4
