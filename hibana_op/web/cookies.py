"""The names of our cookies, and the reading of what a browser sends (RFC 6265bis)."""

_LONGEST_COOKIES = 8192


def cookie_name(name: str, *, secure: bool) -> str:
    """Over TLS the prefix binds a cookie to this very host (RFC 6265bis §4.1.3.2)."""
    return f"__Host-hibana_{name}" if secure else f"hibana_{name}"


def read_cookies(header: str) -> dict[str, str]:
    """Cookies by name; a name that comes twice, or too much of it all, counts as absent."""
    if len(header) > _LONGEST_COOKIES:
        return {}
    found: dict[str, str] = {}
    doubled = set()
    for part in header.split(";"):
        name, equals, value = part.strip().partition("=")
        if equals and name:
            if name in found:
                doubled.add(name)
            found[name] = value
    return {name: value for name, value in found.items() if name not in doubled}
