"""Which redirect URIs may be registered, and which one a request means: RFC 9700 §2.1, RFC 8252 §7."""

import ipaddress
import re
from urllib.parse import urlsplit

from hibana_op.records.clients import Client

LONGEST = 2048
# Only what RFC 3986 allows in a URI: no spaces, controls, quotes, backslashes or text beyond ASCII.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")


def fault(uri: str, *, application_type: str) -> str | None:
    """Why a redirect URI cannot be registered, or None."""
    written = _written_fault(uri)
    if written is not None:
        return written
    parts = urlsplit(uri)
    scheme = parts.scheme.lower()
    if scheme == "https":
        return None if parts.hostname else "must name a host"
    if scheme == "http":
        local = parts.hostname is not None and is_loopback(parts.hostname)
        return None if local else "must use https; http is for localhost only"
    return _private_use_fault(scheme, application_type)


def _written_fault(uri: str) -> str | None:
    if len(uri) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if "#" in uri:
        return "must not have a fragment"
    if not _URI.fullmatch(uri):
        return "must be an absolute URI of plain ASCII characters"
    try:
        authority = urlsplit(uri).netloc
        urlsplit(uri).port  # noqa: B018 - reading it is the check
    except ValueError:
        return "is not a well-formed URI"
    if "*" in authority:
        return "must not hold a wildcard: each address is registered in full"
    return "must not hold a user name" if "@" in authority else None


def _private_use_fault(scheme: str, application_type: str) -> str | None:
    if "." not in scheme:
        return "must use https, or for a native app a private-use scheme with a dot such as com.example.app"
    if application_type != "native":
        return "must use https; a private-use scheme is for application_type native"
    return None


def is_loopback(host: str) -> bool:
    """Whether a host is this very machine: localhost or a loopback address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_registered(uri: str, client: Client) -> bool:
    """Whether a request's URI is one of the client's, byte for byte; only a loopback address may vary its port."""
    if uri in client.redirect_uris:
        return True
    return any(_same_but_port(uri, registered) for registered in client.redirect_uris)


_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?((?:/[^?#]*)?(?:\?[^#]*)?)")


def _same_but_port(uri: str, registered: str) -> bool:
    """RFC 8252 §7.3: a native app on a loopback address is given its port by the system."""
    asked, known = _LOOPBACK.fullmatch(uri), _LOOPBACK.fullmatch(registered)
    if asked is None or known is None:
        return False
    return asked[1] == known[1] and asked[3] == known[3] and int(asked[2] or 80) <= 65535
