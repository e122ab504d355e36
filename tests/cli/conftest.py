"""A deployment on disk that commands work on."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import run_within

MASTER_KEY = "pX3nP4Wkq9l0aB7cD2eF6gH1iJ5kL8mN-oQ_rStUvWY="


class Shell:
    """Runs commands against one database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = {
            "HIBANA_ISSUER": "https://id.example",
            "HIBANA_DATABASE_URL": f"sqlite:///{folder / 'hibana.db'}",
            "HIBANA_MASTER_KEY": MASTER_KEY,
        }

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """One command to its end; a process for each would take long."""
        return run_within(*arguments, settings=self.settings, stdin=stdin)

    def __call__(self, *arguments: str, stdin: str = "") -> str:
        """The output of a command that must succeed."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *arguments: str, stdin: str = "") -> Any:
        """The JSON of a command that must succeed."""
        return json.loads(self(*arguments, "--json", stdin=stdin))

    def refused(self, *arguments: str, stdin: str = "") -> str:
        """The one line with which a command must refuse."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
        lines = done.stderr.strip().splitlines()
        assert len(lines) == 1, done.stderr
        return lines[0]


@pytest.fixture
def hibana(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """`hibana` on a fresh database."""
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path)
