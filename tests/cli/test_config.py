"""`hibana config`: is it fit, and what would be used."""

import json
from pathlib import Path

from tests.cli.command import run
from tests.config.asking import FIT, KEY


def test_check_finds_every_fault_and_ends_with_1(tmp_path: Path) -> None:
    wrong = {"HIBANA_ISSUER": "http://id.example.com", "HIBANA_ISUER": "x"}
    done = run("config", "check", folder=tmp_path, settings=wrong)
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("hibana: HIBANA_") for line in lines)
    told = run("config", "check", "--json", folder=tmp_path, settings=wrong)
    assert told.returncode == 1
    assert json.loads(told.stdout) == {"ok": False, "faults": [line.removeprefix("hibana: ") for line in lines]}


def test_check_is_content_with_fit_settings(tmp_path: Path) -> None:
    done = run("config", "check", folder=tmp_path, settings=FIT)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(run("config", "check", "--json", folder=tmp_path, settings=FIT).stdout) == {
        "ok": True,
        "faults": [],
    }


def test_show_lists_values_and_sources_but_no_secret(tmp_path: Path) -> None:
    (tmp_path / "hibana.toml").write_text('log_level = "error"\n', encoding="utf-8")
    done = run("config", "show", "--config", "hibana.toml", "--json", folder=tmp_path, settings=FIT)
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert rows["HIBANA_LOG_LEVEL"] == {"name": "HIBANA_LOG_LEVEL", "value": "error", "source": "hibana.toml"}
    assert rows["HIBANA_MASTER_KEY"] == {"name": "HIBANA_MASTER_KEY", "value": "***", "source": "environment"}
    table = run("config", "show", folder=tmp_path, settings=FIT).stdout
    assert table.splitlines()[0].split() == ["NAME", "VALUE", "SOURCE"]
    assert KEY not in done.stdout + table
