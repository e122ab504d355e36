"""idpyoidc signs people out, and understands that they were signed out elsewhere."""

import secrets
from typing import Any

import pytest
from idpyoidc.client.oauth2.stand_alone_client import backchannel_logout
from idpyoidc.exception import MessageException

from tests.conformance.browser import Landing
from tests.interop.idpyoidc_party import AFTER_LOGOUT, Parties, Party
from tests.interop.variants import ID_TOKEN_ALGORITHMS, each


def log_out(parties: Parties, party: Party, state: str) -> Landing:
    """Where the library's own request leads."""
    told: dict[str, Any] = party.client.logout(state, post_logout_redirect_uri=parties.site.url(AFTER_LOGOUT))
    where = party.browser.open(told["url"])
    assert isinstance(where, Landing), where
    assert where.query["state"] == told["request"]["state"]
    return where


@each("response_type", ["code", "id_token", "code id_token token"])
def test_it_ends_the_session_at_the_provider(parties: Parties, engine: str, response_type: str) -> None:
    party = parties.register(engine, response_type)
    found = party.sign_in()
    log_out(parties, party, found["state"])
    fields = party.arrive(party.client.init_authorization({"prompt": "none"}))
    assert fields["error"] == "login_required"
    assert party.client.finalize(fields)["error"] == "login_required"


@each("algorithm", ID_TOKEN_ALGORITHMS)
def test_it_verifies_logout_tokens(parties: Parties, engine: str, algorithm: str) -> None:
    path = f"/back/{secrets.token_urlsafe(8)}"
    wishes: dict[str, Any] = {
        "backchannel_logout_uri": parties.site.url(path),
        "backchannel_logout_session_required": True,
        "id_token_signing_alg_values_supported": [algorithm],
    }
    party, stranger = parties.register(engine, **wishes), parties.register(engine)
    found = party.sign_in()
    log_out(parties, party, found["state"])
    told = parties.site.wait_for(path).form
    assert backchannel_logout(party.client, request_args=told) == found["state"]
    with pytest.raises(MessageException, match="Bogus"):
        backchannel_logout(stranger.client, request_args=told)


@each("response_type", ["code", "code id_token"])
def test_it_is_told_in_a_frame(parties: Parties, engine: str, response_type: str) -> None:
    path = f"/front/{secrets.token_urlsafe(8)}"
    wishes = {
        "frontchannel_logout_uri": parties.site.url(path),
        "frontchannel_logout_session_required": True,
    }
    party = parties.register(engine, response_type, **wishes)
    found = party.sign_in()
    log_out(parties, party, found["state"])
    assert parties.site.wait_for(path).query == {"iss": found["issuer"], "sid": found["id_token"]["sid"]}
