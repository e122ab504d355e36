"""`hibana registration-token`: made, listed, revoked; itself it is shown once."""

import sqlite3

import pytest

from hibana_op.foundation.secrets import digest
from tests.cli.conftest import Shell

CREATE = ("registration-token", "create")


def test_a_token_is_shown_once_and_kept_as_a_hash(hibana: Shell) -> None:
    made = hibana.json(*CREATE, "--max-uses", "3", "--expires-in", "24h", "--note", "the shop team")
    token = made.pop("initial_access_token")
    assert made.pop("registration_endpoint") == "https://id.example/register"
    assert made["expires_at"] == made["created_at"] + 86400
    assert (made["note"], made["used_count"], made["max_uses"], made["state"]) == ("the shop team", 0, 3, "live")
    assert hibana.json("registration-token", "list") == [made]
    kept = sqlite3.connect(hibana.folder / "hibana.db").execute("SELECT token_hash FROM initial_access_tokens")
    assert kept.fetchone()[0] == digest(token)
    assert token.encode() not in (hibana.folder / "hibana.db").read_bytes()


def test_by_default_it_is_for_one_client_within_a_week(hibana: Shell) -> None:
    made = hibana.json(*CREATE)
    assert (made["max_uses"], made["expires_at"] - made["created_at"]) == (1, 7 * 86400)
    table = hibana("registration-token", "list")
    assert made["id"] in table
    assert "live" in table


def test_a_token_is_revoked_once(hibana: Shell) -> None:
    first, second = hibana.json(*CREATE), hibana.json(*CREATE)
    assert hibana.json("registration-token", "revoke", first["id"]) == {"id": first["id"], "state": "revoked"}
    assert hibana("registration-token", "revoke", second["id"]) == f"revoked {second['id']}\n"
    assert [each["state"] for each in hibana.json("registration-token", "list")] == ["revoked", "revoked"]
    for token_id in (first["id"], "nobody"):
        assert "no initial access token" in hibana.refused("registration-token", "revoke", token_id)


@pytest.mark.parametrize(
    ("flags", "reason"),
    [(("--max-uses", "0"), "1 to 10000"), (("--expires-in", "999d"), "366 days"), (("--note", "x" * 201), "200")],
    ids=str,
)
def test_a_token_has_bounds(hibana: Shell, flags: tuple[str, ...], reason: str) -> None:
    assert reason in hibana.refused(*CREATE, *flags)
    assert hibana.json("registration-token", "list") == []


def test_where_registration_is_off_there_is_no_endpoint_to_tell(hibana: Shell) -> None:
    hibana.settings["HIBANA_REGISTRATION"] = "off"
    assert hibana.json(*CREATE)["registration_endpoint"] is None
