"""The folders that travel with the program, in a checkout and in an installed package."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import hibana_op
from hibana_op.foundation.shipped import folder

PACKAGE = Path(hibana_op.__file__).parent
ASK = "from hibana_op.foundation.shipped import folder; print(folder('migrations'))"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A copy of the package, standing alone as in site-packages."""
    shutil.copytree(PACKAGE, tmp_path / "hibana_op", ignore=shutil.ignore_patterns("_shipped", "__pycache__"))
    return tmp_path


def ask(place: Path) -> "subprocess.CompletedProcess[str]":
    """Let a fresh interpreter, which sees only that copy, say where the migrations are."""
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(place)!r}); {ASK}"]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=place)


def test_a_checkout_has_its_folders_at_the_top() -> None:
    assert folder("templates") == PACKAGE.parent / "templates"
    assert (folder("migrations") / "001_foundation.up.sql").is_file()


def test_an_installed_package_has_its_folders_inside(installed: Path) -> None:
    (installed / "hibana_op" / "_shipped" / "migrations").mkdir(parents=True)

    assert ask(installed).stdout.strip() == str(installed / "hibana_op" / "_shipped" / "migrations")


def test_an_incomplete_package_says_that_it_is_incomplete(installed: Path) -> None:
    assert "install Hibana again" in ask(installed).stderr
