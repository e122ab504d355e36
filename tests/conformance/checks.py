"""What certification checks of every answer, whatever the module is about."""

import base64
import hashlib
import json
import math
import re
import time
from collections import Counter
from typing import Any

import httpx2
from joserfc import jws
from joserfc.jwk import KeySet

from tests.conformance.browser import Landing

AN_HOUR, A_YEAR = 3600, 365 * 86400
_DESCRIPTION = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")
# An ID token may hold these, and beyond them only claims of the scopes that were asked for.
PROTOCOL_CLAIMS = {
    *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "c_hash", "s_hash"),
    *("nbf", "jti", "sid", "txn"),
}
LOGIN_ERRORS = {"login_required", "interaction_required", "consent_required", "account_selection_required"}


def has_entropy(text: str, *, least: int = 16) -> bool:
    """At least so long, and more than 96 bits by Shannon's measure."""
    counts = Counter(text)
    bits = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    return len(text) >= least and bits * len(text) > 96


def check_landing(landing: Landing, *, issuer: str, state: str | None, fields: dict[str, str]) -> None:
    """The state comes back exactly, and the issuer names itself."""
    assert fields.get("state") == state, landing
    assert fields.get("iss") == issuer, landing


def check_error_landing(landing: Landing, fields: dict[str, str]) -> None:
    """Only what an error response may hold."""
    assert "error" in fields, landing
    assert not fields.keys() - {"error", "error_description", "error_uri", "state", "session_state", "iss"}, landing
    assert _DESCRIPTION.fullmatch(fields.get("error_description", "")), landing


def check_token_error(response: httpx2.Response, error: str) -> None:
    """A refusal of the token endpoint."""
    assert response.status_code == 400, response.text
    assert response.headers["content-type"].partition(";")[0] == "application/json"
    body = response.json()
    assert body["error"] == error, body
    assert _DESCRIPTION.fullmatch(body.get("error_description", "")), body


def header_of(token: str) -> dict[str, Any]:
    """The header of a compact token."""
    found: dict[str, Any] = json.loads(_decoded(token.split(".", maxsplit=1)[0]))
    return found


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a compact token, unverified."""
    found: dict[str, Any] = json.loads(_decoded(token.split(".")[1]))
    return found


def verified(token: str, jwks: dict[str, Any], *, algorithm: str) -> dict[str, Any]:
    """The claims of a token that the provider signed with an algorithm, by a key that its header names."""
    header = header_of(token)
    assert header["alg"] == algorithm, header
    assert header["kid"] in {key["kid"] for key in jwks["keys"]}, header
    told = jws.deserialize_compact(token, KeySet.import_key_set(jwks), algorithms=[algorithm])  # type: ignore[arg-type]
    found: dict[str, Any] = json.loads(told.payload)
    return found


def check_id_token(claims: dict[str, Any], *, issuer: str, client_id: str, nonce: str | None) -> None:
    """What holds for every ID token."""
    now = time.time()
    assert claims["iss"] == issuer
    assert client_id in ([claims["aud"]] if isinstance(claims["aud"], str) else claims["aud"])
    assert now < claims["exp"] < now + 50 * A_YEAR
    assert abs(now - claims["iat"]) < 300
    assert claims["sub"]
    assert len(claims["sub"]) <= 255
    assert claims.get("nonce") == nonce
    if "auth_time" in claims:
        assert now - A_YEAR < claims["auth_time"] <= now + 5
    assert claims.get("acr", "?") != ""
    check_standard_claims(claims)


def check_standard_claims(claims: dict[str, Any]) -> None:
    """Types of the standard claims (OpenID Connect Core §5.1)."""
    for name in ("name", "given_name", "family_name", "email", "picture", "website", "zoneinfo", "locale", "gender"):
        value = claims.get(name, "?")
        assert isinstance(value, str), name
        assert value.strip(), name
        assert value != "null", name
    for name in ("email_verified", "phone_number_verified"):
        assert isinstance(claims.get(name, True), bool), name
    updated_at = claims.get("updated_at", 1)
    assert isinstance(updated_at, int | float)
    assert not isinstance(updated_at, bool)
    assert re.fullmatch(r"\d{4}(-\d{2}-\d{2})?", claims.get("birthdate", "2000"))
    assert all(isinstance(value, str) for value in claims.get("address", {}).values())


def half_hash(value: str, algorithm: str = "RS256") -> str:
    """The at_hash or c_hash of a value, made by the relying party's own hand."""
    digest = hashlib.new(f"sha{algorithm[-3:]}", value.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def _decoded(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
