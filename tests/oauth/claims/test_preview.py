"""The preview: what each place would say and why, and that it says the same as the tokens."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.oauth.claims import Preview, access_token_claims, id_token_claims, preview, userinfo_claims
from hibana_op.oauth.claims.by_scope import OF_CLAIM
from hibana_op.oauth.claims.explained import Explained
from hibana_op.oauth.shapes import ClaimsRequest
from tests.oauth.claims.people import a_field, a_mapping, a_person

ADULT = {"op": "eq", "field": "custom.adult", "value": True}
MAPPINGS = (
    a_mapping(),
    a_mapping(claim_name="email", source_column="custom_attributes.team"),
    a_mapping(scope="age", claim_name="adult", source_column="custom_attributes.flag", condition=ADULT),
    a_mapping(scope="country", claim_name="country", source_column="address.country", transformation="lowercase"),
    a_mapping(scope="nick", claim_name="team", source_column="nickname"),
    a_mapping(scope="whole", claim_name="whole", source_column="address", transformation="mask"),
    a_mapping(scope="team", claim_name="spoilt", source_column="password_hash"),
)
PERSON = a_person(fields=(a_field("adult", "false", "boolean"),), roles=("admin",))


def asked(
    *scopes: str, request: ClaimsRequest | None = None, resource_scopes: tuple[str, ...] = ("country",)
) -> Preview:
    """The preview of PERSON."""
    return preview(
        PERSON,
        scopes=scopes,
        request=request or ClaimsRequest(),
        resource_scopes=resource_scopes,
        mappings=MAPPINGS,
    )


def one(claims: tuple[Explained, ...], claim: str, *, mapped: bool = False) -> Explained:
    """The only entry about a claim."""
    (found,) = [each for each in claims if each.claim == claim and (each.mapping is not None) is mapped]
    return found


def test_claim_is_shown_with_its_value_scope_and_source() -> None:
    shown = asked("openid", "email", "country")

    assert one(shown.userinfo, "email")[:5] == ("email", "alice@example.com", "email", "users.email", None)
    mapped = one(shown.id_token, "country", mapped=True)
    assert mapped == ("country", "jp", "country", "users.address.country", None, MAPPINGS[3], False)
    assert one(shown.access_token, "country", mapped=True) == mapped


@pytest.mark.parametrize(
    ("place", "claim", "mapped", "reason"),
    [
        ("userinfo", "name", False, "the scope profile was not granted"),
        ("userinfo", "phone_number", False, "the scope phone was not granted"),
        ("id_token", "phone_number", False, "the scope phone was not granted"),
        ("id_token", "email", False, "userinfo tells it"),
        ("access_token", "email", False, "only of the scopes of its own API"),
        ("access_token", "spoilt", True, "only of the scopes of its own API"),
        ("userinfo", "address", False, "the scope address was not granted"),
        ("userinfo", "email", True, "a standard scope of the same request gives this claim"),
        ("id_token", "email", True, "a standard scope of the same request gives this claim"),
        ("userinfo", "adult", True, "the condition is not true of this person"),
        ("id_token", "country", True, "the scope country was not granted"),
        ("id_token", "spoilt", True, "the mapping cannot be followed: source_column"),
        ("id_token", "whole", True, "the mapping cannot be followed: mask: an object cannot be transformed"),
    ],
)
def test_absent_claim_is_shown_with_its_reason(place: str, claim: str, mapped: bool, reason: str) -> None:
    entry = one(getattr(asked("openid", "email", "team", "age", "whole"), place), claim, mapped=mapped)
    assert entry.value is None
    assert entry.absent is not None
    assert reason in entry.absent


def test_missing_value_and_a_claim_given_twice_are_told_apart() -> None:
    first, second = a_mapping(scope="a"), a_mapping(scope="b")
    shown = preview(
        PERSON, scopes=("profile", "a", "b"), request=ClaimsRequest(), resource_scopes=(), mappings=[first, second]
    )
    assert one(shown.userinfo, "nickname").absent == "the person has no such value"
    assert [(each.value, each.absent) for each in shown.userinfo if each.mapping] == [
        ("red", None),
        (None, "the scope a gives this claim already"),
    ]


def test_claims_parameter_shows_as_the_origin() -> None:
    request = ClaimsRequest(
        id_token={"email": None, "name#fr": None, "roles": None}, userinfo={"name": None, "email": None}
    )
    shown = asked("openid", "email", request=request)
    assert one(shown.id_token, "email").scope == "claims.id_token"
    assert one(shown.id_token, "name#fr").absent == "the person has no such value"
    assert one(shown.id_token, "roles").absent == "the scope roles was not granted"
    assert one(shown.userinfo, "email").scope == "email", "a scope that gives it anyway comes first"
    assert one(shown.userinfo, "name").scope == "claims.userinfo"
    assert one(shown.userinfo, "name#ja").source == "users.localized"


def test_every_claim_there_could_be_is_spoken_of_in_every_place() -> None:
    for place in (asked().id_token, asked("openid", "profile", "team").userinfo, asked("country").access_token):
        assert {each.claim for each in place if each.mapping is None} >= OF_CLAIM.keys()
        named = [each.mapping for each in place if each.mapping]
        assert len(named) == len(MAPPINGS)
        assert all(mapping in named for mapping in MAPPINGS)


SCOPES = ["openid", "profile", "email", "address", "phone", "roles", *dict.fromkeys(each.scope for each in MAPPINGS)]
WANTED = st.dictionaries(
    st.sampled_from([*OF_CLAIM, "name#ja", "name#fr", "roles#ja", "team", "sub"]), st.just(None), max_size=4
)


@given(
    st.lists(st.sampled_from(SCOPES), unique=True),
    WANTED,
    WANTED,
    st.lists(st.sampled_from(SCOPES), unique=True),
)
def test_preview_and_tokens_never_disagree(
    scopes: list[str], id_token: dict[str, Any], userinfo: dict[str, Any], resource_scopes: list[str]
) -> None:
    request = ClaimsRequest(id_token=id_token, userinfo=userinfo)
    shown = asked(*scopes, request=request, resource_scopes=tuple(resource_scopes))

    assert given_in(shown.id_token) == id_token_claims(PERSON, scopes=scopes, request=request, mappings=MAPPINGS)
    assert given_in(shown.userinfo) == userinfo_claims(PERSON, scopes=scopes, request=request, mappings=MAPPINGS)
    assert given_in(shown.access_token) == access_token_claims(
        PERSON, scopes=scopes, resource_scopes=resource_scopes, mappings=MAPPINGS
    )


def given_in(claims: tuple[Explained, ...]) -> dict[str, Any]:
    """The claims that are there, each exactly once."""
    there = [each for each in claims if each.absent is None]
    assert len({each.claim for each in there}) == len(there)
    assert all(each.value is None for each in claims if each.absent is not None)
    return {each.claim: each.value for each in there}
