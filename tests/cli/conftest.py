"""A deployment on disk that commands work on."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import run

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

    def __call__(self, *arguments: str, stdin: str = "") -> str:
        """The output of a command that must succeed."""
        done = run(*arguments, folder=self.folder, settings=self.settings, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *arguments: str, stdin: str = "") -> Any:
        """The JSON of a command that must succeed."""
        return json.loads(self(*arguments, "--json", stdin=stdin))

    def refused(self, *arguments: str, stdin: str = "") -> str:
        """The one line with which a command must refuse."""
        done = run(*arguments, folder=self.folder, settings=self.settings, stdin=stdin)
        assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
        lines = done.stderr.strip().splitlines()
        assert len(lines) == 1, done.stderr
        return lines[0]


@pytest.fixture
def hibana(tmp_path: Path) -> Shell:
    """`hibana` on a fresh database."""
    return Shell(tmp_path)
