"""`hibana client`: registration, change, secrets."""

import json
import sqlite3

import pytest

from hibana_op.foundation.secrets import digest
from tests.cli.command import run
from tests.cli.conftest import Shell

WEB = ("client", "create", "--name", "Shop", "--redirect-uri", "https://shop.example/callback")


def test_C08_a_secret_is_shown_once_and_kept_as_a_hash(hibana: Shell) -> None:
    made = hibana.json(*WEB)

    shown = hibana.json("client", "show", made["client_id"])
    kept = (
        sqlite3.connect(hibana.folder / "hibana.db").execute("SELECT client_secret_hash FROM oauth_clients").fetchone()
    )

    assert len(made["client_secret"]) == 43
    assert made["client_secret_expires_at"] == 0
    assert "client_secret" not in shown
    assert kept[0] == digest(made["client_secret"])
    assert made["client_secret"].encode() not in (hibana.folder / "hibana.db").read_bytes()


def test_a_secret_without_an_end_says_so(hibana: Shell) -> None:
    (line,) = [line for line in hibana(*WEB).splitlines() if line.startswith("client_secret_expires_at")]
    assert line.split() == ["client_secret_expires_at", "never"]


def test_what_is_hardly_meant_is_warned_of_and_taken(hibana: Shell) -> None:
    def complaints(*arguments: str) -> list[str]:
        done = run(*arguments, folder=hibana.folder, settings=hibana.settings)
        assert done.returncode == 0
        return done.stderr.splitlines()

    hibana("resource", "create", "--identifier", "https://api.example", "--name", "API", "--scope", "read=Read")
    assert complaints(*WEB, "--scope", "openid offline_access email roles tenant read hibana:admin") == []
    assert complaints(*WEB, "--redirect-uri", "https://x.example/*", "--scope", "openid raed") == [
        "hibana: warning: https://x.example/* is taken as it stands: a * stands for nothing else",
        "hibana: warning: nothing here knows the scope raed; `hibana resource create --scope` adds one",
    ]
    made = hibana.json(*WEB)
    assert len(complaints("client", "update", made["client_id"], "--metadata", '{"scope": "openid raed"}')) == 1
    assert "wildcard" in hibana.refused(*WEB, "--redirect-uri", "https://*.example/")


def test_the_list_says_whose_an_app_is(hibana: Shell) -> None:
    hibana("tenant", "create", "--slug", "acme", "--name", "Acme")
    hibana(*WEB, "--tenant", "acme")
    heading, line = hibana("client", "list").splitlines()
    assert "TENANT" in heading.split()
    assert "acme" in line.split()


def test_the_answer_echoes_the_defaults(hibana: Shell) -> None:
    made = hibana.json(*WEB)

    assert made["grant_types"] == ["authorization_code", "refresh_token"]
    assert made["response_types"] == ["code"]
    assert made["token_endpoint_auth_method"] == "client_secret_basic"
    assert made["id_token_signed_response_alg"] == "RS256"
    assert made["require_pkce"] is True


def test_every_flag_has_its_effect(hibana: Shell) -> None:
    made = hibana.json(
        *WEB,
        *("--redirect-uri", "http://localhost:3000/cb", "--post-logout-redirect-uri", "https://shop.example/bye"),
        *("--grant-type", "authorization_code", "--response-type", "code", "--auth-method", "client_secret_post"),
        *("--scope", "openid email", "--first-party", "--no-require-pkce"),
        *("--metadata", '{"client_name#ja": "店", "logo_uri": "https://shop.example/logo.png", "unknown": 1}'),
    )

    assert made["redirect_uris"] == ["https://shop.example/callback", "http://localhost:3000/cb"]
    assert made["post_logout_redirect_uris"] == ["https://shop.example/bye"]
    assert made["grant_types"] == ["authorization_code"]
    assert made["token_endpoint_auth_method"] == "client_secret_post"
    assert made["scope"] == "openid email"
    assert made["first_party"] is True
    assert made["require_pkce"] is False
    assert made["client_name#ja"] == "店"
    assert "unknown" not in made


