"""The claims of a person as they come in: each by its own form, and nothing that a database cannot keep."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.login import profile
from tests.make import a_user

NAMES = (
    *("name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "gender", "zoneinfo"),
    *("locale", "phone_number", "profile", "picture", "website", "email_verified", "phone_number_verified", "email"),
    *("birthdate", "address", "name#ja"),
)


@pytest.mark.parametrize("birthdate", ["1990-04-01", "1990", "0000-02-29", "2000-02-29"])
def test_a_birthdate_is_a_day_a_year_or_a_day_without_its_year(birthdate: str) -> None:
    assert profile.read_claims({"birthdate": birthdate}) == {"birthdate": birthdate}


@pytest.mark.parametrize(
    "birthdate",
    ["1990-13-01", "1990-02-30", "19900401", "1990-W14-7", "1990-4-1", "0000-02-30", "1990-04-01T00:00", 1990],
)
def test_a_birthdate_in_another_form_is_refused(birthdate: Any) -> None:
    with pytest.raises(InvalidRecord, match="birthdate"):
        profile.read_claims({"birthdate": birthdate})


def test_an_address_may_have_several_lines() -> None:
    address = {"formatted": "1-1 Chiyoda\r\nTokyo\nJapan", "country": "日本"}
    assert profile.read_claims({"address": address}) == {"address": address}


@pytest.mark.parametrize("part", ["\x00", "\ud800", "a\x1b[2J", "a\rb", "x" * 501, 1, None])
def test_an_address_holds_nothing_but_text(part: Any) -> None:
    with pytest.raises(InvalidRecord, match=r"address\.country"):
        profile.read_claims({"address": {"country": part}})


def test_the_time_of_the_last_change_is_not_taken_from_outside() -> None:
    assert profile.read_claims({"updated_at": 1}) == {}


words = st.text(st.characters() | st.sampled_from("\x00\x1b\n\ud800"), max_size=12)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    words,
    words.map("https://a.example/".__add__),
    words.map("https://[".__add__),
    words.map("a@b".__add__),
    st.lists(words, max_size=2),
    st.dictionaries(st.sampled_from(("formatted", "country", "planet")), words),
)


@pytest.mark.parametrize("name", NAMES)
@given(values)
def test_whatever_a_claim_holds_is_refused_or_can_be_kept(name: str, value: Any) -> None:
    told = ""
    taken: dict[str, Any] = {}
    try:
        taken = profile.read_claims({name: value})
    except InvalidRecord as refused:
        told = str(refused)
    a_user(**taken)
    kept = json.dumps(taken, ensure_ascii=False, allow_nan=False)
    kept.encode()
    assert told.isprintable()
    assert "\\u0000" not in kept, "PostgreSQL keeps no NUL"


def test_a_japanese_name_may_have_its_wide_space() -> None:
    assert profile.read_claims({"name": "山田　花子"}) == {"name": "山田　花子"}
    for name in ("山田\n花子", "山田\u200b花子", "山田\u202e花子", "　"):
        with pytest.raises(InvalidRecord):
            profile.read_claims({"name": name})
