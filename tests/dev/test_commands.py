"""The commands that the start page gives to copy work as they stand there, in the folder where the demo was started."""

import os
import subprocess
from pathlib import Path

import pytest

from hibana_op import config
from hibana_op.config import beside_demo
from hibana_op.dev.commands import command
from hibana_op.dev.seed import seed
from hibana_op.storage import migrate, open_database


@pytest.mark.parametrize("data", ["hibana-data", "other folder/data"])
async def test_a_command_works_as_it_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str) -> None:
    monkeypatch.chdir(tmp_path)
    settings = config.load({}, file=None, flags={"data": data, "port": "9000"}, mode="dev")
    db = await open_database(settings.database_url.reveal())
    await migrate.up(db)
    await db.close()
    await seed(settings, cheap_passwords=True)
    beside_demo.leave(settings)

    line = command(settings, "user invite --email carol@example.com")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HIBANA_")}
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, env=kept, capture_output=True, text=True, check=False)  # noqa: ASYNC221

    assert "http://localhost:9000/" in done.stdout, done.stderr
    assert ("--config" in line) is (data != "hibana-data")


def test_the_program_is_named_as_it_can_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = config.load({}, file=None, flags={"data": str(tmp_path)}, mode="dev")
    programs = tmp_path / "checkout" / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "hibana"):
        (programs / name).touch(mode=0o755)
    monkeypatch.chdir(tmp_path / "checkout")
    monkeypatch.setattr("sys.executable", str(programs / "python"))
    assert command(settings, "doctor").startswith(".venv/bin/hibana doctor ")
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    assert command(settings, "doctor").startswith("hibana doctor ")
    (programs / "hibana").unlink()
    assert command(settings, "doctor").startswith(".venv/bin/python -m hibana_op doctor ")
