"""Base64url without padding (RFC 7515 §2), and only its one canonical spelling."""

from base64 import urlsafe_b64decode, urlsafe_b64encode


def encode(raw: bytes) -> str:
    """Bytes as url-safe text."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes again; ValueError for padding, foreign characters or stray bits at the end."""
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    # The decoder skips what it does not know, so two texts may mean the same bytes. Only one of them is ours.
    if encode(raw) != text:
        raise ValueError("not canonical base64url")
    return raw
