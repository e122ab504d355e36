"""Random tokens, their fingerprints and values that do not print."""

import base64
import hashlib
import json
import logging

import pytest

from hibana_op.foundation import secrets
from hibana_op.foundation.secrets import Secret


def test_a_token_carries_256_bits_and_does_not_repeat() -> None:
    tokens = {secrets.token() for _ in range(1000)}

    assert len(tokens) == 1000
    assert all(len(base64.urlsafe_b64decode(token + "=")) == 32 for token in tokens)


def test_a_digest_is_the_sha256_in_base64url() -> None:
    expected = base64.urlsafe_b64encode(hashlib.sha256(b"token").digest()).decode().rstrip("=")

    assert secrets.digest("token") == expected
    assert secrets.digest("tokem") != expected


def test_a_digest_of_half_a_character_is_an_answer_and_no_crash() -> None:
    assert secrets.digest("\ud800") != secrets.digest("\ud801")


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [("a", "a", True), ("a", "b", False), ("a", "", False), ("火花", "火花", True), ("\ud800", "\ud800", True)],
)
def test_two_strings_are_compared_whole(one: str, other: str, are_same: bool) -> None:
    assert secrets.same(one, other) is are_same


def test_T01_a_secret_shows_as_stars_wherever_it_is_printed(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret("hunter2")
    caplog.set_level(logging.INFO)
    logging.getLogger("test").info("the password is %s", secret)

    for shown in (str(secret), repr(secret), f"{secret}", f"{secret!r}", f"{secret:>9}", str([secret]), caplog.text):
        assert "hunter2" not in shown
        assert "***" in shown


def test_a_secret_gives_itself_away_only_when_asked() -> None:
    revealed = Secret("hunter2").reveal()

    assert revealed == "hunter2"
    assert str(revealed) == "hunter2"
    assert json.dumps(revealed) == '"hunter2"'
