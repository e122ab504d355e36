"""Conditions of scope mappings: a closed language, checked when written and false when in doubt (rows R05, R06)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.oauth.claims import predicate
from tests.oauth.claims.people import a_field, a_person

ALICE = a_person(
    fields=(
        a_field("rank", "7", "number"),
        a_field("ratio", "0.5", "number"),
        a_field("member", "true", "boolean"),
        a_field("since", "2024-02-29", "date"),
        a_field("empty", None),
    )
)


def eq(field: str, value: Any) -> dict[str, Any]:
    """field = value"""
    return {"op": "eq", "field": field, "value": value}


TRUE, FALSE = eq("locale", "ja"), eq("locale", "en")

HOLDS: tuple[tuple[Any, bool], ...] = (
    (None, True),
    (TRUE, True),
    (FALSE, False),
    (eq("locale", "JA"), False),
    (eq("nickname", "x"), False),
    (eq("custom.rank", 7), True),
    (eq("custom.rank", 7.0), True),
    (eq("custom.rank", "7"), False),
    (eq("custom.ratio", 0.5), True),
    (eq("custom.member", True), True),
    (eq("custom.member", 1), False),
    (eq("logins_count", 0), True),
    (eq("logins_count", False), False),
    (eq("custom.since", "2024-02-29"), True),
    (eq("address.country", "JP"), True),
    (eq("custom_attributes.deep.er[0].x", 1), True),
    (eq("custom_attributes.tags[1]", "b"), True),
    (eq("custom_attributes.tags[2]", "b"), False),
    (eq("custom_attributes.flag", True), True),
    ({"op": "ne", "field": "locale", "value": "en"}, True),
    ({"op": "ne", "field": "locale", "value": "ja"}, False),
    ({"op": "ne", "field": "nickname", "value": "x"}, False),  # what is not there is not different
    ({"op": "in", "field": "locale", "value": ["en", "ja"]}, True),
    ({"op": "in", "field": "locale", "value": ["en"]}, False),
    ({"op": "in", "field": "custom.member", "value": [1, 0]}, False),
    ({"op": "prefix", "field": "email", "value": "alice@"}, True),
    ({"op": "prefix", "field": "email", "value": "bob"}, False),
    ({"op": "prefix", "field": "custom.rank", "value": "7"}, False),
    ({"op": "exists", "field": "phone_number"}, True),
    ({"op": "exists", "field": "nickname"}, False),
    ({"op": "exists", "field": "custom.empty"}, False),
    ({"op": "exists", "field": "custom.unknown"}, False),
    ({"op": "not", "arg": FALSE}, True),
    ({"op": "not", "arg": TRUE}, False),
    ({"op": "not", "arg": {"op": "exists", "field": "nickname"}}, True),
    # What cannot be compared is neither so nor not so.
    ({"op": "ne", "field": "custom.rank", "value": "7"}, False),
    ({"op": "ne", "field": "custom_attributes.tags", "value": "a"}, False),
    ({"op": "not", "arg": eq("nickname", "x")}, False),
    ({"op": "not", "arg": {"op": "not", "arg": eq("nickname", "x")}}, False),
    ({"op": "not", "arg": {"op": "prefix", "field": "custom.rank", "value": "7"}}, False),
    ({"op": "not", "arg": {"op": "in", "field": "locale", "value": ["en", 1]}}, False),
    ({"op": "not", "arg": {"op": "in", "field": "locale", "value": ["en", "fr"]}}, True),
    ({"op": "not", "arg": {"op": "and", "args": [eq("nickname", "x"), TRUE]}}, False),
    ({"op": "not", "arg": {"op": "and", "args": [eq("nickname", "x"), FALSE]}}, True),
    ({"op": "or", "args": [eq("nickname", "x"), TRUE]}, True),
    ({"op": "or", "args": [eq("nickname", "x"), FALSE]}, False),
    ({"op": "and", "args": [TRUE, TRUE]}, True),
    ({"op": "and", "args": [TRUE, FALSE]}, False),
    ({"op": "or", "args": [FALSE, TRUE]}, True),
    ({"op": "or", "args": [FALSE]}, False),
)


def nested(depth: int) -> dict[str, Any]:
    """A condition of that depth."""
    return TRUE if depth == 1 else {"op": "not", "arg": nested(depth - 1)}


REFUSED: tuple[Any, ...] = (
    "1=1) UNION SELECT password_hash FROM users --",
    "department = 'sales'",
    "",
    0,
    False,
    True,
    [],
    [TRUE],
    {},
    {"op": "sql", "field": "locale", "value": "x"},
    {"op": ["eq"], "field": "locale", "value": "x"},
    {"op": None},
    {"field": "locale", "value": "ja"},
    {"op": "eq", "field": "locale"},
    {"op": "eq", "value": "ja"},
    {**TRUE, "extra": 1},
    {"op": "exists", "field": "locale", "value": "x"},
    {"op": "EQ", "field": "locale", "value": "ja"},
    eq("password_hash", "x"),
    eq("users.password_hash", "x"),
    eq("client_secret", "x"),
    eq("last_ip", "x"),
    eq("$.a'--", "x"),
    eq("locale; DROP TABLE users", "x"),
    eq("custom.", "x"),
    eq("custom.a b", "x"),
    eq("custom_attributes.a.b.c.d.e.f.g", "x"),
    eq("custom_attributes[12345]", "x"),
    eq("", "x"),
    {"op": "eq", "field": 1, "value": "x"},
    eq("locale", None),
    eq("locale", ["ja"]),
    eq("locale", {"a": 1}),
    eq("locale", "x" * 513),
    eq("locale", float("nan")),
    eq("locale", float("inf")),
    eq("locale", 10**5000),
    {"op": "in", "field": "locale", "value": "ja"},
    {"op": "in", "field": "locale", "value": []},
    {"op": "in", "field": "locale", "value": ["x"] * 51},
    {"op": "in", "field": "locale", "value": [None]},
    {"op": "prefix", "field": "locale", "value": 1},
    {"op": "and", "args": []},
    {"op": "and", "args": TRUE},
    {"op": "and", "args": [TRUE] * 51},
    {"op": "or", "args": ["x"]},
    {"op": "not", "arg": None},
    {"op": "not", "args": [TRUE]},
    nested(6),
    {"op": "and", "args": [{"op": "or", "args": [TRUE] * 10}] * 5},  # 56 parts
)


@pytest.mark.parametrize(("condition", "expected"), HOLDS)
def test_condition_is_true_of_a_person_or_not(condition: Any, expected: bool) -> None:
    predicate.check(condition)
    assert predicate.holds(condition, ALICE) is expected


@pytest.mark.parametrize("condition", REFUSED)
def test_R05_what_is_no_predicate_is_refused_and_never_true(condition: Any) -> None:
    with pytest.raises(InvalidRecord):
        predicate.check(condition)
    assert predicate.holds(condition, ALICE) is False


def test_R05_the_bounds_themselves_are_allowed() -> None:
    predicate.check(nested(5))
    predicate.check({"op": "and", "args": [TRUE] * 49})
    predicate.check(eq("locale", "x" * 512))
    with pytest.raises(InvalidRecord, match="50 parts"):
        predicate.check({"op": "and", "args": [TRUE] * 50})
    with pytest.raises(InvalidRecord, match="5 deep"):
        predicate.check(json.loads('{"op": "not", "arg": ' * 900 + "{}" + "}" * 900))


def test_R06_a_field_that_was_spoilt_in_the_database_makes_no_condition_true() -> None:
    spoilt = a_person(fields=(a_field("rank", "seven", "number"), a_field("on", "perhaps", "boolean")))

    for field in ("custom.rank", "custom.on"):
        assert not predicate.holds({"op": "exists", "field": field}, spoilt)
        assert not predicate.holds({"op": "ne", "field": field, "value": 1}, spoilt)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
fields = st.sampled_from(["locale", "custom.rank", "address.country", "custom_attributes.tags[0]", "email"]) | st.text()
leaves = st.fixed_dictionaries(
    {"op": st.sampled_from(["eq", "ne", "in", "prefix", "exists"]), "field": fields},
    optional={"value": scalars | st.lists(scalars, max_size=4)},
)
conditions = st.recursive(
    leaves | scalars,
    lambda inner: (
        st.fixed_dictionaries(
            {"op": st.sampled_from(["and", "or", "not"])}, optional={"args": st.lists(inner, max_size=4), "arg": inner}
        )
        | st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=20,
)


@given(conditions)
def test_R05_check_only_ever_refuses_and_holds_never_fails(condition: Any) -> None:
    try:
        predicate.check(condition)
        is_sound = True
    except InvalidRecord:
        is_sound = False

    assert predicate.holds(condition, ALICE) in ((True, False) if is_sound else (False,))


@given(conditions)
def test_R06_a_condition_and_its_opposite_are_never_both_true(condition: Any) -> None:
    assert not (predicate.holds(condition, ALICE) and predicate.holds({"op": "not", "arg": condition}, ALICE))


def test_R05_a_condition_of_millions_of_parts_is_refused_at_once() -> None:
    huge: Any = TRUE
    for _ in range(4):
        huge = {"op": "and", "args": [huge] * 50}
    with pytest.raises(InvalidRecord, match="50 parts"):
        predicate.check(huge)
