"""Standard claims by scope: OpenID Connect Core §5.1, §5.2 and §5.4."""

from dataclasses import fields
from typing import Any

import pytest

from hibana_op.oauth.claims import id_token_claims, userinfo_claims
from hibana_op.oauth.claims.by_scope import CLAIMS, OF_CLAIM, SOURCES, scope_of
from hibana_op.oauth.shapes import ClaimsRequest, Person
from hibana_op.records.users import User
from tests.make import a_user
from tests.oauth.claims.people import a_person

EVERYTHING: dict[str, Any] = {
    "name": "Alice Yamada",
    "given_name": "Alice",
    "family_name": "Yamada",
    "middle_name": "B",
    "nickname": "Ali",
    "preferred_username": "alice",
    "profile": "https://alice.example/",
    "picture": "https://alice.example/a.png",
    "website": "https://alice.example/blog",
    "gender": "female",
    "birthdate": "1990-02-03",
    "zoneinfo": "Asia/Tokyo",
    "locale": "ja",
    "updated_at": 1_800_000_000,
    "email": "alice@example.com",
    "email_verified": True,
    "address": {"country": "JP"},
    "phone_number": "+81312345678",
    "phone_number_verified": True,
}
BY_SCOPE = {
    "openid": [],
    "profile": list(EVERYTHING)[:14],
    "email": ["email", "email_verified"],
    "address": ["address"],
    "phone": ["phone_number", "phone_number_verified"],
    "offline_access": [],
    "unknown": [],
}
NOTHING = ClaimsRequest()


def told(person: Person, *scopes: str, request: ClaimsRequest = NOTHING) -> dict[str, Any]:
    """The userinfo answer without mappings."""
    return userinfo_claims(person, scopes=scopes, request=request, mappings=())


@pytest.mark.parametrize("scope", BY_SCOPE)
def test_scope_gives_its_claims_and_no_others(scope: str) -> None:
    person = Person(user=a_user(**EVERYTHING))
    assert told(person, "openid", scope) == {claim: EVERYTHING[claim] for claim in BY_SCOPE[scope]}


def test_scopes_add_up_in_any_order() -> None:
    person = Person(user=a_user(**EVERYTHING))
    assert told(person, *BY_SCOPE) == told(person, *reversed(BY_SCOPE)) == EVERYTHING


def test_what_a_person_has_not_is_absent() -> None:
    person = Person(user=a_user(email="a@example.com", name=None, nickname="", address={}))
    assert told(person, *BY_SCOPE) == {"updated_at": 1_800_000_000, "email": "a@example.com", "email_verified": False}


def test_verified_stands_only_beside_what_was_verified() -> None:
    for number in (None, ""):
        assert told(a_person(phone_number=number, phone_number_verified=True), "phone") == {}
    assert told(a_person(), "phone") == {"phone_number": "+81312345678", "phone_number_verified": False}


def test_address_holds_only_members_that_have_a_text() -> None:
    assert told(a_person(address={"country": "JP", "region": ""}), "address") == {"address": {"country": "JP"}}
    assert told(a_person(address={"region": ""}), "address") == {}


def test_variant_in_another_language_comes_with_its_claim() -> None:
    person = a_person(localized={"name#ja-Kana-JP": "ヤマダ", "website#ja": "", "strange": "x"})
    assert told(person, "profile")["name#ja-Kana-JP"] == "ヤマダ"
    assert not {"website#ja", "strange"} & told(person, *BY_SCOPE).keys()
    assert told(person, "openid", "email").keys() == {"email", "email_verified"}


def test_roles_have_a_scope_of_their_own() -> None:
    assert told(a_person(roles=("admin", "staff")), "openid", "roles") == {"roles": ["admin", "staff"]}
    assert told(a_person(roles=("admin",)), "openid", "profile").get("roles") is None
    assert told(a_person(), "roles") == {}


def test_claims_asked_for_one_by_one_are_told_where_they_were_asked_for() -> None:
    request = ClaimsRequest(userinfo={"given_name": {"essential": True}}, id_token={"locale": None, "nickname": None})
    assert told(a_person(), "openid", request=request) == {"given_name": "Alice"}
    asked = id_token_claims(a_person(), scopes=("openid", "profile", "email"), request=request, mappings=())
    assert asked == {"locale": "ja"}


def test_variant_can_be_asked_for_alone_and_comes_along_with_its_claim() -> None:
    alone = ClaimsRequest(id_token={"name#ja": None, "name#fr": None, "roles#ja": None})
    along = ClaimsRequest(id_token={"name": None, "name#ja": None})
    scopes = ("openid", "roles")
    person = a_person(roles=("admin",))
    assert id_token_claims(person, scopes=scopes, request=alone, mappings=()) == {"name#ja": "山田アリス"}
    assert id_token_claims(person, scopes=scopes, request=along, mappings=()) == {
        "name": "Alice Yamada",
        "name#ja": "山田アリス",
        "name#ja-Kana-JP": "ヤマダアリス",
    }


def test_roles_cannot_be_had_without_their_scope() -> None:
    request = ClaimsRequest(userinfo={"roles": {"essential": True}}, id_token={"roles": None})
    person = a_person(roles=("admin",))
    for scopes, expected in ((("openid",), {}), (("openid", "roles"), {"roles": ["admin"]})):
        assert told(person, *scopes, request=request) == expected
        assert id_token_claims(person, scopes=scopes, request=request, mappings=()) == expected


def test_claims_that_are_not_ours_give_nothing() -> None:
    request = ClaimsRequest(userinfo={"sub": None, "https://x.example/c": None, "password_hash": None, "id": None})
    assert told(a_person(), "openid", request=request) == {}


def test_every_claim_has_one_source_and_one_scope() -> None:
    claims = [claim for source in SOURCES for given in source.scopes.values() for claim in given]
    assert len(claims) == len(set(claims)) == len(OF_CLAIM)
    assert sorted(scope for source in SOURCES for scope in source.scopes) == sorted(CLAIMS)
    columns = {field.name for field in fields(User)}
    assert {
        place.removeprefix("users.") for _, source, place in OF_CLAIM.values() if not source.is_authority
    } <= columns
    assert (scope_of("name#ja"), scope_of("email"), scope_of("own")) == ("profile", "email", None)
