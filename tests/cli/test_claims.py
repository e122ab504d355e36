"""`hibana scope-mapping`, `user-field` and `claims preview`, as docs/claims.md shows them."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Shell

PAGE = Path(__file__).parents[2] / "docs" / "claims.md"


def examples() -> list[list[str]]:
    """The commands that the page shows, in their order."""
    blocks = re.findall(r"<!-- example: [^>]*-->\n```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines() if line.strip()]
    return [shlex.split(line)[1:] for line in lines]


def test_the_examples_of_the_page_work(hibana: Shell) -> None:
    hibana("user", "create", "--email", "alice@example.com", "--name", "Alice")
    client = hibana.json("client", "create", "--name", "App", "--redirect-uri", "https://app.example/")["client_id"]
    assert len(examples()) == 3

    for arguments in examples():
        hibana(*[client if each == "CLIENT_ID" else each for each in arguments])

    found = hibana.json(
        *("claims", "preview", "--user", "alice@example.com", "--client", client),
        *("--scope", "openid email employee"),
    )
    told = {each["claim"]: each for each in found["userinfo"]}
    assert told["employee_id"]["value"] == "E-1042"
    assert told["employee_id"]["source"] == "user_custom_fields.employee_id"
    assert told["email"]["value"] == "alice@example.com"


def test_the_preview_says_why_a_claim_is_missing(hibana: Shell) -> None:
    hibana("user", "create", "--email", "a@example.com")
    client = hibana.json("client", "create", "--name", "App", "--redirect-uri", "https://app.example/")["client_id"]
    mapping = (
        "scope-mapping",
        "create",
        "--scope",
        "team",
        "--claim",
        "team",
        "--table",
        "users",
        "--column",
        "locale",
    )
    hibana(*mapping, "--condition", '{"op": "eq", "field": "kind", "value": "agent"}')

    preview = ("claims", "preview", "--user", "a@example.com", "--client", client, "--scope")
    without_scope = hibana.json(*preview, "openid")["id_token"]
    with_scope = hibana.json(*preview, "openid team")["id_token"]

    assert without_scope[-1]["absent"] == "the scope team was not granted"
    assert with_scope[-1]["absent"] == "the condition is not true of this person"
    assert "absent" in hibana(*preview, "openid team").lower()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (("--claim", "sub"), "belongs to the protocol"),
        (("--column", "password_hash"), "source_column"),
        (("--column", "1=1) UNION SELECT password_hash"), "source_column"),
        (("--claim", "email_verified"), "can only come from"),
        (("--transform", "reverse"), "transformation"),
        (("--condition", "1=1"), "not JSON"),
        (("--condition", '{"op": "sql"}'), "op must be one of"),
        (("--scope", "email", "--claim", "email", "--column", "name"), "already"),
    ],
)
def test_R05_an_unsound_mapping_is_refused_when_it_is_written(
    hibana: Shell, changes: tuple[str, ...], said: str
) -> None:
    valid = ("--scope", "team", "--claim", "team", "--table", "users", "--column", "locale")
    assert said in hibana.refused("scope-mapping", "create", *valid, *changes)
    assert hibana.json("scope-mapping", "list") == []


def test_mappings_and_fields_are_listed_and_removed(hibana: Shell) -> None:
    hibana("user", "create", "--email", "a@example.com")
    hibana("user-field", "set", "a@example.com", "age", "41", "--type", "number")
    hibana("scope-mapping", "create", "--scope", "s", "--claim", "c", "--table", "users", "--column", "address.country")

    kept = {"name": "age", "value": 41, "type": "number", "editable": False}
    assert hibana.json("user-field", "list", "a@example.com") == [kept]
    hibana("user-field", "set", "a@example.com", "age", "42", "--type", "number", "--editable")
    assert hibana.json("user-field", "list", "a@example.com") == [kept | {"value": 42, "editable": True}]
    assert hibana.json("scope-mapping", "list")[0]["source_column"] == "address.country"
    assert "is not a number" in hibana.refused("user-field", "set", "a@example.com", "age", "old", "--type", "number")
    hibana("user-field", "delete", "a@example.com", "age")
    hibana("scope-mapping", "delete", "--scope", "s", "--claim", "c")
    assert "no field" in hibana.refused("user-field", "delete", "a@example.com", "age")
    assert "no mapping" in hibana.refused("scope-mapping", "delete", "--scope", "s", "--claim", "c")
