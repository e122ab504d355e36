"""Codes are spent once; refresh tokens rotate and stay their client's own."""

import json

import pytest

from tests.conformance import checks
from tests.conformance.conftest import CODE, plans
from tests.conformance.keys import RpKeys
from tests.conformance.rp import Module, RpClient
from tests.conformance.test_prompt_and_max_age import wait_for_the_next_second

with_code = pytest.mark.parametrize("module", plans(code=True), indirect=True)
code_flow = pytest.mark.parametrize(
    "module", [pytest.param((engine, CODE), id=engine) for engine in ("sqlite", "postgres")], indirect=True
)
REFRESHING = ["authorization_code", "refresh_token"]


@with_code
def test_oidcc_codereuse(module: Module) -> None:
    client = module.register()
    found = module.sign_in(client)
    form = {
        "grant_type": "authorization_code",
        "code": found.fields["code"],
        "redirect_uri": client.redirect_uri,
    }
    checks.check_token_error(module.token(client, form), "invalid_grant")


@code_flow
def test_oidcc_codereuse_30seconds_ends_the_tokens_of_the_first_use(module: Module) -> None:
    client = module.register()
    found = module.sign_in(client)
    form = {"grant_type": "authorization_code", "code": found.fields["code"], "redirect_uri": client.redirect_uri}
    checks.check_token_error(module.token(client, form), "invalid_grant")
    assert module.userinfo(str(found.access_token)).status_code == 401


@with_code
def test_oidcc_refresh_token(module: Module) -> None:
    grants = [*module.variant.grants, "refresh_token"]
    first, second = module.register(grant_types=grants), module.register(grant_types=grants)
    tokens = offline(module, first)
    others = offline(module, second)
    wait_for_the_next_second(checks.claims_of(tokens["id_token"])["iat"])
    response = module.token(
        first, {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "scope": "openid"}
    )
    assert response.status_code == 200, response.text
    assert "no-store" in response.headers["cache-control"]
    told = response.json()
    assert told["token_type"] == "Bearer"
    assert checks.has_entropy(told["access_token"])
    assert checks.has_entropy(told["refresh_token"])
    assert told["expires_in"] > 0
    before, after = checks.claims_of(tokens["id_token"]), checks.claims_of(told["id_token"])
    for name in ("iss", "sub", "aud", "auth_time", "azp"):
        assert before.get(name) == after.get(name), name
    assert after["iat"] != before["iat"]
    renewed = module.token(second, {"grant_type": "refresh_token", "refresh_token": others["refresh_token"]}).json()
    stolen = module.token(first, {"grant_type": "refresh_token", "refresh_token": renewed["refresh_token"]})
    checks.check_token_error(stolen, "invalid_grant")


@with_code
def test_oidcc_refresh_token_rp_key_rotation(module: Module) -> None:
    path = f"/jwks/{module.keys.kid}"
    uri = module.site.serve(path, module.keys.encoded(), "application/json")
    client = module.register(
        grant_types=[*module.variant.grants, "refresh_token"],
        token_endpoint_auth_method="private_key_jwt",
        jwks=None,
        jwks_uri=uri,
    )
    tokens = offline(module, client)
    client.keys = RpKeys(fresh=True)
    module.site.serve(path, client.keys.encoded(), "application/json")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    # The plan waits up to a minute; the provider looks at the keys anew as soon as its politeness allows.
    response = module.token(client, form)
    assert response.status_code == 200, response.text


def offline(module: Module, client: RpClient) -> dict[str, str]:
    """Tokens with offline access."""
    request = module.request(client, scope="openid offline_access", prompt="consent")
    tokens = module.redeem(client, module.arrive(request)["code"])
    assert checks.has_entropy(tokens["refresh_token"])
    assert json.dumps(tokens["refresh_token"]).isascii()
    return tokens
