"""PKCE without the endpoints around it: rows B05 and B06."""

import pytest

from hibana_op.foundation.errors import InvalidGrant, InvalidRequest
from hibana_op.oauth import pkce
from hibana_op.oauth.call import Form
from tests.make import a_client

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
BOTH = {"code_challenge": (CHALLENGE,), "code_challenge_method": ("S256",)}


def test_challenge_is_read() -> None:
    for client in (a_client(), a_client(token_endpoint_auth_method="none"), a_client(require_pkce=False)):
        assert pkce.read_challenge(Form(BOTH), client) == CHALLENGE


def test_B05_only_a_confidential_client_that_is_registered_so_may_do_without() -> None:
    assert pkce.read_challenge(Form(), a_client(require_pkce=False)) is None
    for client in (a_client(), a_client(token_endpoint_auth_method="none", require_pkce=False)):
        with pytest.raises(InvalidRequest, match="must use PKCE"):
            pkce.read_challenge(Form(), client)


def test_B06_a_verifier_is_needed_exactly_when_there_is_a_challenge() -> None:
    pkce.verify(CHALLENGE, VERIFIER)
    pkce.verify(None, None)
    for challenge, verifier in ((CHALLENGE, None), (None, VERIFIER), (CHALLENGE, "x" * 43), (CHALLENGE, CHALLENGE)):
        with pytest.raises(InvalidGrant):
            pkce.verify(challenge, verifier)


@pytest.mark.parametrize("verifier", ["", "x", "v" * 42, "v" * 129, VERIFIER[:-1] + "=", VERIFIER + "\n", "é" * 43])
def test_B06_a_malformed_verifier_is_refused(verifier: str) -> None:
    with pytest.raises(InvalidGrant, match="43 to 128"):
        pkce.verify(CHALLENGE, verifier)
