"""The plain flow, and what must not disturb it."""

import base64
import hashlib
import secrets

import pytest

from tests.conformance import checks
from tests.conformance.conftest import CODE, plans
from tests.conformance.rp import CALLBACK, Module

everywhere = pytest.mark.parametrize("module", plans(), indirect=True)
with_code = pytest.mark.parametrize("module", plans(code=True), indirect=True)
code_flow = pytest.mark.parametrize(
    "module", [pytest.param((e, CODE), id=e) for e in ("sqlite", "postgres")], indirect=True
)


@everywhere
def test_oidcc_server(module: Module) -> None:
    found = module.sign_in(module.register())
    for claims in found.every_id_token():
        assert not claims.keys() - checks.PROTOCOL_CLAIMS, claims
    if "access_token" in found.fields:
        assert int(found.fields["expires_in"]) > 0
        assert found.fields["token_type"].lower() == "bearer"


@with_code
def test_oidcc_server_client_secret_post(module: Module) -> None:
    module.sign_in(module.register(token_endpoint_auth_method="client_secret_post"))


@with_code
def test_oidcc_server_client_secret_jwt(module: Module) -> None:
    module.sign_in(module.register(token_endpoint_auth_method="client_secret_jwt"))


@with_code
def test_oidcc_server_private_key_jwt(module: Module) -> None:
    module.sign_in(module.register(token_endpoint_auth_method="private_key_jwt"))


@code_flow
def test_oidcc_server_none(module: Module) -> None:
    client = module.register(token_endpoint_auth_method="none")
    verifier = secrets.token_urlsafe(40)
    request = module.request(client, **s256(verifier))
    fields = module.arrive(request)
    assert module.redeem(client, fields["code"], code_verifier=verifier)["id_token"]


@everywhere
def test_oidcc_alternate_happy_flow(module: Module) -> None:
    client = module.register()
    request = module.request(client, scope="email openid")
    backwards = {name: request[name] for name in sorted(request, reverse=True)}
    module.arrive(backwards)


@everywhere
def test_oidcc_idtoken_signature_without_a_registered_algorithm_is_RS256(module: Module) -> None:
    found = module.sign_in(module.register())
    header = checks.header_of(found.id_token)
    assert header["alg"] == "RS256"
    assert header["kid"]


@everywhere
def test_oidcc_idtoken_rs256(module: Module) -> None:
    found = module.sign_in(module.register(id_token_signed_response_alg="RS256"))
    assert checks.header_of(found.id_token)["alg"] == "RS256"


@code_flow
def test_oidcc_idtoken_unsigned(module: Module) -> None:
    assert "none" in module.op.metadata["id_token_signing_alg_values_supported"]
    client = module.register(id_token_signed_response_alg="none")
    request = module.request(client)
    tokens = module.redeem(client, module.arrive(request)["code"])
    header, _, signature = tokens["id_token"].split(".")
    assert checks.header_of(f"{header}..")["alg"] == "none"
    assert signature == ""
    claims = checks.claims_of(tokens["id_token"])
    checks.check_id_token(claims, issuer=module.op.issuer, client_id=client.client_id, nonce=request["nonce"])


@everywhere
def test_oidcc_ensure_request_with_unknown_parameter_succeeds(module: Module) -> None:
    module.arrive(module.request(module.register(), extra="foobar"))


@with_code
def test_oidcc_ensure_request_with_valid_pkce_succeeds(module: Module) -> None:
    client, verifier = module.register(), secrets.token_urlsafe(40)
    fields = module.arrive(module.request(client, **s256(verifier)))
    module.redeem(client, fields["code"], code_verifier=verifier)


@everywhere
def test_oidcc_ensure_post_request_succeeds(module: Module) -> None:
    client = module.register()
    request = module.request(client)
    where = module.browser.post(module.op.metadata["authorization_endpoint"], request)
    assert "error" not in module.landed(request, where)


@pytest.mark.parametrize("module", plans(code=True, front_id_token=False), indirect=True)
def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(module: Module) -> None:
    assert module.arrive(module.request(module.register(), nonce=None))["code"]


@everywhere
def test_oidcc_redirect_uri_query_ok(module: Module) -> None:
    uri = module.site.url(f"{CALLBACK}/with-query?bar=foo")
    client = module.register(redirect_uris=[uri])
    request = module.request(client)
    where = module.open(request)
    module.landed(request, where)
    assert "bar=foo" in str(where)


@everywhere
@pytest.mark.parametrize(
    "parameters",
    [
        {"display": "page"},
        {"display": "popup"},
        {"claims_locales": "se"},
        {"ui_locales": "se"},
        {"login_hint": "buffy@localhost"},
    ],
    ids=["display-page", "display-popup", "claims-locales", "ui-locales", "login-hint"],
)
def test_oidcc_parameters_that_must_not_cause_an_error(module: Module, parameters: dict[str, str]) -> None:
    module.arrive(module.request(module.register(), **parameters))


@everywhere
def test_oidcc_ensure_request_with_acr_values_succeeds(module: Module) -> None:
    values = module.op.metadata["acr_values_supported"]
    found = module.sign_in(module.register(), acr_values=" ".join(values))
    assert found.id_claims["acr"] in values


def s256(verifier: str) -> dict[str, str]:
    """The parameters of PKCE."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return {"code_challenge": challenge, "code_challenge_method": "S256"}
