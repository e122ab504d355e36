"""What an app compares to learn whether its person is still signed in: OpenID Connect Session Management 1.0."""

import hashlib
from urllib.parse import urlsplit

from hibana_op.foundation import secrets

CHECK_SESSION_PATH = "/check_session"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def session_state(client_id: str, redirect_uri: str, browser_state: str) -> str:
    """The `session_state` of an answer (§3); the frame at CHECK_SESSION_PATH computes the same from its cookie."""
    salt = secrets.token()[:22]
    text = f"{client_id} {web_origin(redirect_uri)} {browser_state} {salt}"
    return f"{hashlib.sha256(text.encode()).hexdigest()}.{salt}"


def web_origin(uri: str) -> str:
    """The origin of a page, spelled as browsers do (RFC 6454 §6.1); for a private-use scheme only a placeholder."""
    parts = urlsplit(uri)
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or parts.hostname is None:
        return "null"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    is_default = parts.port in (None, _DEFAULT_PORTS[scheme])
    return f"{scheme}://{host}" if is_default else f"{scheme}://{host}:{parts.port}"
