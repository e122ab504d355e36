"""Single members: what is taken, and what is refused with which reason. `members.json` grows with what is found."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from hibana_op.foundation import jose
from hibana_op.foundation.errors import InvalidClientMetadata
from hibana_op.oauth import metadata
from hibana_op.oauth.client_auth import METHODS
from hibana_op.oauth.grants import GRANTS
from hibana_op.oauth.response_types import RESPONSE_TYPES
from hibana_op.records.clients import Client
from tests.make import a_client

CASES: dict[str, list[list[Any]]] = json.loads((Path(__file__).parent / "members.json").read_text(encoding="utf-8"))
EVERY = (*metadata.MEMBERS, *metadata.POLICY)
LINKS = ("client_uri", "policy_uri", "tos_uri")


def read(**values: Any) -> dict[str, Any]:
    """What a developer may say."""
    return metadata.read_members(values, by_administrator=False)


def decide(**values: Any) -> dict[str, Any]:
    """What an administrator may say."""
    return metadata.read_members(values, by_administrator=True)


def kept(value: Any) -> Any:
    """A value as a record holds it."""
    return tuple(value) if isinstance(value, list) else value


def named(kind: str) -> list[Any]:
    """The cases of one kind, each with an id that tells which it is."""
    return [pytest.param(*case, id=f"{number}-{case[0]}") for number, case in enumerate(CASES[kind])]


def test_every_member_is_a_column_of_a_client() -> None:
    assert set(EVERY) <= {field.name for field in fields(Client)}


def test_every_member_has_a_case_of_each_kind() -> None:
    assert {case[0] for case in CASES["taken"]} == set(metadata.MEMBERS)
    assert {case[0] for case in CASES["refused"]} == set(metadata.MEMBERS)


@pytest.mark.parametrize(("name", "value"), named("taken"))
def test_L06_a_member_that_is_right_is_taken(name: str, value: Any) -> None:
    assert read(**{name: value}) == {name: kept(value)}
    assert decide(**{name: value}) == {name: kept(value)}


@pytest.mark.parametrize(("name", "value", "meant"), named("taken otherwise"))
def test_L06_a_member_is_kept_as_it_is_meant(name: str, value: Any, meant: Any) -> None:
    assert read(**{name: value}) == {name: kept(meant)}


@pytest.mark.parametrize(("name", "value", "reason"), named("refused"))
def test_L06_a_member_that_is_wrong_is_refused_by_its_name(name: str, value: Any, reason: str) -> None:
    with pytest.raises(InvalidClientMetadata, match=reason) as refused:
        read(**{name: value})
    # A scope's fault is told in the words of requests, which name it first as well.
    assert refused.value.description.startswith(name)
    assert len(refused.value.description) < 300


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("value", [{"an": "object"}, "\ud800", [{"an": "object"}], [["\ud800"]]], ids=range(4))
def test_L06_what_no_member_can_be_is_refused(name: str, value: Any) -> None:
    with pytest.raises(InvalidClientMetadata, match=name):
        decide(**{name: value})


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("grant_types", [[grant] for grant in GRANTS]),
        ("response_types", [[name] for name in RESPONSE_TYPES]),
        ("token_endpoint_auth_method", list(METHODS)),
        ("id_token_signed_response_alg", list(jose.SIGNING_ALGORITHMS)),
        ("userinfo_signed_response_alg", list(jose.SIGNING_ALGORITHMS)),
        ("request_object_signing_alg", list(jose.SIGNING_ALGORITHMS)),
        ("token_endpoint_auth_signing_alg", [*jose.SIGNING_ALGORITHMS, *jose.SECRET_ALGORITHMS]),
        ("id_token_encrypted_response_alg", list(jose.KEY_MANAGEMENT)),
        ("userinfo_encrypted_response_enc", list(jose.CONTENT_ENCRYPTION)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_everything_that_exists_here_can_be_registered(name: str, choices: list[Any]) -> None:
    for choice in choices:
        assert read(**{name: choice}) == {name: kept(choice)}


def test_S05_a_set_of_keys_that_is_too_large_is_refused() -> None:
    (key,) = next(value for name, value in CASES["taken"] if name == "jwks")["keys"]
    with pytest.raises(InvalidClientMetadata, match="64 KiB"):
        read(jwks={"keys": [{**key, "x5c": ["A" * 70_000]}]})
    with pytest.raises(InvalidClientMetadata, match="too large"):
        read(jwks={"keys": [{**key, "iat": 10**30}]})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "http://localhost:3000/about") for name in LINKS),
        ("logo_uri", "http://localhost:3000/logo.png"),
        ("logo_uri", "data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("first_party", True),
        ("verified", False),
        ("require_pkce", False),
        ("profile", "oauth21"),
        ("access_token_lifetime", 86400),
        ("id_token_lifetime", 1),
        ("refresh_token_leeway", 10),
        ("refresh_token_rotation", False),
        ("refresh_token_idle_lifetime", 1),
        ("refresh_token_lifetime", 10 * 365 * 86400),
    ],
)
def test_L10_an_administrator_may_say_what_nobody_else_may(name: str, value: Any) -> None:
    assert decide(**{name: value}) == {name: value}
    if name in metadata.POLICY:
        assert read(**{name: value}) == {}
    else:
        with pytest.raises(InvalidClientMetadata, match=f"^{name} must "):
            read(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("logo_uri", "data:text/html,<script>"),
        ("logo_uri", "data:image/png;base64,\x00"),
        ("logo_uri", "data:image/png;base64,é"),
        ("logo_uri", "data:image/png;base64," + "A" * 65536),
        ("client_uri", "http://a.example/"),
        ("first_party", "yes"),
        ("verified", 1),
        ("profile", "fapi9"),
        ("access_token_lifetime", 0),
        ("access_token_lifetime", 86401),
        ("id_token_lifetime", float("nan")),
        ("refresh_token_leeway", 11),
        ("refresh_token_lifetime", 10**30),
    ],
)
def test_L06_what_an_administrator_says_is_checked_as_well(name: str, value: Any) -> None:
    with pytest.raises(InvalidClientMetadata, match=name):
        decide(**{name: value})


def test_L06_unknown_members_are_ignored_and_null_counts_as_absent() -> None:
    assert read(client_name=None, jwks=None, localized={"client_name#ja": 5}, created_at=0, software_statement=1) == {}


def test_L08_nobody_chooses_an_id_or_a_secret() -> None:
    chosen = dict.fromkeys(("client_id", "client_secret", "client_secret_hash", "registration_token_hash"), "mine")
    assert decide(**chosen, registration="static") == {}


def test_what_only_an_administrator_decides_is_ignored_from_others() -> None:
    assert read(**{name: object() for name in metadata.POLICY}, client_name="Shop") == {"client_name": "Shop"}


def test_members_for_people_may_come_in_several_languages() -> None:
    taken = read(**{"client_name": "Fireworks", "client_name#ja": "花火", "tos_uri#ja-Jpan-JP": "https://a.example/ja"})
    assert taken["localized"] == {"client_name#ja": "花火", "tos_uri#ja-Jpan-JP": "https://a.example/ja"}
    assert "scope#ja" not in read(**{"scope#ja": 1})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_name#", "花火"),
        ("client_name#not a language", "花火"),
        ("client_name#ja#ja", "花火"),
        ("client_name#" + "x" * 5000, "花火"),
        ("client_name#ja", 5),
        ("logo_uri#ja", "javascript:alert(1)"),
        ("logo_uri#ja", "data:image/png,x"),
    ],
    ids=range(7),
)
def test_L06_a_member_in_a_language_is_checked_as_well(name: str, value: Any) -> None:
    with pytest.raises(InvalidClientMetadata, match=name.partition("#")[0]) as refused:
        read(**{name: value})
    assert len(str(refused.value)) < 200


def test_L06_no_more_than_fifty_members_carry_a_language() -> None:
    languages = [f"client_name#{first}{second}" for first in "abcdefgh" for second in "abcdefgh"]
    assert len(read(**dict.fromkeys(languages[:50], "x"))["localized"]) == 50
    with pytest.raises(InvalidClientMetadata, match="more than 50"):
        read(**dict.fromkeys(languages[:51], "x"))


def test_null_takes_a_member_back_to_its_default_when_an_administrator_changes_a_client() -> None:
    client = a_client(
        logo_uri="https://a.example/logo.png",
        contacts=("ops@a.example",),
        require_auth_time=True,
        access_token_lifetime=60,
        localized={"client_name#ja": "花火", "client_name#de": "Feuerwerk"},
    )
    cleared = ("client_name", "logo_uri", "contacts", "require_auth_time", "access_token_lifetime", "client_name#ja")
    changes = metadata.read_changes({**dict.fromkeys(cleared), "client_name#fr": "Feux"}, client)
    assert changes == {
        "client_name": metadata.UNNAMED,
        "logo_uri": None,
        "contacts": (),
        "require_auth_time": False,
        "access_token_lifetime": 3600,
        "localized": {"client_name#de": "Feuerwerk", "client_name#fr": "Feux"},
    }


def test_C08_the_answer_has_a_secret_only_when_one_was_just_made() -> None:
    client = a_client(localized={"client_name#ja": "花火"}, default_acr_values=("strong",))
    shown, made = metadata.information(client), metadata.information(client, secret="just made")
    assert not [name for name in shown if "secret" in name]
    assert made == {**shown, "client_secret": "just made", "client_secret_expires_at": 0}
    assert shown["client_id_issued_at"] == client.created_at
    assert shown["default_acr_values"] == ["strong"]
    assert shown["client_name#ja"] == "花火"


def test_a_developer_is_told_the_metadata_and_no_policy() -> None:
    client = a_client(registration="dcr", verified=False, software_statement="a.b.c")
    told = metadata.information(client, to_administrator=False)
    assert not {*metadata.POLICY, "registration"} & told.keys()
    assert told["software_statement"] == "a.b.c"
    assert metadata.information(client)["registration"] == "dcr"
    assert metadata.information(client)["verified"] is False


def test_the_answer_can_be_sent_back_as_it_is() -> None:
    client = a_client(logo_uri="https://a.example/logo.png", localized={"client_name#ja": "花火"}, default_max_age=60)
    values = metadata.read_members(metadata.information(client), by_administrator=True)
    assert all(getattr(client, name) == value for name, value in values.items())
