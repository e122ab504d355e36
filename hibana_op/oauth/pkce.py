"""Proof Key for Code Exchange: RFC 7636, method S256 only (RFC 9700 §2.1.1)."""

import re

from hibana_op.foundation.errors import InvalidGrant, InvalidRequest
from hibana_op.foundation.explanation import Explanation, size
from hibana_op.foundation.secrets import digest, same
from hibana_op.oauth.call import Form
from hibana_op.records.clients import Client

METHODS = ("S256",)
_NO_CHALLENGE = Explanation("pkce_missing", METHODS, parameter="code_challenge")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def read_challenge(form: Form, client: Client) -> str | None:
    """The challenge of an authorization request, checked; None when the client may do without."""
    challenge, method = form.maybe("code_challenge"), form.maybe("code_challenge_method")
    if challenge is None:
        if method is not None:
            raise InvalidRequest("code_challenge_method is given without a code_challenge", because=_NO_CHALLENGE)
        if client.require_pkce or client.is_public:
            description = "code_challenge is missing: this client must use PKCE with S256"
            raise InvalidRequest(description, because=_NO_CHALLENGE)
        return None
    if method not in METHODS:
        because = Explanation("pkce_method", METHODS, method or "nothing, which means plain", "code_challenge_method")
        raise InvalidRequest("code_challenge_method must be S256", because=because)
    if not _CHALLENGE.fullmatch(challenge):
        because = Explanation(
            "pkce_challenge_malformed", ("43 characters A-Z a-z 0-9 - _",), size(challenge), "code_challenge"
        )
        raise InvalidRequest(
            "code_challenge must be 43 characters of base64url, the SHA-256 of the verifier", because=because
        )
    return challenge


def verify(challenge: str | None, verifier: str | None) -> None:
    """Check a verifier against the challenge of its code (§4.6); a verifier without a challenge is refused too."""
    if challenge is None:
        if verifier is not None:
            because = Explanation("pkce_verifier_unexpected", parameter="code_verifier")
            raise InvalidGrant(
                "code_verifier is given, but the authorization request had no code_challenge", because=because
            )
        return
    if verifier is None:
        because = Explanation("pkce_verifier_missing", parameter="code_verifier")
        raise InvalidGrant("code_verifier is missing", because=because)
    if not _VERIFIER.fullmatch(verifier):
        because = Explanation(
            "pkce_verifier_malformed", ("43 to 128 characters A-Z a-z 0-9 - . _ ~",), size(verifier), "code_verifier"
        )
        raise InvalidGrant("code_verifier must be 43 to 128 unreserved characters", because=because)
    if not same(digest(verifier), challenge):  # base64url of the SHA-256, §4.6
        because = Explanation("pkce_verifier_wrong", sent=size(verifier), parameter="code_verifier")
        raise InvalidGrant("code_verifier does not match the code_challenge", because=because)
