"""The wheel carries all it needs: installed alone, it serves; and what installs it is pinned and hashed."""

import json
import re
import subprocess
import sys
import tomllib
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.server import StartHibana

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-ldap.lock", "requirements-build.lock")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, as `make build` makes it."""
    folder = tmp_path_factory.mktemp("dist")
    run("-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder))
    (built,) = folder.glob("*.whl")
    return built


def run(*arguments: str, python: Path | str = sys.executable) -> None:
    """Run Python in the checkout; its output is shown when it fails."""
    done = subprocess.run([str(python), *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(arguments)}:\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("folder", ["templates", "migrations"])
def test_the_wheel_carries_every_file_of(folder: str, wheel: Path) -> None:
    ours = {path.relative_to(ROOT / folder).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()}
    inside = f"hibana_op/_shipped/{folder}/"
    shipped = {name.removeprefix(inside) for name in zipfile.ZipFile(wheel).namelist() if name.startswith(inside)}
    assert ours, f"{folder}/ is empty"
    assert shipped == ours, "see [tool.hatch.build.targets.wheel.force-include] in pyproject.toml"


def test_the_wheel_carries_nothing_but_the_program(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"hibana_op"}


@pytest.mark.slow
def test_the_wheel_serves_from_an_empty_environment(wheel: Path, tmp_path: Path, start_hibana: StartHibana) -> None:
    environment = tmp_path / "venv"
    python = environment / "bin" / "python"
    run("-m", "uv", "venv", "--quiet", "--python", sys.executable, str(environment))
    install = ("-m", "uv", "pip", "install", "--quiet", "--python", str(python))
    run(*install, "--require-hashes", "--requirements", "requirements.lock")
    run(*install, "--no-deps", str(wheel))

    server = start_hibana(program=(str(environment / "bin" / "hibana"),))

    with urllib.request.urlopen(f"{server.issuer}/.well-known/openid-configuration", timeout=10) as answer:  # noqa: S310
        assert json.load(answer)["issuer"] == server.issuer


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pinned_package_has_its_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())
    pinned = [entry for entry in entries if not entry.startswith("#")]
    assert pinned
    loose = [entry.split()[0] for entry in pinned if "==" not in entry or "--hash=sha256:" not in entry]
    assert not loose, f"{lock}: {loose} are not pinned or not hashed; run `make lock`"


def test_the_locks_cover_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {
        "requirements.lock": project["dependencies"],
        "requirements-dev.lock": [*project["dependencies"], *project["optional-dependencies"]["dev"]],
        "requirements-ldap.lock": [*project["dependencies"], *project["optional-dependencies"]["ldap"]],
    }
    for lock, requirements in wanted.items():
        locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / lock).read_text(), re.MULTILINE))
        names = {re.split(r"[\[<>=!~; ]", text)[0].lower() for text in requirements}
        assert names <= locked, f"{lock} lacks {sorted(names - locked)}; run `make lock`"
