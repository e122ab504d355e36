"""Scope mappings: what may be written, what they give, and that they fail closed (rows R05, R06)."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.oauth.claims import (
    PROTECTED,
    access_token_claims,
    check_mapping,
    id_token_claims,
    supported_claims,
    supported_scopes,
    userinfo_claims,
)
from hibana_op.oauth.shapes import ClaimsRequest, Person
from hibana_op.records.scope_mappings import ScopeMapping
from tests.oauth.claims.people import a_field, a_mapping, a_person

NOTHING = ClaimsRequest()
VOUCHED = ("tenant", "tenant_id", "roles", "permissions", "unit_roles")
HOSTILE = (
    "1=1) UNION SELECT password_hash",
    "$.a'--",
    "password_hash",
    "totp_secret",
    "refresh_token",
    "field_value WHERE field_name='employee_id'",
)


def told(
    person: Person, mappings: Sequence[ScopeMapping], *scopes: str, request: ClaimsRequest = NOTHING
) -> dict[str, Any]:
    """What mappings give in the ID token, which is what they give at userinfo too."""
    in_token = id_token_claims(person, scopes=scopes, request=request, mappings=mappings)
    at_userinfo = userinfo_claims(person, scopes=scopes, request=request, mappings=mappings)
    names = {mapping.claim_name for mapping in mappings}
    assert in_token == {claim: value for claim, value in at_userinfo.items() if claim in names and claim in in_token}
    return in_token


def test_granted_scope_gives_its_mapped_claim() -> None:
    assert told(a_person(), [a_mapping()], "openid", "team") == {"team": "red"}
    assert told(a_person(), [a_mapping()], "openid", "profile") == {}


def test_scope_can_give_many_claims_and_several_scopes_add_up() -> None:
    mappings = [
        a_mapping(claim_name="a"),
        a_mapping(claim_name="b", source_column="address.country", transformation="lowercase"),
        a_mapping(claim_name="c", source_table="user_custom_fields", source_column="rank"),
        a_mapping(scope="tags", claim_name="tags", source_column="custom_attributes.tags", transformation="uppercase"),
        a_mapping(scope="other", claim_name="d"),
    ]
    person = a_person(fields=(a_field("rank", "7", "number"),))
    assert told(person, mappings, "team", "tags") == {"a": "red", "b": "jp", "c": 7, "tags": ["A", "B"]}


def test_condition_decides_for_each_person() -> None:
    mapping = a_mapping(condition={"op": "eq", "field": "address.country", "value": "JP"})
    assert told(a_person(), [mapping], "team") == {"team": "red"}
    assert told(a_person(address={"country": "FR"}), [mapping], "team") == {}
    assert told(a_person(address=None), [mapping], "team") == {}


def test_value_that_is_missing_leaves_the_claim_out() -> None:
    assert told(a_person(custom_attributes={"team": None}), [a_mapping()], "team") == {}


def test_standard_scope_of_the_same_request_wins_everywhere() -> None:
    mapping = a_mapping(claim_name="name", source_column="nickname")
    person = a_person(nickname="Ali")
    assert told(person, [mapping], "team") == {"name": "Ali"}
    assert "name" not in told(person, [mapping], "team", "profile")
    both = userinfo_claims(person, scopes=("team", "profile"), request=NOTHING, mappings=[mapping])
    assert both["name"] == "Alice Yamada"
    granted = ("team", "profile")
    assert access_token_claims(person, scopes=granted, resource_scopes={"team"}, mappings=[mapping]) == {}
    nobody = a_person(name=None, nickname="Ali")
    assert "name" not in told(nobody, [mapping], "team", "profile"), "nor does it fill a gap"
    variant = a_mapping(claim_name="name#fr", source_column="nickname")
    assert "name#fr" not in told(person, [variant], "team", "profile")


def test_claim_that_was_asked_for_by_name_wins_too() -> None:
    mapping = a_mapping(claim_name="name", source_column="nickname")
    request = ClaimsRequest(userinfo={"name": None, "team": None})
    person = a_person(nickname="Ali")
    assert id_token_claims(person, scopes=("team",), request=request, mappings=[mapping]) == {}
    found = userinfo_claims(person, scopes=("team",), request=request, mappings=[mapping, a_mapping()])
    assert (found["name"], found["team"]) == ("Alice Yamada", "red")


def test_first_mapping_with_a_value_gives_the_claim() -> None:
    mappings = [
        a_mapping(scope="a", claim_name="team", source_column="nickname"),
        a_mapping(scope="b", claim_name="team", source_column="custom_attributes.team"),
        a_mapping(scope="c", claim_name="team", source_column="locale"),
    ]
    assert told(a_person(), mappings, "c", "b", "a") == {"team": "red"}
    assert told(a_person(nickname="blue"), mappings, "c", "b", "a") == {"team": "blue"}
    assert told(a_person(), mappings, "c") == {"team": "ja"}


def test_access_token_carries_the_claims_of_the_api_s_own_scopes_and_roles() -> None:
    mappings = [a_mapping(), a_mapping(scope="read", claim_name="country", source_column="address.country")]
    person = a_person(roles=("admin",))

    def token(*scopes: str) -> dict[str, Any]:
        return access_token_claims(person, scopes=scopes, resource_scopes={"read", "write"}, mappings=mappings)

    assert token("openid", "profile", "team", "read") == {"country": "JP"}
    assert token("openid", "profile", "team") == {}
    assert token("openid", "roles", "write") == {"roles": ["admin"]}
    assert access_token_claims(person, scopes=("read",), resource_scopes=(), mappings=mappings) == {}
    assert access_token_claims(person, scopes=("read",), resource_scopes=("read",), mappings=()) == {}


def test_discovery_names_every_scope_and_claim_once() -> None:
    mappings = [a_mapping(), a_mapping(claim_name="name"), a_mapping(scope="email", claim_name="team")]
    scopes, claims = supported_scopes(mappings), supported_claims(mappings)
    assert scopes == ["openid", "profile", "email", "address", "phone", "offline_access", "roles", "tenant", "team"]
    assert len(claims) == len(set(claims))
    assert {"sub", "name", "email_verified", "roles", "team"} <= set(claims)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"scope": "https://api.example/scope"},
        {"claim_name": "https://example.com/claims/team"},
        {"claim_name": "team#ja"},
        {"claim_name": "email_verified", "source_column": "email_verified"},
        {"claim_name": "phone_number_verified", "source_column": "phone_number_verified"},
        {"claim_name": "name", "source_column": "nickname"},
        {"scope": "profile", "claim_name": "team"},
        {"scope": "openid", "claim_name": "team"},
        {"source_table": "user_custom_fields", "source_column": "employee_id"},
        {"source_table": "user_custom_fields", "source_column": "custom.employee_id"},
        {"condition": {"op": "exists", "field": "custom.employee_id"}},
        {"transformation": "hash"},
    ],
)
def test_sound_mapping_may_be_kept(changes: dict[str, Any]) -> None:
    check_mapping(a_mapping(**changes))


@pytest.mark.parametrize("claim", [*sorted(PROTECTED), *VOUCHED])
def test_R06_claims_of_the_protocol_and_of_authority_cannot_be_mapped(claim: str) -> None:
    for name in (claim, f"{claim}#ja"):
        spoilt = a_mapping(claim_name=name, source_column="email")
        with pytest.raises(InvalidRecord, match="cannot be mapped"):
            check_mapping(spoilt)
        assert told(a_person(), [spoilt], "team") == {}, "not even when it stands in the database"


@pytest.mark.parametrize(
    "changes",
    [
        {"claim_name": "email_verified", "source_column": "phone_number_verified"},
        {"claim_name": "email_verified", "source_column": "custom_attributes.yes"},
        {"claim_name": "email_verified", "source_table": "user_custom_fields", "source_column": "email_verified"},
        {"claim_name": "email_verified#ja", "source_column": "email_verified"},
        {"claim_name": "phone_number_verified", "source_column": "email_verified"},
    ],
)
def test_R06_what_is_verified_only_its_own_column_says(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRecord, match="can only come from"):
        check_mapping(a_mapping(**changes))
    assert told(a_person(custom_attributes={"yes": True}), [a_mapping(**changes)], "team") == {}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("table", ["users", "user_custom_fields"])
def test_R05_hostile_sources_and_conditions_are_refused(table: str, text: str) -> None:
    condition = {"op": "eq", "field": f"custom.{text}" if table == "user_custom_fields" else text, "value": "x"}
    for spoilt in (
        a_mapping(source_table=table, source_column=text),
        a_mapping(condition=text),
        a_mapping(condition=condition),
        a_mapping(source_table=text),
        a_mapping(transformation=text),
        a_mapping(scope=f"{text} '"),
        a_mapping(claim_name=f"{text}'"),
    ):
        with pytest.raises(InvalidRecord):
            check_mapping(spoilt)
        assert told(a_person(), [spoilt], spoilt.scope) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": ""},
        {"scope": "a b"},
        {"scope": 'a"b'},
        {"scope": "a\\b"},
        {"scope": "範囲"},
        {"scope": "x" * 129},
        {"claim_name": ""},
        {"claim_name": "_claim_names"},
        {"claim_name": "1st"},
        {"claim_name": "a b"},
        {"claim_name": "x" * 129},
        {"scope": "email", "claim_name": "email", "source_column": "name"},
        {"scope": "profile", "claim_name": "name#ja", "source_column": "nickname"},
        {"transformation": "reverse"},
        {"scope": 1},
        {"claim_name": None},
        {"source_column": ["email"]},
        {"transformation": None},
    ],
)
def test_unsound_mapping_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRecord):
        check_mapping(a_mapping(**changes))


@pytest.mark.parametrize(
    ("mapping", "person"),
    [
        (a_mapping(source_column="address", transformation="hash"), a_person()),
        (
            a_mapping(source_column="custom_attributes.team", transformation="hash"),
            a_person(custom_attributes={"team": "\ud800"}),
        ),
        (a_mapping(condition="1=1"), a_person()),
        (a_mapping(source_column="id"), a_person()),
    ],
)
def test_R06_mapping_that_cannot_be_followed_leaves_its_claim_out_and_is_logged(
    mapping: ScopeMapping, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    assert told(person, [mapping], "team") == {}
    assert {record.levelname for record in caplog.records} == {"WARNING"}
    assert "the mapping of team to team cannot be followed" in caplog.text


def test_R06_one_broken_mapping_does_not_take_the_others_along() -> None:
    broken = a_mapping(claim_name="broken", source_column="no such column")
    assert told(a_person(), [broken, a_mapping()], "team") == {"team": "red"}


anything = st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.lists(st.text(max_size=3), max_size=2)
words = st.sampled_from(["team", "email", "users", "user_custom_fields", "custom_attributes.team", "mask", "sub"])
names = words | anything


mappings_of_anything = st.fixed_dictionaries(
    {
        "scope": names,
        "claim_name": names,
        "source_table": names,
        "source_column": names,
        "transformation": names,
        "condition": anything,
    }
)


@given(mappings_of_anything)
def test_R05_check_only_ever_refuses(values: dict[str, Any]) -> None:
    mapping = a_mapping(**values)
    try:
        check_mapping(mapping)
    except InvalidRecord:
        return
    assert set(told(a_person(), [mapping], mapping.scope)) <= {mapping.claim_name}