def test_a_public_client_has_no_secret(hibana: Shell) -> None:
    made = hibana.json(*WEB, "--auth-method", "none")

    assert "client_secret" not in made
    assert "no secret" in hibana.refused("client", "rotate-secret", made["client_id"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--redirect-uri", "javascript:alert(1)"), "redirect_uris"),
        (("--redirect-uri", "http://shop.example/cb"), "https"),
        (("--redirect-uri", "https://shop.example/cb#f"), "fragment"),
        (("--redirect-uri", "com.example.app:/cb"), "native"),
        (("--redirect-uri", "https://user@shop.example/"), "user name"),
        ((), "redirect_uris"),
        (("--redirect-uri", "https://a.example/", "--grant-type", "password"), "grant_types"),
        (("--redirect-uri", "https://a.example/", "--grant-type", "refresh_token"), "needs authorization_code"),
        (("--redirect-uri", "https://a.example/", "--auth-method", "none", "--no-require-pkce"), "require_pkce"),
        (("--redirect-uri", "https://a.example/", "--metadata", '{"logo_uri": "data:text/html,x"}'), "logo_uri"),
        (("--redirect-uri", "https://a.example/", "--metadata", '{"access_token_lifetime": 0}'), "whole number"),
        (("--redirect-uri", "https://a.example/", "--metadata", "[]"), "object"),
        (("--redirect-uri", "https://a.example/", "--metadata", "{"), "not JSON"),
        (("--redirect-uri", "https://a.example/", "--metadata", "[" * 5000), "not JSON"),
        (("--redirect-uri", "https://a.example/", "--metadata", '{"logo_uri": "data:image/png,\\ud800"}'), "logo_uri"),
        (("--redirect-uri", "https://a.example/", "--metadata", '{"refresh_token_leeway": 11}'), "0 to 10"),
    ],
)
def test_A08_wrong_metadata_is_refused_with_its_name(hibana: Shell, arguments: tuple[str, ...], said: str) -> None:
    assert said in hibana.refused("client", "create", "--name", "Bad", *arguments)
    assert hibana.json("client", "list") == []


def test_a_client_is_changed_given_a_new_secret_and_removed(hibana: Shell) -> None:
    made = hibana.json(*WEB)
    client_id = made["client_id"]

    changed = hibana.json("client", "update", client_id, "--metadata", '{"client_name": "Store"}')
    rotated = hibana.json("client", "rotate-secret", client_id, "--overlap", "24h")

    assert changed["client_name"] == "Store"
    assert changed["redirect_uris"] == made["redirect_uris"]
    assert rotated["client_secret"] != made["client_secret"]
    assert "public client" in hibana.refused(
        "client", "update", client_id, "--metadata", '{"token_endpoint_auth_method": "none"}'
    )
    assert hibana.json("client", "delete", client_id)["deleted"] is True
    assert "no client has the id" in hibana.refused("client", "delete", client_id)


def test_every_member_can_be_given_shown_changed_and_taken_back(hibana: Shell) -> None:
    members = {
        "jwks_uri": "https://shop.example/jwks.json",
        "token_endpoint_auth_method": "private_key_jwt",
        "id_token_encrypted_response_alg": "RSA-OAEP-256",
        "userinfo_signed_response_alg": "ES256",
        "request_uris": ["https://shop.example/request.jwt"],
        "response_modes": ["query", "form_post"],
        "initiate_login_uri": "https://shop.example/start",
        "frontchannel_logout_uri": "https://shop.example/out",
        "backchannel_logout_uri": "https://shop.example/logged-out",
        "backchannel_logout_session_required": True,
        "policy_uri": "https://shop.example/policy",
    }
    made = hibana.json(*WEB, "--metadata", json.dumps(members))
    assert {name: made[name] for name in members} == members
    assert made["id_token_encrypted_response_enc"] == "A128CBC-HS256"
    assert "client_secret" not in made

    shown = hibana.json("client", "show", made["client_id"])
    assert shown == {**made, "identity_providers": []}
    assert (shown["registration"], shown["verified"]) == ("static", True)

    taken_back = {
        **dict.fromkeys(("initiate_login_uri", "request_uris", "response_modes", "client_name")),
        "verified": False,
    }
    changed = hibana.json("client", "update", made["client_id"], "--metadata", json.dumps(taken_back))
    assert not {"initiate_login_uri", "request_uris", "response_modes"} & changed.keys()
    assert (changed["client_name"], changed["verified"]) == ("Unnamed client", False)
    assert changed["policy_uri"] == members["policy_uri"]
    faults: list[dict[str, object]] = [{"jwks_uri": None}, {"jwks": {"keys": []}}, {"response_modes": []}]
    for fault in faults:
        said = hibana.refused("client", "update", made["client_id"], "--metadata", json.dumps(fault))
        assert next(iter(fault)).removesuffix("_uri") in said


def test_a_client_without_a_grant_stands_in_the_list(hibana: Shell) -> None:
    made = hibana.json(*WEB, "--response-type", "none")
    assert "grant_types" not in made
    assert made["client_id"] in hibana("client", "list")
