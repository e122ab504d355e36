"""The server and the person that docs/certification.md makes for the conformance suite."""

import shlex
from pathlib import Path

from hibana_op.oauth.claims.by_scope import CLAIMS
from tests.cli.command import run
from tests.cli.conftest import Shell
from tests.cli.test_readme import example, exported
from tests.foundation.certificates import Authority

PAGE = "docs/certification.md"
FILES = ("HIBANA_TLS_CERT", "HIBANA_TLS_KEY", "HIBANA_OUTBOUND_CA_FILE")
SCOPES = ("profile", "email", "address", "phone")


def test_a_server_would_start_with_the_settings_of_the_page(tmp_path: Path) -> None:
    *exports, serve = example(PAGE, "a server for the suite")
    settings = exported(exports, tmp_path)
    authority = Authority(tmp_path)
    server = authority.server_file("id.example")
    settings |= dict(zip(FILES, map(str, (server, server, authority.file)), strict=True))

    checked = run("config", "check", folder=tmp_path, settings=settings)

    assert serve.startswith("hibana serve")
    assert checked.returncode == 0, checked.stderr


def test_the_person_of_the_page_has_every_claim(hibana: Shell) -> None:
    (line,) = example(PAGE, "a person for the suite")
    command, _, password = line.partition(" < ")
    assert password == "password.txt"
    hibana(*shlex.split(command)[1:], stdin="correct-horse-battery\n")
    client = hibana.json("client", "create", "--name", "Suite", "--redirect-uri", "https://suite.example/")

    told = hibana.json(
        *("claims", "preview", "--user", "certified@example.com", "--client", client["client_id"]),
        *("--scope", " ".join(("openid", *SCOPES))),
    )

    given = {each["claim"] for each in told["userinfo"] if each["absent"] is None}
    assert {claim for scope in SCOPES for claim, *_ in CLAIMS[scope]} <= given
