"""`hibana permission`: the catalogue, from the command line."""

import pytest

from tests.cli.conftest import Shell

CREATE = ("permission", "create", "reports:read", "--held-in", "tenant", "--description", "Read the reports")


def test_a_permission_of_ones_own_is_added_changed_given_and_removed(hibana: Shell) -> None:
    made = hibana.json(*CREATE)
    assert (made["held_in"], made["is_built_in"], made["is_active"]) == (["tenant"], False, True)
    assert hibana.json("permission", "show", "reports:read") == made
    assert hibana.json("permission", "list", "--own") == [made]
    assert "users:read" in hibana("permission", "list")

    changed = hibana.json(
        *("permission", "update", "reports:read", "--held-in", "tenant", "--held-in", "deployment"),
        *("--description", "Read them", "--inactive"),
    )
    assert (changed["held_in"], changed["description"]) == (["deployment", "tenant"], "Read them")
    assert changed["is_active"] is False
    hibana("role", "create", "reader", "--permission", "reports:read")
    assert "given by the role reader; change that first" in hibana.refused("permission", "delete", "reports:read")
    hibana("role", "delete", "reader")
    assert hibana.json("permission", "delete", "reports:read") == {"permission": "reports:read", "deleted": True}
    assert "no permissions of your own" in hibana("permission", "list", "--own")
    actions = {entry["action"] for entry in hibana.json("audit", "list")}
    assert {f"deployment:permission:{each}" for each in ("added", "changed", "removed")} <= actions


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("delete", "users:read"), "built in, and stays"),
        (("update", "users:read", "--held-in", "tenant"), "its held_in stays"),
        (("update", "reports:read", "--active"), "no permission reports:read"),
        (("create", "users:fly", "--held-in", "tenant", "--description", "Fly"), "users are built in"),
        (("create", "fly", "--held-in", "tenant", "--description", "Fly"), "a noun and a verb"),
    ],
    ids=str,
)
def test_what_cannot_be_done_to_the_catalogue_is_refused(hibana: Shell, arguments: tuple[str, ...], said: str) -> None:
    assert said in hibana.refused("permission", *arguments)
