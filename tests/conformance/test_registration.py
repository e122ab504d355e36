"""Dynamic registration as developers and the plans use it."""

import json
import secrets
import struct
import time
import zlib
from urllib.parse import urljoin

import pytest

from tests.conformance import checks
from tests.conformance.conftest import CODE, plans
from tests.conformance.rp import CALLBACK, Module
from tests.server import HibanaProcess

ENGINES = [pytest.param((engine, CODE), id=engine) for engine in ("sqlite", "postgres")]
everywhere = pytest.mark.parametrize("module", plans(), indirect=True)
code_flow = pytest.mark.parametrize("module", ENGINES, indirect=True)


@pytest.mark.parametrize("module", plans(code=True), indirect=True)
def test_oidcc_registration_jwks_uri(module: Module) -> None:
    uri = module.site.serve(f"/jwks/{module.keys.kid}", module.keys.encoded(), "application/json")
    module.sign_in(module.register(token_endpoint_auth_method="private_key_jwt", jwks=None, jwks_uri=uri))


@everywhere
def test_oidcc_registration_logo_uri(module: Module) -> None:
    path = f"/logo/{secrets.token_urlsafe(8)}.png"
    uri = module.site.serve(path, a_png(), "image/png")
    client = module.register(logo_uri=uri)
    page = module.browser.look_at(module.url(module.request(client)))
    assert page.path.endswith("/login")
    logo = next(image for image in page.document.images if client.client_id in image)
    shown = module.browser.http.get(urljoin(str(page.response.url), logo))
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "image/png"
    assert module.site.count(path) == 1


@everywhere
@pytest.mark.parametrize("member", ["policy_uri", "tos_uri"])
def test_oidcc_registration_policy_uri_and_tos_uri(module: Module, member: str) -> None:
    uri = module.site.url(f"/{member}")
    page = module.browser.look_at(module.url(module.request(module.register(**{member: uri}))))
    assert page.path.endswith("/login")
    link = next(link for link in page.document.links if link["href"] == uri)
    assert {"noopener", "noreferrer"} <= set(link["rel"].split())


@everywhere
def test_oidcc_registration_sector_uri(module: Module) -> None:
    redirect_uri = module.site.url(f"{CALLBACK}/sector")
    document = json.dumps([redirect_uri]).encode()
    uri = module.site.serve(f"/sector/{secrets.token_urlsafe(8)}", document, "application/json")
    members = {"subject_type": "pairwise", "sector_identifier_uri": uri, "redirect_uris": [redirect_uri]}
    one, another = module.register(**members), module.register(**members)
    public = module.register()
    subjects = [module.sign_in(client).id_claims["sub"] for client in (one, another, public)]
    assert subjects[0] == subjects[1] != subjects[2]


@everywhere
def test_oidcc_registration_sector_bad(module: Module) -> None:
    document = json.dumps([module.site.url("/another")]).encode()
    uri = module.site.serve(f"/sector/{secrets.token_urlsafe(8)}", document, "application/json")
    response = module.post_registration(subject_type="pairwise", sector_identifier_uri=uri)
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_client_metadata"


@code_flow
def test_oidcc_server_rotate_keys(module: Module, process: HibanaProcess) -> None:
    before = signing_kids(module)
    process.command("keys", "rotate", "--alg", "RS256")
    give_up = time.monotonic() + 10
    while (after := signing_kids(module)) == before and time.monotonic() < give_up:
        time.sleep(0.05)  # every worker sees the new key within a second
    assert before < after
    found = module.sign_in(module.register())
    assert checks.header_of(found.id_token)["kid"] in after


@pytest.mark.parametrize("module", plans(code=True), indirect=True)
def test_oidcc_ensure_client_assertion_with_iss_aud_succeeds(module: Module) -> None:
    client = module.register(token_endpoint_auth_method="private_key_jwt")
    code = module.arrive(module.request(client))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": client.redirect_uri}
    proof = client.keys.assertion(client.information, audience=module.op.issuer)
    with module.op.http() as http:
        response = http.post(module.op.metadata["token_endpoint"], data={**form, **proof})
    assert response.status_code == 200, response.text


@code_flow
def test_oidcc_3rd_party_init_login(module: Module) -> None:
    uri = module.site.url("/initiate")
    client = module.register(initiate_login_uri=uri)
    assert client.information["initiate_login_uri"] == uri
    with module.op.http() as http:
        bearer = {"Authorization": f"Bearer {client.information['registration_access_token']}"}
        response = http.get(client.information["registration_client_uri"], headers=bearer)
    assert response.status_code == 200
    assert response.json()["initiate_login_uri"] == uri
    assert "client_secret" not in response.json()


@code_flow
def test_oidcc_3rd_party_init_login_nohttps(module: Module) -> None:
    response = module.post_registration(initiate_login_uri="http://rp.example/initiate")
    assert response.status_code == 400
    assert response.headers["content-type"].partition(";")[0] == "application/json"
    assert response.json()["error"] == "invalid_client_metadata"


def signing_kids(module: Module) -> set[str]:
    """The keys that are published for signatures."""
    return {key["kid"] for key in module.op.jwks()["keys"] if key["use"] == "sig"}


def a_png() -> bytes:
    """The smallest picture there is: one transparent dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 5)) + chunk(b"IEND", b"")
    )
