"""Text to value, one function per kind of setting; a ValueError says what is wrong and the mend."""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from hibana_op.foundation.secrets import Secret

MOST_RELATED_ORIGINS = 20
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*")
_EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.?[^@\s<>,;\"]+")


def issuer(text: str) -> str:
    """An issuer: https, or http on this machine; lower-case host, no default port, no slash at the end."""
    example = "write it like https://id.example.com"
    parts = _split(text, f"is not a URL; {example}")
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not host:
        raise ValueError(f"is not a web address; {example}")
    if "@" in parts.netloc:
        raise ValueError(f"must not carry a user name or password; {example}")
    if "?" in text or "#" in text:
        raise ValueError(f"must not have a query or a fragment; {example}")
    if parts.scheme == "http" and host not in LOOPBACK_NAMES:
        raise ValueError("must begin with https:// (http is allowed on localhost, 127.0.0.1 and [::1] only)")
    path = parts.path.rstrip("/")
    if not _is_host(host) or not _PATH.fullmatch(path):
        raise ValueError(f"has a host or path that is not plain; {example} or https://example.com/id")
    shown_host = f"[{host}]" if ":" in host else host
    default_port = 443 if parts.scheme == "https" else 80
    shown_port = f":{parts.port}" if parts.port not in (None, default_port) else ""
    return f"{parts.scheme}://{shown_host}{shown_port}{path}"


def domain(text: str) -> str:
    """The name of a domain, in small letters."""
    name = text.strip().lower().rstrip(".")
    if not _HOST.fullmatch(name) or "." not in name or re.fullmatch(r"[\d.]+", name):
        raise ValueError("is not a domain; write it like example.com")
    return name


def origins(text: str) -> tuple[str, ...]:
    """Origins as browsers write them: https, or http on this machine, without a path; no more than browsers read."""
    found = []
    for part in _parts(text):
        try:
            origin = issuer(part)
        except ValueError as fault:
            raise ValueError(f"lists {part!r}, which {fault}") from None
        if urlsplit(origin).path:
            raise ValueError(f"lists {part!r}, which has a path; write origins like https://www.example.com")
        found.append(origin)
    if len(found) > MOST_RELATED_ORIGINS:
        raise ValueError(f"lists {len(found)} origins; {MOST_RELATED_ORIGINS} are the most")
    return tuple(dict.fromkeys(found))


def _split(text: str, otherwise: str) -> SplitResult:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("has a character that no URL has; write an international name in its xn-- form")
    try:
        parts = urlsplit(text)
        _ = parts.port, parts.hostname
    except ValueError:
        raise ValueError(otherwise) from None
    return parts


def _is_host(host: str) -> bool:
    if ":" not in host:
        return _HOST.fullmatch(host) is not None
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def database_url(text: str) -> Secret:
    """A database URL; its scheme selects the storage."""
    mend = "write sqlite:///path/to/hibana.db or postgresql://user:password@host/name"
    scheme, _, rest = text.partition("://")
    if scheme == "sqlite":
        if not rest.startswith("/") or rest.rstrip("/") == "" or ":memory:" in rest:
            raise ValueError(f"names no file; {mend}")
    elif scheme in ("postgresql", "postgres"):
        _split(text, f"is not a URL; {mend}")
    else:
        raise ValueError(f"has an unknown scheme; {mend}")
    return Secret(text)


def master_key(text: str) -> Secret:
    """32 bytes in url-safe base64."""
    from hibana_op.foundation.vault import parse_master_key  # noqa: PLC0415 -- the crypto library loads slowly

    try:
        parse_master_key(text)
    except ValueError:
        raise ValueError(
            "is not 32 bytes in url-safe base64; make one with: openssl rand -base64 32 | tr '+/' '-_'"
        ) from None
    return Secret(text)


def master_keys(text: str) -> tuple[Secret, ...]:
    """Several master keys, separated by commas."""
    return tuple(master_key(part) for part in _parts(text))


