"""Requests that are wrong: what goes back to the app, and what goes nowhere."""

import pytest

from tests.conformance.browser import Landing, Stop
from tests.conformance.conftest import plans
from tests.conformance.rp import CALLBACK, Module

everywhere = pytest.mark.parametrize("module", plans(), indirect=True)


@everywhere
def test_oidcc_response_type_missing(module: Module) -> None:
    request = module.request(module.register(), response_type=None)
    where = module.open(request)
    assert isinstance(where, Landing)
    fields = where.form if module.variant.form_post else where.query
    assert fields["error"] in ("invalid_request", "unsupported_response_type")
    assert fields["state"] == request["state"]
    assert not where.fragment


@pytest.mark.parametrize("module", plans(front_id_token=True), indirect=True)
def test_oidcc_ensure_request_without_nonce_fails(module: Module) -> None:
    module.refused(module.request(module.register(), nonce=None), "invalid_request")


@everywhere
def test_oidcc_ensure_registered_redirect_uri(module: Module) -> None:
    client = module.register()
    check_page(module.open(module.request(client, redirect_uri=f"{client.redirect_uri}/elsewhere")))


@everywhere
def test_oidcc_ensure_redirect_uri_in_authorization_request(module: Module) -> None:
    uris = [module.site.url(f"{CALLBACK}/{name}") for name in ("one", "two")]
    check_page(module.open(module.request(module.register(redirect_uris=uris), redirect_uri=None)))


@everywhere
def test_oidcc_redirect_uri_query_added(module: Module) -> None:
    client = module.register()
    check_page(module.open(module.request(client, redirect_uri=f"{client.redirect_uri}?foo=bar")))


@everywhere
def test_oidcc_redirect_uri_query_mismatch(module: Module) -> None:
    client = module.register(redirect_uris=[module.site.url(f"{CALLBACK}?bar=foo")])
    check_page(module.open(module.request(client, redirect_uri=module.site.url(f"{CALLBACK}?foo=bar"))))


@everywhere
def test_oidcc_redirect_uri_regfrag(module: Module) -> None:
    response = module.post_registration(redirect_uris=[module.site.url(f"{CALLBACK}#foobar")])
    assert response.status_code == 400
    assert response.headers["content-type"].partition(";")[0] == "application/json"
    assert response.json()["error"] in ("invalid_redirect_uri", "invalid_client_metadata")


def check_page(where: Landing | Stop) -> None:
    """An error page of the provider, and no way on from it to the app."""
    assert isinstance(where, Stop), where
    assert where.response.status_code == 400
    assert 'role="alert"' in where.response.text or "<h1" in where.response.text
    assert not where.document.refresh
