"""Random tokens, their fingerprints, and a type for values that must not be printed."""

import base64
import hashlib
import hmac
import secrets


class Secret(str):
    """A string that shows as *** when it is printed, logged or represented."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def reveal(self) -> str:
        """The value itself, for the one call that needs it."""
        return str.__str__(self)


def token() -> str:
    """256 random bits as url-safe text: codes, tokens, session ids, client secrets."""
    return secrets.token_urlsafe(32)


def digest(value: str) -> str:
    """The SHA-256 of a random token, base64url: what the database keeps of it."""
    raw = hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def same(one: str, other: str) -> bool:
    """Compare two strings in a time that does not depend on where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
