"""`hibana user remove-factor`: for people who lost what they prove themselves with."""

import sqlite3

import pytest

from tests.cli.command import run
from tests.cli.conftest import Shell

PERSON = "alice@example.com"
NONE = {"second_factors": [], "backup_codes_left": 0, "trusted_browsers": 0, "passkeys": []}


def give(hibana: Shell, user_id: str) -> None:
    """A passkey and an app, as if she had added them."""
    with sqlite3.connect(hibana.folder / "hibana.db") as db:
        db.execute(
            "INSERT INTO passkeys (id, user_id, credential_id, public_key, sign_count, transports, aaguid, name,"
            " backup_eligible, backed_up, created_at) VALUES ('p1', ?, 'c', 'k', 0, '[]', '', 'Old phone', 0, 0, 1)",
            (user_id,),
        )
        db.execute("INSERT INTO two_factor_methods VALUES (?, 'totp', NULL, 1, 1)", (user_id,))


def test_what_a_person_has_is_shown_and_taken_away(hibana: Shell) -> None:
    made = hibana.json("user", "create", "--email", PERSON)
    assert NONE.items() <= made.items()
    give(hibana, made["id"])
    shown = hibana.json("user", "show", PERSON)
    assert shown["second_factors"] == ["totp"]
    assert shown["passkeys"] == [{"id": "p1", "name": "Old phone", "last_used_at": None}]

    done = hibana.json("user", "remove-factor", PERSON, "--passkey", "Old phone")

    assert done == {
        **{"id": made["id"], "email": PERSON, "removed": ["passkey Old phone"]},
        **{**NONE, "second_factors": ["totp"]},
    }
    assert hibana.json("user", "remove-factor", made["id"], "totp")["removed"] == ["totp"]
    assert NONE.items() <= hibana.json("user", "show", PERSON).items()
    assert "user:factors:reset" in hibana("audit", "list")


def test_everything_goes_with_all(hibana: Shell) -> None:
    give(hibana, hibana.json("user", "create", "--email", PERSON)["id"])

    assert "Old phone" in hibana("user", "remove-factor", PERSON, "--all")
    assert "has set up nothing" in hibana.refused("user", "remove-factor", PERSON, "--all")


def test_what_is_not_there_is_refused(hibana: Shell) -> None:
    hibana("user", "create", "--email", PERSON)

    assert "has not set up sms, totp" in hibana.refused("user", "remove-factor", PERSON, "totp", "sms")
    assert "no passkey 'x'" in hibana.refused("user", "remove-factor", PERSON, "--passkey", "x")
    assert "nobody is known as" in hibana.refused("user", "remove-factor", "nobody@example.com", "totp")


@pytest.mark.parametrize("arguments", [(), ("totp", "--all"), ("--all", "--passkey", "x"), ("password",)])
def test_what_to_remove_has_to_be_said(hibana: Shell, arguments: tuple[str, ...]) -> None:
    done = run("user", "remove-factor", PERSON, *arguments, folder=hibana.folder, settings=hibana.settings)

    assert done.returncode == 2
