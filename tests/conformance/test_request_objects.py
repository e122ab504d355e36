"""Request objects by value and by reference."""

import base64
import hashlib
import secrets
from typing import Any

import pytest

from tests.conformance.conftest import plans
from tests.conformance.keys import encrypted_for, unsigned
from tests.conformance.rp import Module

everywhere = pytest.mark.parametrize("module", plans(), indirect=True)
JWT = "application/oauth-authz-req+jwt"
# What stays outside an object although it stands inside too (Core §6.1).
REPEATED = ("client_id", "response_type", "scope", "redirect_uri")


@everywhere
def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(module: Module) -> None:
    assert "none" in module.op.metadata["request_object_signing_alg_values_supported"]
    request = module.request(module.register())
    outer = {name: request[name] for name in REPEATED}
    check_arrival(module, request, {**outer, "request": unsigned(request)})


@everywhere
def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(module: Module) -> None:
    path = f"/request/{secrets.token_urlsafe(8)}"
    uris = [module.site.url(path)]
    client = module.register(request_uris=uris)
    request = module.request(client)
    body = unsigned(request)
    module.site.serve(path, body.encode(), JWT)
    uri = f"{uris[0]}#{fragment(body)}"
    outer = {name: request[name] for name in REPEATED}
    check_arrival(module, request, {**outer, "request_uri": uri})


@everywhere
def test_oidcc_ensure_request_object_with_redirect_uri(module: Module) -> None:
    request = module.request(module.register())
    outer = {name: request[name] for name in REPEATED}
    outer["redirect_uri"] += "_invalid"
    check_arrival(module, request, {**outer, "request": unsigned(request)})


@everywhere
@pytest.mark.parametrize("signed", [True, False], ids=["signed-rs256", "unsigned"])
def test_oidcc_request_uri(module: Module, *, signed: bool) -> None:
    """Dynamic: oidcc-request-uri-unsigned and oidcc-request-uri-signed-rs256."""
    assert "RS256" in module.op.metadata["request_object_signing_alg_values_supported"]
    assert module.op.metadata["request_uri_parameter_supported"] is True
    path = f"/request/{secrets.token_urlsafe(8)}"
    algorithm = {"request_object_signing_alg": "RS256" if signed else "none"}
    client = module.register(**algorithm, request_uris=[module.site.url(path)])
    request = module.request(client)
    claims = {**request, "iss": client.client_id, "aud": module.op.issuer}
    body = client.keys.sign(claims) if signed else unsigned(claims)
    uri = module.site.serve(path, body.encode(), JWT)
    outer = {name: request[name] for name in ("client_id", "response_type", "scope")}
    check_arrival(module, request, {**outer, "request_uri": uri})


@pytest.mark.parametrize("module", plans(form_post=False), indirect=True)
@pytest.mark.parametrize(("alg", "enc"), [("RSA-OAEP", "A128CBC-HS256"), ("ECDH-ES+A256KW", "A256GCM")])
def test_a_signed_and_encrypted_request_object_is_understood(module: Module, alg: str, enc: str) -> None:
    client = module.register(
        request_object_signing_alg="RS256", request_object_encryption_alg=alg, request_object_encryption_enc=enc
    )
    request = module.request(client)
    signed = client.keys.sign({**request, "iss": client.client_id, "aud": module.op.issuer})
    outer = {name: request[name] for name in ("client_id", "response_type", "scope")}
    check_arrival(module, request, {**outer, "request": encrypted_for(module.op.jwks(), signed, alg=alg, enc=enc)})


def check_arrival(module: Module, meant: dict[str, str], sent: dict[str, str]) -> None:
    """What is sent brings the answer to what is meant."""
    where = module.open(sent)
    fields = module.landed(meant, where)
    assert "error" not in fields, fields
    if "id_token" in fields:
        client = next(each for each in module.clients if each.client_id == meant["client_id"])
        module.id_claims(client, fields["id_token"], meant)


def fragment(body: str) -> str:
    """The hash of a document that may follow its address (Core §6.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(body.encode()).digest()).rstrip(b"=").decode()


def test_the_hash_of_a_document_is_that_of_the_specification() -> None:
    known: dict[str, Any] = {"": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"}
    assert {text: fragment(text) for text in known} == known
