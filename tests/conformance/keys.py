"""The relying party's own keys: for assertions and request objects, made with joserfc."""

import base64
import json
import secrets
import time
from functools import cache
from typing import Any

from joserfc import jwe, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@cache
def _rsa() -> RSAKey:
    # One key for every module of this process: making one takes a good part of a second.
    return RSAKey.generate_key(2048)


class RpKeys:
    """A key pair under a kid of its own."""

    def __init__(self, *, fresh: bool = False) -> None:
        self.kid = secrets.token_urlsafe(8)
        self._key = RSAKey.generate_key(2048) if fresh else _rsa()

    def public(self) -> dict[str, Any]:
        """The JWK Set that a client registers or publishes."""
        members = self._key.as_dict(private=False)
        return {"keys": [{**members, "kid": self.kid, "use": "sig", "alg": "RS256"}]}

    def encoded(self) -> bytes:
        """The same as a document."""
        return json.dumps(self.public()).encode()

    def sign(self, claims: dict[str, Any], *, algorithm: str = "RS256", **header: Any) -> str:
        """A signed token with these claims."""
        return jwt.encode({"alg": algorithm, "kid": self.kid, **header}, claims, self._key, algorithms=[algorithm])

    def assertion(self, information: dict[str, Any], *, audience: str) -> dict[str, str]:
        """The form fields of private_key_jwt, or of client_secret_jwt where the client has a secret for it."""
        now = int(time.time())
        client_id = information["client_id"]
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
        }
        if information["token_endpoint_auth_method"] == "client_secret_jwt":
            key = OctKey.import_key(information["client_secret"].encode())
            signed = jwt.encode({"alg": "HS256"}, claims, key, algorithms=["HS256"])
        else:
            signed = self.sign(claims)
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}


def unsigned(claims: dict[str, Any]) -> str:
    """A token with alg none."""
    header, payload = (_encoded(part) for part in ({"alg": "none"}, claims))
    return f"{header}.{payload}."


def encrypted_for(jwks: dict[str, Any], text: str, *, alg: str, enc: str) -> str:
    """A token encrypted to the provider's published key."""
    kty = "RSA" if alg.startswith("RSA") else "EC"
    member = next(key for key in jwks["keys"] if key["use"] == "enc" and key["kty"] == kty)
    key = RSAKey.import_key(member) if kty == "RSA" else ECKey.import_key(member)
    header = {"alg": alg, "enc": enc, "kid": member["kid"], "cty": "JWT"}
    return jwe.encrypt_compact(header, text, key, algorithms=[alg, enc])


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
