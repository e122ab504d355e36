"""What people hand to commands as text."""

import io
import sys

import pytest

from hibana_op.cli.typed import read_json, read_object, read_password
from hibana_op.foundation.errors import InvalidRecord


def test_an_object_is_read_and_an_option_that_was_not_given_is_an_empty_one() -> None:
    assert read_object('{"name": "花火"}', "--claims") == {"name": "花火"}
    assert read_object(None, "--claims") == {}
    assert read_json("null", "--condition") is None


@pytest.mark.parametrize("text", ["", "{", "nonsense", "[" * 5000, "1" * 5000])
def test_what_is_not_json_is_refused_by_its_option(text: str) -> None:
    with pytest.raises(InvalidRecord, match="--claims is not JSON"):
        read_object(text, "--claims")


@pytest.mark.parametrize("text", ["[]", "null", "1", '"text"'])
def test_what_is_no_object_is_refused_by_its_option(text: str) -> None:
    with pytest.raises(InvalidRecord, match="--claims must be a JSON object"):
        read_object(text, "--claims")


def typed(monkeypatch: pytest.MonkeyPatch, given: bytes) -> str:
    """The password that is read when a shell with an old locale hands over these bytes."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="latin-1"))
    return read_password()


@pytest.mark.parametrize(
    ("given", "password"),
    [
        ("パスワード".encode(), "パスワード"),
        ("パスワード\r\n".encode(), "パスワード"),
        (b" with spaces \nand another line\n", " with spaces "),
        (b"", ""),
    ],
)
def test_a_password_is_one_line_of_utf_8_whatever_the_locale(
    monkeypatch: pytest.MonkeyPatch, given: bytes, password: str
) -> None:
    assert typed(monkeypatch, given) == password


def test_a_password_that_nobody_could_type_into_the_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidRecord, match="not UTF-8"):
        typed(monkeypatch, b"\xff\xfe a password")
