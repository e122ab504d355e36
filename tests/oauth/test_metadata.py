"""Client metadata: what is taken, what is refused and with which reason, and that nothing else can happen."""

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.foundation import jose
from hibana_op.foundation.errors import InvalidClientMetadata, InvalidRedirectUri
from hibana_op.oauth import metadata
from hibana_op.oauth.client_auth import METHODS
from hibana_op.oauth.grants import GRANTS
from hibana_op.records.clients import Client
from tests.make import a_client


def read(**values: Any) -> dict[str, Any]:
    return metadata.read_members(values, by_administrator=True)


def test_every_member_is_a_column_of_a_client() -> None:
    assert {*metadata.MEMBERS, *metadata.POLICY} <= {field.name for field in fields(Client)}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("grant_types", [grant]) for grant in GRANTS),
        *(("token_endpoint_auth_method", method) for method in METHODS),
        *(("id_token_signed_response_alg", algorithm) for algorithm in jose.SIGNING_ALGORITHMS),
        ("client_name", "花火"),
        ("client_name", "x" * 200),
        ("application_type", "native"),
        ("redirect_uris", ["https://a.example/"] * 1 + [f"https://a.example/{number}" for number in range(49)]),
        ("subject_type", "public"),
        ("scope", "openid email"),
        ("client_uri", "https://a.example/#about"),
        ("policy_uri", "http://localhost:3000/policy"),
        ("logo_uri", "https://a.example/logo.png"),
        ("logo_uri", "data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("contacts", ["ops@a.example"]),
        ("default_max_age", 0),
        ("require_auth_time", False),
        ("default_acr_values", ["urn:example:strong"]),
        ("software_id", "4NRB1-0XZABZI9E6-5SM3R"),
        ("software_version", "2.1"),
        ("access_token_lifetime", 86400),
        ("id_token_lifetime", 1),
        ("refresh_token_leeway", 10),
        ("refresh_token_rotation", False),
        ("profile", "oauth21"),
    ],
)
def test_L06_a_member_that_is_right_is_taken(name: str, value: Any) -> None:
    assert read(**{name: value}) == {name: tuple(value) if isinstance(value, list) else value}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, {"an": "object"}) for name in (*metadata.MEMBERS, *metadata.POLICY)),
        *((name, "\ud800") for name in (*metadata.MEMBERS, *metadata.POLICY)),
        *((name, ["\ud800"]) for name in (*metadata.MEMBERS, *metadata.POLICY) if name not in ("redirect_uris",)),
        ("client_name", ""),
        ("client_name", " \t"),
        ("client_name", "x" * 201),
        ("client_name", "a\nb"),
        ("client_name", "safe\u202egnp.exe"),
        ("application_type", "desktop"),
        ("redirect_uris", "https://a.example/"),
        ("redirect_uris", ["https://a.example/"] * 51),
        ("redirect_uris", [f"https://a.example/{'x' * 2048}"]),
        ("redirect_uris", [1]),
        ("redirect_uris", [["https://a.example/"]]),
        ("grant_types", ["password"]),
        ("grant_types", ["implicit"]),
        ("response_types", ["token"]),
        ("response_types", ["code id_token"]),
        ("scope", 'openid "quoted"'),
        ("scope", "back\\slash"),
        ("scope", "   "),
        ("scope", " ".join(f"s{number}" for number in range(51))),
        ("scope", "x" * 2049),
        ("client_uri", "a.example"),
        ("client_uri", "http://a.example/"),
        ("client_uri", "com.example.app:/about"),
        ("policy_uri", "javascript:alert(1)"),
        ("tos_uri", "https://"),
        ("tos_uri", "https://user:password@a.example/"),
        ("logo_uri", "data:text/html,<script>"),
        ("logo_uri", "data:image/png;base64,\x00"),
        ("logo_uri", "data:image/png;base64,é"),
        ("logo_uri", "data:image/png;base64," + "A" * 65536),
        ("contacts", ["nobody"]),
        ("contacts", ["Alice <a@a.example>"]),
        ("subject_type", "pairwise"),
        ("token_endpoint_auth_method", "private_key_pwd"),
        ("id_token_signed_response_alg", "none"),
        ("id_token_signed_response_alg", "HS256"),
        ("default_max_age", -1),
        ("default_max_age", True),
        ("default_max_age", 1.0),
        ("default_max_age", "60"),
        ("require_auth_time", 1),
        ("require_auth_time", "true"),
        ("first_party", "yes"),
        ("profile", "fapi9"),
        ("access_token_lifetime", 0),
        ("access_token_lifetime", 86401),
        ("id_token_lifetime", float("nan")),
        ("refresh_token_leeway", 11),
        ("refresh_token_lifetime", 10**30),
    ],
)
def test_L06_a_member_that_is_wrong_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(InvalidClientMetadata, match=name):
        read(**{name: value})


def test_L06_unknown_members_are_ignored_and_null_counts_as_absent() -> None:
    assert read(client_name=None, jwks={"keys": []}, localized={"client_name#ja": 5}, created_at=0) == {}


def test_L08_nobody_chooses_an_id_or_a_secret() -> None:
    assert read(client_id="mine", client_secret="mine", client_secret_hash="mine", registration="static") == {}


