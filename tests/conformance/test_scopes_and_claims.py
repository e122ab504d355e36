"""Scopes, single claims, and the forms of userinfo."""

import json

import pytest

from tests.conformance import checks
from tests.conformance.conftest import CLAIMS, EMAIL, plans
from tests.conformance.rp import Module, SignedIn, claims_parameter

everywhere = pytest.mark.parametrize("module", plans(), indirect=True)
# Userinfo needs an access token, which `id_token` alone does not give.
with_access_token = pytest.mark.parametrize("module", plans(access_token=True), indirect=True)
SCOPES = {
    "profile": [
        *("name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture"),
        *("website", "gender", "birthdate", "zoneinfo", "locale", "updated_at"),
    ],
    "email": ["email", "email_verified"],
    "address": ["address"],
    "phone": ["phone_number", "phone_number_verified"],
}


@everywhere
@pytest.mark.parametrize("scope", SCOPES)
def test_oidcc_scope_gives_all_its_claims(module: Module, scope: str) -> None:
    assert scope in module.op.metadata["scopes_supported"]
    found = module.sign_in(module.register(), scope=f"openid {scope}")
    assert not set(SCOPES[scope]) - found.claims.keys()
    check_minimal_id_tokens(module, found)


@everywhere
def test_oidcc_scope_all(module: Module) -> None:
    found = module.sign_in(module.register(), scope="openid profile email address phone")
    for claims in SCOPES.values():
        assert not set(claims) - found.claims.keys()
    assert found.claims["email"] == EMAIL
    assert found.claims["address"] == CLAIMS["address"]
    check_minimal_id_tokens(module, found)


@everywhere
def test_oidcc_scope_email_gives_no_name(module: Module) -> None:
    found = module.sign_in(module.register(), scope="openid email")
    assert "name" not in found.userinfo
    assert all("name" not in claims for claims in found.every_id_token())


def check_minimal_id_tokens(module: Module, found: SignedIn) -> None:
    """Where there is an access token, claims of scopes stay out of ID tokens (Core §5.4)."""
    if found.access_token is not None:
        for claims in found.every_id_token():
            assert not claims.keys() - checks.PROTOCOL_CLAIMS, claims


@everywhere
def test_oidcc_claims_essential(module: Module) -> None:
    place = "id_token" if module.variant.response_type == "id_token" else "userinfo"
    found = module.sign_in(module.register(), claims=claims_parameter(place, name={"essential": True}))
    assert found.claims["name"] == CLAIMS["name"]
    if place == "userinfo":
        assert all("name" not in claims for claims in found.every_id_token())


@with_access_token
def test_oidcc_userinfo_get(module: Module) -> None:
    found = module.sign_in(module.register())
    response = module.userinfo(str(found.access_token))
    assert response.headers["content-type"].partition(";")[0] == "application/json"


@with_access_token
def test_oidcc_userinfo_post_header(module: Module) -> None:
    found = module.sign_in(module.register())
    with module.op.http() as http:
        headers = {"Authorization": f"Bearer {found.access_token}"}
        response = http.post(module.op.metadata["userinfo_endpoint"], headers=headers)
    assert response.json()["sub"] == found.id_claims["sub"]


@with_access_token
def test_oidcc_userinfo_post_body(module: Module) -> None:
    found = module.sign_in(module.register())
    with module.op.http() as http:
        form = {"access_token": str(found.access_token)}
        response = http.post(module.op.metadata["userinfo_endpoint"], data=form)
    assert response.json()["sub"] == found.id_claims["sub"]


@with_access_token
def test_oidcc_userinfo_rs256(module: Module) -> None:
    client = module.register(userinfo_signed_response_alg="RS256")
    request = module.request(client)
    fields = module.arrive(request)
    token = module.redeem(client, fields["code"])["access_token"] if "code" in fields else fields["access_token"]
    response = module.userinfo(token)
    assert response.headers["content-type"].partition(";")[0] == "application/jwt"
    claims = checks.verified(response.text, module.op.jwks(), algorithm="RS256")
    assert claims["iss"] == module.op.issuer
    assert claims["aud"] == client.client_id
    assert "nonce" not in claims
    assert claims["sub"]


@with_access_token
def test_claims_in_another_script_are_given_beside_the_plain_one(module: Module) -> None:
    client = module.register()
    found = module.sign_in(client, claims=json.dumps({"userinfo": {"name#ja-Kana-JP": None}}))
    assert found.userinfo["name#ja-Kana-JP"] == CLAIMS["name#ja-Kana-JP"]
