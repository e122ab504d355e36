"""The sealed cookie of accounts: read back by the browser that it was written for, and by nobody else."""

import pytest

from hibana_op.foundation.secrets import digest
from hibana_op.foundation.vault import Vault
from hibana_op.web import known_accounts

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
HERE, THERE = digest("this browser"), digest("another")
PEOPLE = ("01990000-0000-7000-8000-000000000001", "01990000-0000-7000-8000-000000000002")


def test_what_was_written_is_read_back_in_the_same_browser_alone() -> None:
    cookie = known_accounts.write(Vault([KEY]), PEOPLE, HERE)

    assert known_accounts.read(Vault([OTHER, KEY]), cookie, HERE) == PEOPLE
    assert known_accounts.read(Vault([KEY]), cookie, THERE) == ()
    assert known_accounts.read(Vault([OTHER]), cookie, HERE) == ()
    assert len(known_accounts.write(Vault([KEY]), PEOPLE[:1] * known_accounts.MOST, HERE)) < 400


def test_nobody_takes_no_cookie() -> None:
    assert known_accounts.write(Vault([KEY]), (), HERE) == ""
    assert known_accounts.read(Vault([KEY]), "", HERE) == ()


@pytest.mark.parametrize("changed", [0, 5, 14, 30, -1])
def test_a_cookie_with_one_character_changed_names_nobody(changed: int) -> None:
    cookie = known_accounts.write(Vault([KEY]), PEOPLE, HERE)
    letters = list(cookie)
    letters[changed] = "A" if letters[changed] != "A" else "B"

    assert known_accounts.read(Vault([KEY]), "".join(letters), HERE) == ()


@pytest.mark.parametrize(
    "made_up", ["x", "v1", "v1.", "v1..", "v1.AAAAAAAA.", "v1.AAAAAAAA.AAAA", "é", "\x00", "." * 5000]
)
def test_a_cookie_that_was_made_up_names_nobody(made_up: str) -> None:
    assert known_accounts.read(Vault([KEY]), made_up, HERE) == ()
    key_id = Vault([KEY]).key_id
    assert known_accounts.read(Vault([KEY]), f"v1.{key_id}.{made_up}", HERE) == ()
