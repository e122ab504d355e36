"""From sources to Settings: every fault is collected, then all are reported at once."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit, urlunsplit

from hibana_op.config import beside_demo
from hibana_op.config.options import BY_KEY, OPTIONS, Option
from hibana_op.config.rules import faults_in_production, faults_together
from hibana_op.config.settings import (
    Bootstrap,
    BreachedPasswords,
    Google,
    Log,
    Mode,
    Outbound,
    Settings,
    Shown,
    Sms,
    Smtp,
    Tls,
)
from hibana_op.config.sources import Raw, read
from hibana_op.foundation.errors import WrongSettings
from hibana_op.foundation.new_file import new_file
from hibana_op.foundation.secrets import Secret

T = TypeVar("T")


def load(environ: Mapping[str, str], *, file: Path | None, flags: Mapping[str, str], mode: Mode) -> Settings:
    """The settings of this process; `flags` may also carry `data`, `host` and `port` of the command line.

    `dev` needs nothing and makes its own key, `serve` refuses what is unsafe, and `command` stands in
    between: it uses the key in the data directory when there is one and no other is given, and what a demo that
    keeps its data there left for it.
    """
    data_dir = Path(flags.get("data", "hibana-data"))
    given, faults = read(environ, file, flags)
    if mode == "command" and file is None and "database_url" not in given and beside_demo.path(data_dir).is_file():
        given, faults = read(environ, beside_demo.path(data_dir), flags)
    values, parse_faults = _parse(given)
    faults += parse_faults
    faults += faults_together(values, mode, flags.get("host", "localhost"))
    if mode == "serve":
        faults += faults_in_production(values, given)
    if faults:
        raise WrongSettings(faults)
    _fill_defaults(values, given, data_dir, mode, flags.get("port", "8000"))
    return _build(values, given, data_dir, mode)


def _parse(given: Mapping[str, Raw]) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    faults = []
    for key, raw in given.items():
        option = BY_KEY[key]
        try:
            values[key] = option.parse(raw.text.strip() if not option.secret else raw.text)
        except ValueError as fault:
            faults.append(f"{option.name} {fault}")
    return values, faults


def _fill_defaults(values: dict[str, Any], given: dict[str, Raw], data_dir: Path, mode: Mode, port: str) -> None:
    """The defaults that depend on the mode or on another setting."""
    values.setdefault("issuer", f"http://localhost:{port}")
    values.setdefault("database_url", Secret(f"sqlite:///{quote(str(data_dir / 'hibana.db'))}"))
    values.setdefault("smtp__from", f"no-reply@{urlsplit(values['issuer']).hostname}")
    values.setdefault("signup", "open" if mode == "dev" else "invite")
    values.setdefault("shutdown_delay", 0.0 if mode == "dev" else 5.0)
    if "master_key" not in values:
        path = data_dir / "master.key"
        if mode == "dev":
            _make_master_key(path)
        if mode == "dev" or path.is_file():
            values["master_key"] = _read_master_key(path)
            given["master_key"] = Raw("", f"generated, {path}")


def _make_master_key(path: Path) -> None:
    """Write a new key unless there is one: complete or not at all, even when two processes start at once."""
    from hibana_op.foundation.vault import generate_master_key  # noqa: PLC0415 -- the crypto library loads slowly

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists():
            return
        descriptor, written = tempfile.mkstemp(dir=path.parent, prefix=".master.key.")  # always 0600
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(generate_master_key() + "\n")
                stream.flush()
                os.fsync(stream.fileno())
            path.hardlink_to(written)
        except FileExistsError:
            pass  # another process was first, and its key is the one
        finally:
            Path(written).unlink()
    except OSError as reason:
        raise WrongSettings(
            [f"--data {path.parent}: the master key cannot be kept there ({reason.strerror}); name another"]
        ) from None


def _read_master_key(path: Path) -> Secret:
    parse = BY_KEY["master_key"].parse
    try:
        return cast(Secret, parse(path.read_text(encoding="ascii").strip()))
    except OSError as reason:
        raise WrongSettings([f"{path} cannot be read ({reason.strerror}); mend its permissions"]) from None
    except ValueError:
        raise WrongSettings(
            [f"{path} holds no master key; bring the right file back, or remove the folder to start anew"]
        ) from None


def replace_generated_master_key(settings: Settings, key: str) -> None:
    """After the master key was changed: put the new one where the generated one was, the old one beside it."""
    path = settings.data_dir / "master.key"
    if not path.is_file() or _read_master_key(path).reveal() not in {old.reveal() for old in settings.master_keys}:
        return
    kept = path.with_suffix(".key.previous")
    kept.unlink(missing_ok=True)
    kept.hardlink_to(path)
    with new_file(path, replace=True) as stream:
        stream.write(f"{key}\n".encode("ascii"))


def _build(values: Mapping[str, Any], given: Mapping[str, Raw], data_dir: Path, mode: Mode) -> Settings:
    def chosen(key: str, default: T) -> T:
        return cast(T, values.get(key, default))

    keys = (*((values["master_key"],) if "master_key" in values else ()), *chosen("master_key_previous", ()))
    return Settings(
        mode=mode,
        issuer=values["issuer"],
        database_url=values["database_url"],
        data_dir=data_dir,
        master_keys=tuple(dict.fromkeys(keys)),
        trusted_proxies=chosen("trusted_proxies", ()),
        profile=chosen("profile", "oidc"),
        registration=chosen("registration", "token"),
        signup=values["signup"],
        tenant_domain=chosen("tenant_domain", None),
        related_origins=chosen("related_origins", ()),
        outbound=Outbound(allow=chosen("outbound_allow", ()), ca_file=chosen("outbound_ca_file", None)),
        smtp=Smtp(url=chosen("smtp__url", None), sender=values["smtp__from"]),
        sms=Sms(url=chosen("sms__url", None)),
        bootstrap=Bootstrap(
            email=chosen("bootstrap_admin_email", None), password=chosen("bootstrap_admin_password", None)
        ),
        google=_google(values),
        breached_passwords=BreachedPasswords(
            file=chosen("breached_passwords_file", None), url=chosen("breached_passwords_url", None)
        ),
        attestation_roots=chosen("attestation_roots", None),
        tls=Tls(cert=chosen("tls_cert", None), key=chosen("tls_key", None)),
        log=Log(format=chosen("log_format", "text"), level=chosen("log_level", "info")),
        management_port=chosen("management_port", None),
        shutdown_delay=values["shutdown_delay"],
        shown=tuple(_shown(option, values, given) for option in OPTIONS),
    )


def _google(values: Mapping[str, Any]) -> Google | None:
    if "google__client_id" not in values:
        return None
    issuer = {"issuer": values["google__issuer"]} if "google__issuer" in values else {}
    return Google(values["google__client_id"], values["google__client_secret"], **issuer)


def _shown(option: Option, values: Mapping[str, Any], given: Mapping[str, Raw]) -> Shown:
    source = given[option.key].source if option.key in given else "default"
    if option.key not in values:
        return Shown(option.name, option.default.replace("`", ""), source)
    value = values[option.key]
    if option.key == "database_url":
        return Shown(option.name, _without_password(value.reveal()), source)
    if option.secret:
        return Shown(option.name, "***", source)
    if isinstance(value, float):
        return Shown(option.name, f"{value:g}", source)
    return Shown(option.name, ",".join(value) if isinstance(value, tuple) else str(value), source)


def _without_password(url: str) -> str:
    if url.startswith("sqlite:"):
        return url
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    user = f"{user.partition(':')[0]}:***" if ":" in user else user
    return urlunsplit((parts.scheme, user + at + host, parts.path, "***" if parts.query else "", ""))
