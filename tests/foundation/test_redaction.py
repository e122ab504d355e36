"""What is kept of a request: nothing that could be used, and enough to see what went wrong."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.foundation.redaction import (
    KNOWN,
    LONGEST_VALUE,
    MASKED,
    MOST_KEPT,
    MOST_PARAMETERS,
    SHOWN,
    Received,
    fit,
    masked,
    members,
    parameters,
)

CANARY = "kQ7vX-canary-2mZp_94uTtLw0sYbEa8"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"
SECRET_NAMES = (
    "access_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "code_challenge",
    "code_verifier",
    "csrf",
    "id_token_hint",
    "interaction",
    "jwks",
    "nonce",
    "password",
    "refresh_token",
    "request",
    "request_uri",
    "software_statement",
    "state",
    "subject_token",
    "token",
    "user_code",
    "contacts",
    "claims",
    "anything_else",
    CANARY,
)


def only(name: str, value: str) -> Received:
    (found,) = parameters([(name, value)])
    return found


@pytest.mark.parametrize("name", SECRET_NAMES)
@pytest.mark.parametrize("value", [CANARY, JWT, "さくら", ""], ids=["canary", "jwt", "wide", "empty"])
def test_Q02_of_a_secret_only_the_length_is_kept(name: str, value: str) -> None:
    found = only(name, value)
    assert (found.value, found.length) == (None, len(value))
    assert CANARY not in repr(found)


@pytest.mark.parametrize("name", sorted(MASKED))
def test_Q02_of_a_person_only_the_first_letter_is_kept(name: str) -> None:
    assert only(name, "alice@example.com").value == "a…"
    assert only(name, "").value is None


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_Q02_a_credential_in_a_shown_value_is_struck_out(name: str) -> None:
    for value in (
        JWT,
        f"https://app.example/cb?code={CANARY}",
        f"https://app.example/cb#access_token={CANARY}&x=1",
        f"https://user:{CANARY}@app.example/",
        f"Bearer {CANARY}",
        f"client_secret={CANARY}",
    ):
        shown = only(name, value).value
        assert shown is not None
        assert CANARY not in shown
        assert JWT not in shown


def test_Q02_control_and_bidirectional_characters_are_written_as_escapes() -> None:
    assert only("scope", "a\r\nb\x1b[31m\u202ec\ud800").value == r"a\r\nb\x1b[31m\u202ec\ud800"
    assert masked("\u202ehidden") == r"\u202e…"


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("redirectUri", "redirect_uri"),
        ("redirect_url", "redirect_uri"),
        ("client-id", "client_id"),
        ("clientSecret", "client_secret"),
        ("response_typ", "response_type"),
        ("granttype", "grant_type"),
    ],
)
def test_a_misspelt_name_is_kept_with_what_it_stands_for_but_not_its_value(sent: str, meant: str) -> None:
    assert only(sent, CANARY) == Received(name=sent, value=None, length=len(CANARY), meant=meant)


@pytest.mark.parametrize("name", [CANARY, "x", "", "\u202eeliforp", "a" * 5000, JWT, "deadbeef" * 4])
def test_Q02_a_name_like_no_other_is_not_kept(name: str) -> None:
    assert only(name, "1") == Received(name=None, value=None, length=1)


def test_S08_a_request_of_any_size_is_kept_in_bounds() -> None:
    huge = [("scope", "s" * 4000)] * 30 + [("state", "x" * 4000)] * 30
    found = parameters(huge)
    assert len(found) == MOST_PARAMETERS
    assert sum(len(each.value or "") for each in found) <= MOST_KEPT
    assert found[0].value == "s" * LONGEST_VALUE + "…"
    assert found[0].length == 4000
    assert len(members({f"member{number}": "x" for number in range(10_000)})) == MOST_PARAMETERS


def test_S06_hostile_names_cost_little() -> None:
    began = time.perf_counter()
    parameters([(f"redirect_ur{number}{'i' * 28}", "x") for number in range(100)])
    assert time.perf_counter() - began < 0.1


def test_members_of_a_document_count_like_parameters_whatever_their_type() -> None:
    document = {
        "client_name#ja": "花",
        "redirect_uris": ["https://a/"],
        "jwks": {"keys": [{"d": CANARY}]},
        "default_max_age": 5,
    }
    found = parameters(members(document))
    assert [(each.name, each.value) for each in found] == [
        ("client_name", "花"),
        ("redirect_uris", '["https://a/"]'),
        ("jwks", None),
        ("default_max_age", "5"),
    ]


@given(st.lists(st.tuples(st.text(max_size=60) | st.sampled_from(sorted(KNOWN)), st.text(max_size=2000)), max_size=60))
def test_whatever_comes_in_can_be_kept_as_json_and_printed(pairs: list[tuple[str, str]]) -> None:
    for each in parameters(pairs):
        text = json.dumps([each.name, each.value, each.meant], ensure_ascii=False)
        assert text.isprintable()
        assert text.encode()


@given(st.text(max_size=3000))
def test_a_fitted_text_is_printable_and_short(text: str) -> None:
    assert fit(text).isprintable()
    assert len(fit(text)) <= LONGEST_VALUE + 1
