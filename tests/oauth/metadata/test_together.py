"""Members held against each other: what fits, what contradicts, and what one calls for in another."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hibana_op.foundation.errors import InvalidClientMetadata, InvalidRedirectUri
from hibana_op.oauth import metadata
from hibana_op.oauth.response_types import RESPONSE_TYPES
from tests.make import a_client

_SETS = [
    value["keys"]
    for name, value in json.loads((Path(__file__).parent / "members.json").read_text(encoding="utf-8"))["taken"]
    if name == "jwks"
]
EC, RSA, ED = ({"keys": [key]} for key in (_SETS[0][0], _SETS[1][0], _SETS[1][2]))
SIGNING_ONLY = {"keys": [{**EC["keys"][0], "use": "sig"}]}
CODE, HYBRID = ("authorization_code",), ("authorization_code", "implicit")
MACHINE: dict[str, Any] = {"grant_types": ("client_credentials",), "response_types": (), "redirect_uris": ()}
JWKS_URI = "https://app.example/jwks"


def checked(**changes: Any) -> Any:
    return metadata.check_together(a_client(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"token_endpoint_auth_method": "none"},
        {"require_pkce": False},
        {"scope": "openid offline_access"},
        MACHINE,
        {"application_type": "native", "redirect_uris": ("com.example.app:/cb", "http://127.0.0.1/cb")},
        {"grant_types": ("implicit",), "response_types": ("id_token", "id_token token")},
        {"grant_types": HYBRID, "response_types": ("code id_token token", "code token", "code id_token", "code")},
        {"grant_types": (), "response_types": ("none",)},
        {"response_modes": ("query",)},
        {"grant_types": ("implicit",), "response_types": ("id_token",), "response_modes": ("query", "form_post")},
        {"grant_types": CODE, "response_types": ("code", "none")},
        {"profile": "oauth21", "response_types": ("code", "none")},
        {"jwks": EC},
        {"jwks_uri": JWKS_URI},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": ED},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": JWKS_URI},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": RSA, "token_endpoint_auth_signing_alg": "PS384"},
        {"token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "HS256"},
        {"token_endpoint_auth_method": "client_secret_basic", "token_endpoint_auth_signing_alg": "ES256"},
        {"id_token_signed_response_alg": "none"},
        {"id_token_signed_response_alg": "none", "grant_types": HYBRID, "response_types": ("code token",)},
        {"request_object_signing_alg": "none"},
        {"request_object_signing_alg": "EdDSA", "jwks": ED, "require_signed_request_object": True},
        {"frontchannel_logout_uri": "https://app.example:443/out?x=1"},
        {"redirect_uris": ("http://localhost:3000/cb",), "frontchannel_logout_uri": "http://localhost:3000/out"},
    ],
    ids=range(26),
)
def test_members_that_fit_each_other_are_taken(changes: dict[str, Any]) -> None:
    client = a_client(**changes)
    assert metadata.check_together(client) is client


@pytest.mark.parametrize("name", list(RESPONSE_TYPES))
def test_L06_a_response_type_needs_its_grants(name: str) -> None:
    kind = RESPONSE_TYPES[name]
    assert checked(response_types=(name,), grant_types=tuple(kind.grant_types))
    for missing in kind.grant_types:
        with pytest.raises(InvalidClientMetadata, match=f"response_types {name} needs the grant_types {missing}"):
            checked(response_types=(name,), grant_types=tuple(kind.grant_types - {missing}))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"response_types": ()}, "belong together"),
        ({"grant_types": HYBRID, "response_types": ("id_token",)}, "belong together"),
        ({"grant_types": HYBRID}, "implicit needs"),
        ({"grant_types": ("client_credentials",)}, "needs the grant_types authorization_code"),
        ({"grant_types": (), "response_types": ()}, "at least one grant"),
        ({"grant_types": ("refresh_token",), "response_types": ()}, "needs authorization_code"),
        ({"grant_types": ("implicit", "refresh_token"), "response_types": ("id_token",)}, "needs authorization_code"),
        ({"token_endpoint_auth_method": "none", **MACHINE}, "client that authenticates"),
        ({"token_endpoint_auth_method": "none", "require_pkce": False}, "require_pkce"),
        ({"profile": "oauth21", "require_pkce": False}, "require_pkce"),
        ({"grant_types": HYBRID, "response_types": ("code id_token",), "response_modes": ("query",)}, "response_modes"),
        ({"profile": "fapi2", "require_pkce": False}, "require_pkce"),
        ({"profile": "oauth21", "grant_types": ("implicit",), "response_types": ("id_token",)}, "profile oidc"),
        ({"profile": "oauth21", "grant_types": HYBRID, "response_types": ("code id_token",)}, "profile oidc"),
        ({"grant_types": CODE, "scope": "openid offline_access"}, "offline_access"),
        ({"jwks": EC, "jwks_uri": JWKS_URI}, "exclude each other"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "private_key_jwt needs jwks or jwks_uri"),
        ({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": []}}, "needs a key in jwks"),
        (
            {"token_endpoint_auth_method": "private_key_jwt", "jwks": EC, "token_endpoint_auth_signing_alg": "RS256"},
            "needs a key in jwks",
        ),
        (
            {"token_endpoint_auth_method": "private_key_jwt", "jwks": EC, "token_endpoint_auth_signing_alg": "HS256"},
            "does not go with",
        ),
        (
            {"token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "ES256"},
            "does not go with",
        ),
        ({"id_token_encrypted_response_alg": "RSA-OAEP"}, "needs jwks or jwks_uri"),
        ({"id_token_encrypted_response_alg": "RSA-OAEP", "jwks": EC}, "needs a key in jwks"),
        ({"userinfo_encrypted_response_alg": "ECDH-ES", "jwks": SIGNING_ONLY}, "needs a key in jwks"),
        ({"userinfo_encrypted_response_enc": "A128GCM", "jwks": EC}, "userinfo_encrypted_response_enc needs"),
        ({"id_token_encrypted_response_enc": "A128GCM"}, "id_token_encrypted_response_enc needs"),
        ({"request_object_encryption_enc": "A128GCM"}, "request_object_encryption_enc needs"),
        ({"request_object_signing_alg": "ES256"}, "needs jwks or jwks_uri"),
        ({"request_object_signing_alg": "ES256", "jwks": RSA}, "needs a key in jwks"),
        ({"request_object_signing_alg": "none", "require_signed_request_object": True}, "without require_signed"),
        ({"request_object_signing_alg": "none", "profile": "oauth21"}, "profile oidc"),
        ({"id_token_signed_response_alg": "none", "profile": "oauth21"}, "profile oidc"),
        (
            {"id_token_signed_response_alg": "none", "grant_types": HYBRID, "response_types": ("code id_token",)},
            "token endpoint only",
        ),
        (
            {"id_token_signed_response_alg": "none", "id_token_encrypted_response_alg": "ECDH-ES", "jwks": EC},
            "nothing to encrypt",
        ),
        ({"frontchannel_logout_uri": "https://other.example/out"}, "frontchannel_logout_uri"),
        ({"frontchannel_logout_uri": "https://app.example:8443/out"}, "frontchannel_logout_uri"),
        ({"frontchannel_logout_uri": "http://localhost/out"}, "frontchannel_logout_uri"),
    ],
    ids=range(37),
)
def test_L06_members_that_contradict_each_other_are_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidClientMetadata, match=reason):
        checked(**changes)


@pytest.mark.parametrize("member", ["redirect_uris", "post_logout_redirect_uris"])
@pytest.mark.parametrize(
    "uri",
    [
        *("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "blob:https://a.example/x"),
        *("about:blank", "http://a.example/", "com.example.app:/", "https://a.example/#", "https://*.a.example/"),
    ],
)
def test_A08_an_address_that_must_not_be_registered_is_refused_by_its_member(member: str, uri: str) -> None:
    changes: dict[str, Any] = {member: (uri,)}
    with pytest.raises(InvalidRedirectUri, match=f"^{member}: "):
        checked(**changes)


@pytest.mark.parametrize("response_type", ["code", "id_token", "none"])
def test_A08_signing_people_in_needs_an_address(response_type: str) -> None:
    grants = tuple(RESPONSE_TYPES[response_type].grant_types)
    with pytest.raises(InvalidRedirectUri, match="at least one"):
        checked(redirect_uris=(), response_types=(response_type,), grant_types=grants)


def test_A08_tokens_in_an_address_are_sent_over_https_only() -> None:
    changes: dict[str, Any] = {"grant_types": ("implicit",), "response_types": ("id_token",)}
    with pytest.raises(InvalidRedirectUri, match="https for the implicit grant"):
        checked(redirect_uris=("http://localhost:3000/cb",), **changes)
    assert checked(redirect_uris=("http://localhost:3000/cb",), application_type="native", **changes)


def test_an_encryption_without_content_algorithm_gets_the_one_of_the_specification() -> None:
    asked = {
        "id_token_encrypted_response_alg": "ECDH-ES",
        "userinfo_encrypted_response_alg": "ECDH-ES+A128KW",
        "request_object_encryption_alg": "RSA-OAEP",
    }
    client = checked(jwks=EC, **asked, userinfo_encrypted_response_enc="A256GCM")
    assert client == replace(
        client,
        id_token_encrypted_response_enc="A128CBC-HS256",
        userinfo_encrypted_response_enc="A256GCM",
        request_object_encryption_enc="A128CBC-HS256",
    )


@pytest.mark.parametrize(
    ("given", "grants", "types"),
    [
        ({}, ("authorization_code",), ("code",)),
        ({"grant_types": ("client_credentials",)}, ("client_credentials",), ()),
        ({"grant_types": ("authorization_code", "refresh_token")}, ("authorization_code", "refresh_token"), ("code",)),
        ({"response_types": ("id_token",)}, ("implicit",), ("id_token",)),
        ({"response_types": ("code id_token",)}, HYBRID, ("code id_token",)),
        ({"response_types": ("none",)}, (), ("none",)),
        ({"response_types": ()}, (), ()),
        ({"grant_types": ("implicit",), "response_types": ("code",)}, ("implicit",), ("code",)),
    ],
    ids=range(8),
)
def test_grant_types_and_response_types_follow_from_each_other(
    given: dict[str, Any], grants: tuple[str, ...], types: tuple[str, ...]
) -> None:
    completed = metadata.complete(given, with_refresh=False)
    assert completed == {"client_name": metadata.UNNAMED, "grant_types": grants, "response_types": types}


def test_a_client_of_an_administrator_may_refresh_unless_it_says_what_it_may() -> None:
    grants = {
        types: metadata.complete({"response_types": types}, with_refresh=True)["grant_types"]
        for types in (("code",), ("id_token",))
    }
    assert grants == {("code",): ("authorization_code", "refresh_token"), ("id_token",): ("implicit",)}
    assert metadata.complete({"grant_types": CODE}, with_refresh=True)["grant_types"] == CODE
