"""Logout that the app begins."""

from urllib.parse import urlencode

import pytest

from tests.conformance.browser import Landing, Stop
from tests.conformance.checks import LOGIN_ERRORS, claims_of
from tests.conformance.conftest import plans
from tests.conformance.keys import unsigned
from tests.conformance.rp import Module, RpClient, SignedIn

everywhere = pytest.mark.parametrize("module", plans(form_post=False), indirect=True)
PATH = "/post_logout_redirect"
STATE = "a state+with/odd=characters&more"


def begin(module: Module) -> tuple[RpClient, SignedIn]:
    """A client that may be returned to after logout, and a sign-in to it."""
    client = module.register(post_logout_redirect_uris=[module.site.url(PATH)])
    return client, module.sign_in(client)


def log_out(module: Module, **parameters: str) -> Landing | Stop:
    """Send the browser to the end of its session; it agrees to whatever it is asked."""
    return module.browser.open(f"{module.op.metadata['end_session_endpoint']}?{urlencode(parameters)}")


def ask(module: Module, **parameters: str) -> Stop:
    """The same, but look only."""
    return module.browser.look_at(f"{module.op.metadata['end_session_endpoint']}?{urlencode(parameters)}")


def check_signed_out(module: Module, client: RpClient) -> None:
    """Nobody is signed in any more."""
    module.refused(module.request(client, prompt="none"), *LOGIN_ERRORS)


@everywhere
def test_oidcc_rp_initiated_logout(module: Module) -> None:
    client, found = begin(module)
    where = log_out(module, id_token_hint=found.id_token, post_logout_redirect_uri=module.site.url(PATH), state=STATE)
    assert isinstance(where, Landing)
    assert where.url.partition("?")[0] == module.site.url(PATH)
    assert where.query == {"state": STATE}
    check_signed_out(module, client)


@everywhere
def test_oidcc_rp_initiated_logout_no_state(module: Module) -> None:
    client, found = begin(module)
    where = log_out(module, id_token_hint=found.id_token, post_logout_redirect_uri=module.site.url(PATH))
    assert isinstance(where, Landing)
    assert where.query == {}
    check_signed_out(module, client)


@everywhere
@pytest.mark.parametrize("change", ["/elsewhere", "?foo=bar"], ids=["bad", "query-added"])
def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(module: Module, change: str) -> None:
    _, found = begin(module)
    where = log_out(
        module, id_token_hint=found.id_token, post_logout_redirect_uri=module.site.url(PATH + change), state=STATE
    )
    assert isinstance(where, Stop)


@everywhere
def test_oidcc_rp_initiated_logout_modified_id_token_hint(module: Module) -> None:
    _, found = begin(module)
    hint = unsigned(claims_of(found.id_token))
    where = log_out(module, id_token_hint=hint, post_logout_redirect_uri=module.site.url(PATH), state=STATE)
    assert isinstance(where, Stop)


@everywhere
def test_oidcc_rp_initiated_logout_bad_id_token_hint(module: Module) -> None:
    client, found = begin(module)
    claims = claims_of(found.id_token)
    hint = client.keys.sign({**claims, "iss": claims["aud"], "aud": claims["iss"]})
    where = log_out(module, id_token_hint=hint, post_logout_redirect_uri=module.site.url(PATH), state=STATE)
    assert isinstance(where, Stop)


@everywhere
def test_oidcc_rp_initiated_logout_no_id_token_hint(module: Module) -> None:
    begin(module)
    where = log_out(module, post_logout_redirect_uri=module.site.url(PATH), state=STATE)
    assert isinstance(where, Stop)


@everywhere
@pytest.mark.parametrize("parameters", [{}, {"state": STATE}], ids=["no-params", "only-state"])
def test_oidcc_rp_initiated_logout_without_an_address_ends_at_a_page(
    module: Module, parameters: dict[str, str]
) -> None:
    client, _ = begin(module)
    where = log_out(module, **parameters)
    assert isinstance(where, Stop)
    assert where.response.status_code == 200
    check_signed_out(module, client)


@everywhere
def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(module: Module) -> None:
    client, found = begin(module)
    where = log_out(module, id_token_hint=found.id_token, state=STATE)
    assert isinstance(where, Stop)
    assert where.response.status_code == 200
    check_signed_out(module, client)


@everywhere
def test_a_logout_without_proof_asks_first(module: Module) -> None:
    begin(module)
    assert ask(module).document.form_at("/logout") is not None