def test_what_only_an_administrator_decides_is_ignored_from_others() -> None:
    values = {name: object() for name in metadata.POLICY}
    assert metadata.read_members({**values, "client_name": "Shop"}, by_administrator=False) == {"client_name": "Shop"}


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
    ],
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


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"token_endpoint_auth_method": "none"},
        {"require_pkce": False},
        {"scope": "openid offline_access"},
        {"grant_types": ("client_credentials",), "response_types": (), "redirect_uris": ()},
        {"application_type": "native", "redirect_uris": ("com.example.app:/cb", "http://127.0.0.1/cb")},
    ],
)
def test_members_that_fit_each_other_are_taken(changes: dict[str, Any]) -> None:
    client = a_client(**changes)
    assert metadata.check_together(client) is client


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"response_types": ()}, "belong together"),
        ({"grant_types": ("client_credentials",)}, "belong together"),
        ({"grant_types": (), "response_types": ()}, "at least one grant"),
        ({"grant_types": ("refresh_token",), "response_types": ()}, "needs authorization_code"),
        (
            {
                "token_endpoint_auth_method": "none",
                "grant_types": ("client_credentials",),
                "response_types": (),
                "redirect_uris": (),
            },
            "client that authenticates",
        ),
        ({"token_endpoint_auth_method": "none", "require_pkce": False}, "require_pkce"),
        ({"profile": "oauth21", "require_pkce": False}, "require_pkce"),
        ({"profile": "fapi2", "require_pkce": False}, "require_pkce"),
        ({"grant_types": ("authorization_code",), "scope": "openid offline_access"}, "offline_access"),
    ],
)
def test_L06_members_that_contradict_each_other_are_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidClientMetadata, match=reason):
        metadata.check_together(a_client(**changes))


@pytest.mark.parametrize("member", ["redirect_uris", "post_logout_redirect_uris"])
@pytest.mark.parametrize(
    "uri", ["javascript:alert(1)", "http://a.example/", "com.example.app:/", "https://a.example/#"]
)
def test_A08_an_address_that_must_not_be_registered_is_refused_by_its_member(member: str, uri: str) -> None:
    changes: dict[str, Any] = {member: (uri,)}
    with pytest.raises(InvalidRedirectUri, match=f"^{member}: "):
        metadata.check_together(a_client(**changes))


def test_A08_signing_people_in_needs_an_address() -> None:
    with pytest.raises(InvalidRedirectUri, match="at least one"):
        metadata.check_together(a_client(redirect_uris=()))


def test_C08_the_answer_has_a_secret_only_when_one_was_just_made() -> None:
    client = a_client(localized={"client_name#ja": "花火"}, default_acr_values=("strong",))
    shown, made = metadata.information(client), metadata.information(client, secret="just made")
    assert not [name for name in shown if "secret" in name and name != "token_endpoint_auth_method"]
    assert made == {**shown, "client_secret": "just made", "client_secret_expires_at": 0}
    assert shown["client_id_issued_at"] == client.created_at
    assert shown["default_acr_values"] == ["strong"]
    assert shown["client_name#ja"] == "花火"


def test_the_answer_can_be_sent_back_as_it_is() -> None:
    client = a_client(logo_uri="https://a.example/logo.png", localized={"client_name#ja": "花火"}, default_max_age=60)
    values = metadata.read_members(metadata.information(client), by_administrator=True)
    assert all(getattr(client, name) == value for name, value in values.items())


awkward = st.text(
    st.characters() | st.sampled_from("\x00\x1b\n\ud800"), max_size=12
)  # surrogates and control characters included
seeds = ("", "openid ", "https://a.example/", "https://[", "https://a.example/#", "data:image/png,", "com.a:/", "a@b")
words = st.tuples(st.sampled_from(seeds), awkward).map("".join)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(awkward, inner, max_size=3),
    max_leaves=8,
)


def judge(values: dict[str, Any], *, by_administrator: bool) -> None:
    """Either a refusal that can be sent, or a client that both databases can keep and every answer can show."""
    told, client = "", a_client()
    try:
        taken = metadata.read_members(values, by_administrator=by_administrator)
        client = metadata.check_together(a_client(**taken))
    except (InvalidClientMetadata, InvalidRedirectUri) as refused:
        told = str(refused)
    shown = json.dumps(metadata.information(client), ensure_ascii=False, allow_nan=False)
    shown.encode()
    assert told.isprintable()
    assert "\\u0000" not in shown, "PostgreSQL keeps no NUL"


@pytest.mark.parametrize("name", [*metadata.MEMBERS, *metadata.POLICY, *(f"{name}#ja" for name in metadata.LOCALIZED)])
@given(anything | st.lists(words, max_size=3) | words)
def test_L06_whatever_a_member_holds_is_refused_or_can_be_kept(name: str, value: Any) -> None:
    judge({name: value}, by_administrator=True)


@given(st.dictionaries(awkward | st.sampled_from([*metadata.MEMBERS, "client_name#ja"]), anything), st.booleans())
def test_L06_whatever_an_object_holds_is_refused_or_can_be_kept(values: dict[str, Any], by_administrator: bool) -> None:
    judge(values, by_administrator=by_administrator)
