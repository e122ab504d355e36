"""What settings must be together: the refusals of an unsafe production start, and of an exposed demo."""

import ssl
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from hibana_op.config.parsers import LOOPBACK_NAMES
from hibana_op.config.settings import Mode
from hibana_op.config.sources import writable_by_others


def faults_together(values: Mapping[str, Any], mode: Mode, host: str) -> list[str]:
    """Every fault that no setting has alone; an absent value means it was not given or is wrong already."""
    found = [*_pairs(values), *_tls(values)]
    if mode == "dev" and host.strip("[]") not in LOOPBACK_NAMES:
        found.append(
            f"--host {host}: `hibana dev` has known passwords and listens on this machine only; "
            "use localhost, or `hibana serve`"
        )
    return found


def faults_in_production(values: Mapping[str, Any], given: Mapping[str, object]) -> list[str]:
    """What `hibana serve` cannot do without, and what it will not start with."""
    found = []
    if "issuer" not in given:
        found.append("HIBANA_ISSUER is not set; give the address people will see, like https://id.example.com")
    if "master_key" not in given:
        found.append("HIBANA_MASTER_KEY is not set; make one with: openssl rand -base64 32 | tr '+/' '-_'")
    elif "master_key" in values and not _is_local(values) and (why := _weakness(values["master_key"].reveal())):
        found.append(f"HIBANA_MASTER_KEY {why}; make one with: openssl rand -base64 32 | tr '+/' '-_'")
    if values.get("signup") == "open" and "smtp__url" not in values and "smtp__url" not in given:
        found.append(
            "HIBANA_SIGNUP is open without HIBANA_SMTP__URL; name a mail server, because each new address is confirmed"
        )
    if not _is_local(values):
        found += [
            f"HIBANA_RELATED_ORIGINS lists {origin}, where anybody on the way could read along; write https://"
            for origin in values.get("related_origins", ())
            if origin.startswith("http:")
        ]
    if "database_url" in values:
        found += _database_folder(values["database_url"].reveal())
    return found


def _is_local(values: Mapping[str, Any]) -> bool:
    """Whether the deployment can be reached from this machine only, as for a trial."""
    return (urlsplit(values.get("issuer", "")).hostname or "") in LOOPBACK_NAMES


def _pairs(values: Mapping[str, Any]) -> list[str]:
    pairs = (
        ("tls_cert", "tls_key"),
        ("bootstrap_admin_email", "bootstrap_admin_password"),
        ("google__client_id", "google__client_secret"),
    )
    found = []
    for one, other in (*pairs, *(pair[::-1] for pair in pairs)):
        if one in values and other not in values:
            found.append(f"HIBANA_{one.upper()} is given without HIBANA_{other.upper()}; give both or neither")
    return found


def _tls(values: Mapping[str, Any]) -> list[str]:
    if "tls_cert" not in values or "tls_key" not in values:
        return []
    found = []
    if fault := writable_by_others(values["tls_key"].stat().st_mode, "HIBANA_TLS_KEY", values["tls_key"]):
        found.append(fault)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(values["tls_cert"], values["tls_key"], password="")
    except (ssl.SSLError, OSError):
        found.append("HIBANA_TLS_CERT and HIBANA_TLS_KEY do not belong together or are not PEM; check both files")
    if values.get("issuer", "https:").startswith("http:"):
        found.append("HIBANA_ISSUER begins with http:// although Hibana serves TLS itself; write https://")
    return found


def _weakness(text: str) -> str | None:
    from hibana_op.foundation.vault import parse_master_key  # noqa: PLC0415 -- the crypto library loads slowly

    key = parse_master_key(text)
    steps = {(later - earlier) % 256 for earlier, later in pairwise(key)}
    if len(steps) == 1 or len(set(key)) < 16:
        return "follows a pattern, so it can be guessed"
    if key.decode("latin-1").isascii() and key.decode("latin-1").isprintable():
        return "is readable text, so it is not random"
    return None


def sqlite_path(url: str) -> Path | None:
    """The file of a `sqlite:///` URL; None for a server."""
    return Path(unquote(urlsplit(url).path[1:])) if url.startswith("sqlite:") else None


def _database_folder(url: str) -> list[str]:
    path = sqlite_path(url)
    if path is None:
        return []
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as reason:
        return [
            f"HIBANA_DATABASE_URL: the folder {str(path.parent)!r} is missing and cannot be made "
            f"({reason.strerror}); make it, or name another"
        ]
    return []
