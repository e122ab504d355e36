"""Proof Key for Code Exchange: RFC 7636, method S256 only (RFC 9700 §2.1.1)."""

import re

from hibana_op.foundation.errors import InvalidGrant, InvalidRequest
from hibana_op.foundation.secrets import digest, same
from hibana_op.oauth.call import Form
from hibana_op.records.clients import Client

METHODS = ("S256",)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def read_challenge(form: Form, client: Client) -> str | None:
    """The challenge of an authorization request, checked; None when the client may do without."""
    challenge, method = form.maybe("code_challenge"), form.maybe("code_challenge_method")
    if challenge is None:
        if method is not None:
            raise InvalidRequest("code_challenge_method is given without a code_challenge")
        if client.require_pkce or client.is_public:
            raise InvalidRequest("code_challenge is missing: this client must use PKCE with S256")
        return None
    if method != "S256":
        raise InvalidRequest("code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequest("code_challenge must be 43 characters of base64url, the SHA-256 of the verifier")
    return challenge


def verify(challenge: str | None, verifier: str | None) -> None:
    """Check a verifier against the challenge of its code (§4.6); a verifier without a challenge is refused too."""
    if challenge is None:
        if verifier is not None:
            raise InvalidGrant("code_verifier is given, but the authorization request had no code_challenge")
        return
    if verifier is None:
        raise InvalidGrant("code_verifier is missing")
    if not _VERIFIER.fullmatch(verifier):
        raise InvalidGrant("code_verifier must be 43 to 128 unreserved characters")
    if not same(digest(verifier), challenge):  # base64url of the SHA-256, §4.6
        raise InvalidGrant("code_verifier does not match the code_challenge")