def networks(text: str) -> tuple[str, ...]:
    """Addresses and networks, none of them so wide that anybody is inside."""
    found = []
    for part in _parts(text):
        try:
            network = ipaddress.ip_network(part, strict=False)
        except ValueError:
            raise ValueError(
                f"{part!r} is not an address or network; list your proxies like 10.0.0.0/8,192.0.2.7"
            ) from None
        if network.prefixlen < (8 if network.version == 4 else 7):
            raise ValueError(f"{part!r} would let anybody pretend an address; list only your own proxies")
        found.append(str(network))
    return tuple(found)


def hosts_or_networks(text: str) -> tuple[str, ...]:
    """Host names, addresses and networks."""
    found = []
    for part in _parts(text):
        try:
            found.append(str(ipaddress.ip_network(part, strict=False)))
        except ValueError:
            if not _HOST.fullmatch(part.lower()) or re.fullmatch(r"[\d./]+", part):
                raise ValueError(
                    f"{part!r} is not a host or network; list them like idp.internal,10.1.0.0/16"
                ) from None
            found.append(part.lower())
    return tuple(found)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def one_of(*allowed: str) -> Callable[[str], str]:
    """A parser that takes exactly these words."""

    def parse(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError(f"cannot be {text!r}; choose {', '.join(allowed[:-1])} or {allowed[-1]}")
        return text.lower()

    return parse


def port(text: str) -> int:
    """A TCP port."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise ValueError(f"cannot be {text!r}; give a port between 1 and 65535")
    return int(text)


def seconds(text: str) -> float:
    """A short wait."""
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", text) or float(text) > 300:
        raise ValueError(f"cannot be {text!r}; give seconds between 0 and 300")
    return float(text)


def smtp_url(text: str) -> Secret:
    """Where mail is handed over."""
    mend = "write smtp://user:password@host:587, or smtps:// for TLS from the first byte"
    parts = _split(text, f"is not a URL; {mend}")
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError(f"is not a mail server's address; {mend}")
    return Secret(text)


def sms_url(text: str) -> Secret:
    """What sends SMS."""
    mend = "write twilio://ACCOUNT_SID:AUTH_TOKEN@FROM, or webhook+https://user:password@host/path"
    parts = _split(text, f"is not a URL; {mend}")
    credentials, _, place = parts.netloc.rpartition("@")
    is_twilio = parts.scheme == "twilio" and all(credentials.partition(":")[::2]) and place
    if not is_twilio and not (parts.scheme == "webhook+https" and parts.hostname):
        raise ValueError(f"is no way to send SMS that is known here; {mend}")
    return Secret(text)


def email(text: str) -> str:
    """A plain e-mail address."""
    if not _EMAIL.fullmatch(text) or not text.isprintable() or len(text) > 254:
        raise ValueError("is not an e-mail address; write it like admin@example.com")
    return text


def client_id(text: str) -> str:
    """What another provider calls us."""
    if not 0 < len(text) <= 255 or not text.isprintable() or " " in text:
        raise ValueError("is not a client ID; copy it as the provider shows it")
    return text


def certificates(text: str) -> Path:
    """A PEM file of certificates, or a folder of such files."""
    from hibana_op.foundation.certificates import read  # noqa: PLC0415 -- the crypto library loads slowly

    path = Path(text)
    try:
        read(path)
    except OSError as reason:
        raise ValueError(f"cannot read {text!r} ({reason.strerror}); give what Hibana may read") from None
    except ValueError as fault:
        raise ValueError(f"names {text!r}, where {fault}; give PEM files of certificates") from None
    return path


def readable_file(text: str) -> Path:
    """A file that is there and can be read."""
    path = Path(text)
    try:
        with path.open("rb") as stream:
            stream.read(1)
    except OSError as reason:
        raise ValueError(f"cannot read {text!r} ({reason.strerror}); give a file that Hibana may read") from None
    return path
