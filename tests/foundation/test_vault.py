"""Sealed values open in their own row, under their own key, undamaged, or not at all."""

import base64
import hashlib
import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hibana_op.foundation.vault import Unsealable, Vault, generate_master_key, parse_master_key

OLD, NEW = os.urandom(32), os.urandom(32)
ROW = "signing_keys:private_sealed:abc"


@given(plaintext=some.binary(max_size=4096), row=some.text(some.characters(exclude_categories=["Cs"]), max_size=80))
def test_what_was_sealed_opens(plaintext: bytes, row: str) -> None:
    vault = Vault([NEW])

    assert vault.open(vault.seal(plaintext, row), row) == plaintext


def test_T01_a_sealed_value_shows_nothing_of_what_it_holds() -> None:
    sealed = Vault([NEW]).seal(b"canary-secret", ROW)
    _, _, body = sealed.split(".")
    raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))

    assert b"canary" not in raw
    assert sealed.startswith("v1.")
    assert sealed.isascii()


def test_the_same_value_is_never_sealed_the_same_way_twice() -> None:
    vault = Vault([NEW])

    assert len({vault.seal(b"same", ROW) for _ in range(100)}) == 100


def test_the_key_id_is_a_fingerprint_of_the_key() -> None:
    digest = hashlib.sha256(b"hibana master key id" + NEW).digest()

    assert Vault([NEW]).key_id == base64.urlsafe_b64encode(digest).decode()[:8]
    assert Vault([NEW]).seal(b"x", ROW).split(".")[1] == Vault([NEW]).key_id


def test_T02_a_value_moved_to_another_row_does_not_open() -> None:
    vault = Vault([NEW])
    sealed = vault.seal(b"secret", "signing_keys:private_sealed:abc")

    for row in ("signing_keys:private_sealed:abd", "signing_keys:private_sealed:ab", "", "totp:seed:abc"):
        with pytest.raises(Unsealable, match="damaged, or was sealed for another row"):
            vault.open(sealed, row)


def test_T02_a_value_of_one_key_does_not_open_under_the_name_of_another() -> None:
    vault = Vault([NEW, OLD])
    _, _, body = Vault([OLD]).seal(b"secret", ROW).split(".")

    with pytest.raises(Unsealable, match="damaged"):
        vault.open(f"v1.{vault.key_id}.{body}", ROW)


def test_T02_an_older_key_still_opens_what_the_new_one_replaces() -> None:
    sealed = Vault([OLD]).seal(b"secret", ROW)
    rotated = Vault([NEW, OLD])

    assert rotated.open(sealed, ROW) == b"secret"
    assert not rotated.is_current(sealed)
    again = rotated.seal(b"secret", ROW)
    assert rotated.is_current(again)
    assert Vault([NEW]).open(again, ROW) == b"secret"


def test_T02_a_missing_key_is_named_by_its_id() -> None:
    sealed = Vault([OLD]).seal(b"secret", ROW)

    with pytest.raises(Unsealable, match=f"master key {Vault([OLD]).key_id}, which is not configured"):
        Vault([NEW]).open(sealed, ROW)


def test_every_changed_character_is_noticed() -> None:
    vault = Vault([NEW])
    sealed = vault.seal(b"secret", ROW)

    for position, character in enumerate(sealed):
        changed = sealed[:position] + ("A" if character != "A" else "B") + sealed[position + 1 :]
        with pytest.raises(Unsealable):
            vault.open(changed, ROW)


@pytest.mark.parametrize(
    "sealed",
    [
        "",
        "v1",
        "v1.",
        "v1..",
        "v2.aaaaaaaa.AAAA",
        "plain text",
        "v1.{id}",
        "v1.{id}.",
        "v1.{id}.A",
        "v1.{id}.AAAA",
        "v1.{id}." + "A" * 40,
        "v1.{id}.\ud800",
        "v1.{id}.==",
    ],
)
def test_what_is_no_sealed_value_is_refused(sealed: str) -> None:
    vault = Vault([NEW])

    with pytest.raises(Unsealable):
        vault.open(sealed.replace("{id}", vault.key_id), ROW)


def test_whether_a_foreign_text_is_current_is_not_answered() -> None:
    with pytest.raises(Unsealable, match="not sealed by this program"):
        Vault([NEW]).is_current("plain text")


@pytest.mark.parametrize("keys", [[], [b""], [b"short"], [b"x" * 32, b"x" * 31], [b"x" * 33]], ids=str)
def test_a_vault_takes_only_whole_keys(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="master key"):
        Vault(keys)


def test_a_vault_prints_no_key() -> None:
    shown = repr(Vault([NEW, OLD]))

    assert NEW.hex() not in shown
    assert repr(NEW) not in shown
    assert Vault([NEW]).key_id in shown


def test_a_master_key_that_was_made_is_read() -> None:
    made = generate_master_key()

    assert len(parse_master_key(made)) == 32
    assert parse_master_key(f" {made}=\n") == parse_master_key(made)
    assert made != generate_master_key()


def test_a_master_key_made_with_openssl_is_read() -> None:
    made = subprocess.run(["openssl", "rand", "-base64", "32"], check=True, capture_output=True, text=True).stdout

    assert len(parse_master_key(made.replace("+", "-").replace("/", "_"))) == 32


@pytest.mark.parametrize(
    "text", ["", "=", "AAAA", "A" * 42, "A" * 44, "+" * 43, "A" * 42 + "B", "é" * 43, "A" * 43 + "==", "A A" * 15]
)
def test_anything_else_is_no_master_key(text: str) -> None:
    with pytest.raises(ValueError, match="a master key is"):
        parse_master_key(text)
