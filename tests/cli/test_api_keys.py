"""`hibana api-key`: keys of programs."""

import pytest

from tests.cli.conftest import Shell

NEW = ("api-key", "create", "--user", "alice@example.com", "--name", "Nightly report", "--scope", "users:read")


@pytest.fixture
def alice(hibana: Shell) -> str:
    """The id of somebody who may look at people."""
    made = hibana.json("user", "create", "--email", "alice@example.com", "--role", "viewer")
    return str(made["id"])


def test_a_key_is_made_shown_once_listed_and_revoked(hibana: Shell, alice: str) -> None:
    made = hibana.json(*NEW, "--cidr", "192.0.2.0/24")
    (listed,) = hibana.json("api-key", "list", "--user", "alice@example.com")

    assert made["key"].startswith(made["prefix"] + "_")
    assert made["prefix"].startswith("hib_")
    assert "key" not in listed
    assert listed["user_id"] == alice
    assert listed["cidrs"] == ["192.0.2.0/24"]
    assert listed["expires_at"] - listed["created_at"] == 90 * 86400
    assert hibana.json("api-key", "revoke", made["id"]) == {"id": made["id"], "revoked": True}
    assert hibana.json("api-key", "list")[0]["state"] == "revoked"
    assert "revoked already" in hibana.refused("api-key", "revoke", made["id"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (("--scope", "users:fly"), "no permission"),
        (("--expires-in", "400d"), "within a year"),
        (("--cidr", "somewhere"), "no network"),
        (("--name", "two\nlines"), "printable"),
        (("--tenant", "nowhere"), "no tenant"),
        (("--user", "bob@example.com"), "nobody is known"),
    ],
)
def test_an_unsound_key_is_refused(hibana: Shell, alice: str, changes: tuple[str, ...], said: str) -> None:
    assert said in hibana.refused(*NEW, *changes)
    assert hibana.json("api-key", "list") == []
