"""The examples of README.md and of the pages about the ways in, run as they stand there."""

import base64
import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.branding import png
from tests.cli.command import run
from tests.cli.conftest import Shell
from tests.cli.test_lost_factors import give
from tests.saml_provider import metadata
from tests.server import StartHibana

ROOT = Path(__file__).parents[2]


def example(page: str, name: str) -> list[str]:
    """The lines of one example of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.search(rf"<!-- example: {re.escape(name)} -->\n```sh\n(.*?)```", text, re.DOTALL)
    assert found, f"{page} has no example named {name}"
    return [line for line in found[1].splitlines() if line.strip()]


def exported(lines: list[str], folder: Path) -> dict[str, str]:
    """The settings that a shell has after these lines."""
    command = ["bash", "-c", "\n".join((*lines, "env"))]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder).stdout
    return dict(each.split("=", 1) for each in shown.splitlines() if each.startswith("HIBANA_"))


@pytest.mark.parametrize("page", ["README.md", "README.ja.md"])
@pytest.mark.parametrize("name", ["a client of your own", "an API and a machine"])
def test_the_commands_work(hibana: Shell, page: str, name: str) -> None:
    for line in example(page, name):
        program, *arguments = shlex.split(line)
        assert program == ".venv/bin/hibana"
        assert hibana(*arguments)


@pytest.mark.parametrize("page", ["README.md", "README.ja.md"])
def test_the_production_settings_are_complete(page: str, tmp_path: Path) -> None:
    *exports, serve = example(page, "production")
    settings = exported(exports, tmp_path)
    settings["HIBANA_DATABASE_URL"] = f"sqlite:///{tmp_path}/hibana.db"

    checked = run("config", "check", folder=tmp_path, settings=settings)

    assert serve.startswith("hibana serve")
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("page", ["README.md", "README.ja.md"])
def test_a_machine_gets_a_token_for_the_api(start_hibana: StartHibana, page: str) -> None:
    server = start_hibana()
    for line in example(page, "an API and a machine"):
        made = json.loads(server.command(*shlex.split(line)[1:], *([] if "--json" in line else ["--json"])))
    [line] = example(page, "a token of a machine")
    for name, value in {
        "http://localhost:8000": server.issuer,
        "CLIENT_ID": made["client_id"],
        "CLIENT_SECRET": made["client_secret"],
    }.items():
        assert name in line
        line = line.replace(name, value)

    told = json.loads(subprocess.run(shlex.split(line), capture_output=True, text=True, check=True).stdout)

    payload = told["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert (claims["aud"], claims["scope"]) == ("https://api.example.com", "read")


@pytest.mark.parametrize("page", ["README.md", "README.ja.md"])
def test_the_first_administrator_comes_to_be_as_it_is_said(hibana: Shell, page: str) -> None:
    [line] = example(page, "the first administrator")
    command, _, file = line.partition(" < ")
    assert file == "password.txt"

    hibana(*shlex.split(command)[1:], stdin="seven herons over the marsh\n")

    assert hibana.json("user", "show", "you@example.com")["roles"] == ["super_admin"]
    [people] = [each for each in hibana.json("doctor") if each["check"] == "people"]
    assert people["state"] == "ok"


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("docs/sign-up.md", "an invitation"),
        ("docs/ways-in.md", "a provider"),
        ("docs/roles.md", "a role of the deployment"),
        ("docs/roles.md", "a permission of your own"),
        ("docs/roles.md", "staff"),
        ("docs/roles.md", "an agent"),
        ("docs/impersonation.md", "allowing it"),
    ],
)
def test_the_commands_of_the_pages_work(hibana: Shell, page: str, name: str) -> None:
    hibana.settings |= {"HIBANA_SMTP__URL": "smtp://127.0.0.1:9"}
    for line in example(page, name):
        program, *arguments = shlex.split(line)
        assert program == "hibana"
        assert hibana(*arguments)


def test_the_commands_for_somebody_who_lost_everything_work(hibana: Shell) -> None:
    give(hibana, hibana.json("user", "create", "--email", "alice@example.com")["id"])
    for line in example("docs/ways-in.md", "somebody lost everything"):
        program, *arguments = shlex.split(line)
        assert program == "hibana"
        assert hibana(*arguments)


def test_the_commands_for_a_provider_of_saml_work(hibana: Shell) -> None:
    (hibana.folder / "idp.xml").write_bytes(metadata())
    for line in example("docs/ways-in.md", "a provider of SAML"):
        program, *arguments = shlex.split(line)
        assert program == "hibana"
        assert "federation/staff/acs" in hibana(*arguments)


def test_the_commands_for_a_directory_work(hibana: Shell) -> None:
    for line in example("docs/ways-in.md", "a directory"):
        command, _, secret = line.partition(" < ")
        program, *arguments = shlex.split(command)
        assert program == "hibana"
        assert "ldaps://directory.corp.example" in hibana(*arguments, stdin="the password\n" if secret else "")


def test_the_commands_of_the_policies_work(hibana: Shell) -> None:
    hibana("tenant", "create", "--slug", "acme", "--name", "Acme")
    for line in example("docs/policies.md", "policies"):
        program, *arguments = shlex.split(line)
        assert program == "hibana"
        assert hibana(*arguments)


def test_the_commands_of_the_branding_work(hibana: Shell) -> None:
    hibana("tenant", "create", "--slug", "acme", "--name", "Acme")
    (hibana.folder / "acme.png").write_bytes(png(60, 20))
    for line in example("docs/branding.md", "branding"):
        program, *arguments = shlex.split(line)
        assert program == "hibana"
        assert hibana(*arguments)


def test_the_style_sheet_of_the_branding_is_taken(hibana: Shell) -> None:
    text = (ROOT / "docs/branding.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- example: style sheet -->\n```css\n(.*?)```", text, re.DOTALL)
    assert found
    (hibana.folder / "own.css").write_text(found[1], encoding="utf-8")
    assert "stylesheet" in hibana.json("branding", "set", "--stylesheet", "own.css")["branding"]


@pytest.mark.parametrize("name", ["a tenant", "ways to join", "many at once", "an app of a tenant", "a second person"])
def test_the_commands_of_tenants_work(hibana: Shell, name: str) -> None:
    for line in example("docs/tenants.md", name):
        program, *arguments = shlex.split(line)
        assert program == "hibana"
        assert hibana(*arguments)
