"""docs/registration.md is true: each of its commands and requests works, in their order, and its numbers are ours."""

import json
import re
import shlex
import string
from pathlib import Path
from typing import Any

import httpx2
import pytest

from hibana_op.foundation.clock import SystemClock
from hibana_op.oauth import initial_access, metadata
from hibana_op.records import registered_clients
from tests.cli.command import run
from tests.deployment import Deployment, deploy
from tests.schema import MASTER_KEY

PAGE = (Path(__file__).parents[2] / "docs" / "registration.md").read_text(encoding="utf-8")
OPTIONS = {"-X": "method", "-H": "header", "-d": "body"}


def commands() -> list[list[str]]:
    """Every command of the page, as a shell takes it apart."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return [shlex.split(block.replace("\\\n", " ")) for block in blocks]


async def send(deployment: Deployment, arguments: list[str], known: dict[str, Any]) -> httpx2.Response:
    """Do what `curl` would do with these arguments, once the shell has filled in its variables."""
    filled = [string.Template(each).substitute(known) if "$" in each else each for each in arguments]
    method, headers, body, url = "", {}, None, ""
    while filled:
        word = filled.pop(0)
        match OPTIONS.get(word):
            case "method":
                method = filled.pop(0)
            case "header":
                name, _, value = filled.pop(0).partition(": ")
                headers[name] = value
            case "body":
                body = filled.pop(0)
            case None:
                url = word
    method = method or ("GET" if body is None else "POST")
    async with deployment.http() as http:
        return await http.request(method, url, headers=headers, content=body)


async def test_the_commands_and_requests_of_the_page_work(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hibana.db'}"
    settings = {"HIBANA_ISSUER": "https://id.example", "HIBANA_DATABASE_URL": url, "HIBANA_MASTER_KEY": MASTER_KEY}
    known: dict[str, Any] = {}
    answered = []
    async with deploy(url, tmp_path) as deployment:
        deployment.clock.advance(SystemClock().now() - deployment.clock.now())  # which the commands go by
        for program, *arguments in commands():
            if program == "hibana":
                done = run(*arguments, "--json", folder=tmp_path, settings=settings)
                assert done.returncode == 0, done.stderr
                told = json.loads(done.stdout)
            else:
                assert program == "curl"
                response = await send(deployment, arguments, known)
                assert response.is_success, response.text
                answered.append(response.status_code)
                told = response.json() if response.content else {}
            known |= {name.upper(): value for name, value in told.items()}
    assert answered == [201, 200, 200, 204]


@pytest.mark.parametrize(
    "number",
    [
        f"{initial_access.MOST_FROM_AN_ADDRESS} in {initial_access.WINDOW // 60} minutes",
        f"{registered_clients.MOST_UNUSED}; the newest stay",
        f"{registered_clients.UNUSED_FOR // 86400} days",
    ],
)
def test_the_limits_of_the_page_are_those_of_the_program(number: str) -> None:
    assert f"| {number}" in PAGE


def test_the_page_names_every_member() -> None:
    table = PAGE.partition("## The members")[2].partition("\n- ")[0]
    named = re.findall(r"`([a-z_]+)`", table.partition("| --- |")[2])
    assert sorted(named) == sorted(metadata.MEMBERS)
