"""What apps sign: assertions of who they are, and request objects, with keys and secrets of their own."""

import hmac
import json
from typing import Any

from hibana_op.foundation import jose, secrets
from hibana_op.foundation.base64url import encode
from hibana_op.records.clients import Client
from tests.deployment import request
from tests.schema import ISSUER

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


class AppKey:
    """A key pair of an app; `jwk` is the public half as the app registers it."""

    def __init__(self, algorithm: str = "ES256", *, kid: str | None = None) -> None:
        new = jose.generate(algorithm)
        self.algorithm = algorithm
        self.kid = kid or new.kid
        self.jwk = {**new.public_jwk, "kid": self.kid}
        self._signing = jose.load(new.kid, algorithm, new.private_pem, new.public_jwk)

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """A token; a header member that is None is left out."""
        whole = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT", **header}
        signed = f"{part({name: value for name, value in whole.items() if value is not None})}.{part(claims)}"
        return f"{signed}.{encode(self.sign_bytes(signed.encode()))}"

    def sign_bytes(self, message: bytes) -> bytes:
        """The bare signature."""
        return jose.ALGORITHMS[self.algorithm].sign(self._signing.private, message)


def key_set(*keys: AppKey) -> dict[str, Any]:
    """The JWK Set of some keys."""
    return {"keys": [key.jwk for key in keys]}


def mac(secret: str, claims: dict[str, Any], algorithm: str = "HS256", **header: Any) -> str:
    """A token signed with a shared secret."""
    signed = f"{part({'alg': algorithm, **header})}.{part(claims)}"
    return f"{signed}.{encode(hmac.digest(secret.encode(), signed.encode(), _HASHES[algorithm]))}"


def unsigned(claims: dict[str, Any], **header: Any) -> str:
    """A token that nobody signed."""
    return f"{part({'alg': 'none', **header})}.{part(claims)}."


def part(value: object) -> str:
    """A value as a segment of a token."""
    return encode(json.dumps(value, separators=(",", ":")).encode())


def assertion_claims(client_id: str, *, now: int, issuer: str = ISSUER, **changes: Any) -> dict[str, Any]:
    """What a good assertion says; None takes a claim out."""
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "jti": secrets.token(),
        "iat": now,
        "exp": now + 60,
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def asserted(assertion: str, **form: str) -> dict[str, str]:
    """The form in which an assertion is sent."""
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion, **form}


def request_claims(client: Client, **changes: Any) -> dict[str, Any]:
    """What a good request object says; None takes a claim out."""
    claims = {"iss": client.client_id, "aud": ISSUER, **request(client), **changes}
    return {name: value for name, value in claims.items() if value is not None}
