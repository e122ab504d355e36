"""The examples of docs/api.md, run as they stand there, and the page that describes the API."""

import json
import re
import shlex
import subprocess

import pytest

from hibana_op.api.operation import ROOT
from hibana_op.api.table import OPERATIONS
from tests.browser import NewContext, accessibility_faults
from tests.cli.test_readme import example
from tests.deployment import Deployment
from tests.server import StartHibana


def test_the_calls_work(start_hibana: StartHibana) -> None:
    server = start_hibana()
    server.command("user", "create", "--email", "alice@example.com", "--role", "admin")
    (command,) = example("docs/api.md", "a key")
    program, *arguments = shlex.split(command)
    assert program == "hibana"
    key = json.loads(server.command(*arguments, "--json"))["key"]

    for line in example("docs/api.md", "calls"):
        assert line.startswith("curl ")
        told = subprocess.run(
            ["bash", "-c", line.replace("curl ", "curl --silent --show-error --fail-with-body ", 1)],
            env={"PATH": "/usr/bin:/bin", "KEY": key, "API": server.issuer + ROOT},
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, f"{line}\n{told.stdout}{told.stderr}"
        assert json.loads(told.stdout)


async def test_the_page_lists_every_operation_to_everybody(deployment_on_sqlite: Deployment) -> None:
    for language in ("ja", "en"):
        async with deployment_on_sqlite.http(headers={"Accept-Language": language}) as http:
            page = await http.get(f"{ROOT}/docs")
        assert page.status_code == 200
        assert f'lang="{language}"' in page.text
        for operation in OPERATIONS:
            assert f"{operation.method} {operation.path}" in page.text
        scripts = re.findall(r"<script[^>]*>", page.text)
        assert all('src="/static/' in each for each in scripts), scripts


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_the_page_shows_examples_and_has_no_barriers(
    start_hibana: StartHibana, new_context: NewContext, language: str
) -> None:
    server = start_hibana()
    for width in (320, 1280):
        page = await (await new_context(language=language, width=width)).new_page()
        await page.goto(f"{server.issuer}{ROOT}/docs")
        section = page.locator("section", has=page.locator("h2", has_text="users")).first
        await section.locator("summary").nth(1).click()
        assert "alice@example.com" in await section.locator("details").nth(1).inner_text()
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        assert await accessibility_faults(page) == []
