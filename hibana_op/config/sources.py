"""Where settings come from: flags, the environment, files named by it, and a TOML file; in that order."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hibana_op.config.options import BY_KEY, OPTIONS

HANDED_OVER = "HIBANA_HANDED_OVER"  # written by `hand_over` for worker processes
_IGNORED_PREFIX = "HIBANA_TEST_"  # the test suite's own
# Kubernetes puts these into every container beside a Service whose name begins with "hibana".
_SERVICE_LINK = re.compile(r"HIBANA_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")
_SERVICE_LINK_URL = re.compile(r"(tcp|udp|sctp)://")
_KEYS_TO_FILES = frozenset({"master_key", "master_key_previous"})


@dataclass(frozen=True, slots=True)
class Raw:
    """A setting as text, and where it stood."""

    text: str
    source: str


def read(environ: Mapping[str, str], file: Path | None, flags: Mapping[str, str]) -> tuple[dict[str, Raw], list[str]]:
    """Every setting that was given, the strongest source winning, and what is wrong with the sources."""
    faults: list[str] = []
    given = _from_file(file, faults) if file is not None else {}
    given |= _from_environment(environ, faults)
    given |= {key: Raw(text, "flag") for key, text in flags.items() if key in BY_KEY}
    return given, faults


def _from_environment(environ: Mapping[str, str], faults: list[str]) -> dict[str, Raw]:
    named = {
        name.removeprefix("HIBANA_").lower(): (name, text)
        for name, text in environ.items()
        if name.startswith("HIBANA_") and text and not _is_foreign(name, text)
    }
    return _resolve(named, "environment", faults)


def _is_foreign(name: str, text: str) -> bool:
    if name == HANDED_OVER or name.startswith(_IGNORED_PREFIX):
        return True
    if name.removeprefix("HIBANA_").lower() in BY_KEY:
        return False
    is_link_url = name.endswith("_PORT") and _SERVICE_LINK_URL.match(text) is not None
    return is_link_url or _SERVICE_LINK.fullmatch(name) is not None


def _from_file(file: Path, faults: list[str]) -> dict[str, Raw]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as reason:
        faults.append(f"{file}: cannot be read ({reason.strerror}); give --config a file that Hibana may read")
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as reason:
        faults.append(f"{file}: is not TOML ({reason}); mend it there")
        return {}
    named = {}
    for path, value in _flatten(content):
        text = _as_text(value)
        if text is None:
            faults.append(f"{path} in {file}: takes a string, a number or a list of strings")
        else:
            named[path.replace(".", "__")] = (f"{path} in {file}", text)
    return _resolve(named, str(file), faults)


def _flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _as_text(value: Any) -> str | None:
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ",".join(value)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    return None


def _resolve(named: Mapping[str, tuple[str, str]], source: str, faults: list[str]) -> dict[str, Raw]:
    """Keep what is known, open the files that `NAME_FILE` points to, and report the rest."""
    given: dict[str, Raw] = {}
    for key, (name, text) in named.items():
        secret = BY_KEY.get(key.removesuffix("_file"))
        if key in BY_KEY:
            given[key] = Raw(text, source)
        elif key.endswith("_file") and secret is not None and secret.secret:
            if secret.key in named:
                faults.append(f"{named[secret.key][0]} and {name}: both are given; keep one of them")
            elif (content := _secret_in(Path(text), name, secret.key, faults)) is not None:
                given[secret.key] = Raw(content, f"{source}, {text}")
        else:
            faults.append(_unknown(name, key))
    return given


def _secret_in(path: Path, name: str, key: str, faults: list[str]) -> str | None:
    try:
        content = path.read_text(encoding="utf-8").rstrip("\r\n")
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError) as reason:
        why = reason.strerror if isinstance(reason, OSError) else "it is not UTF-8 text"
        faults.append(f"{name}: cannot read {str(path)!r} ({why}); give a file that Hibana may read")
        return None
    if not content:
        faults.append(f"{name}: {str(path)!r} is empty; write the value into it")
        return None
    if key in _KEYS_TO_FILES and (fault := writable_by_others(mode, name, path)):
        faults.append(fault)
    return content


def writable_by_others(mode: int, name: str, path: Path) -> str | None:
    """The fault of a key's file that somebody else could replace; reading it is the platform's business."""
    if mode & 0o022:
        return f"{name}: {str(path)!r} can be written by group or others; run: chmod go-w {path}"
    return None


def _unknown(name: str, key: str) -> str:
    if key == "port":
        return f"{name}: there is no such setting; give the port as `--port`"
    known = [option.key for option in OPTIONS]
    known += [f"{option.key}_file" for option in OPTIONS if option.secret]
    close = get_close_matches(key, known, n=1, cutoff=0.6)
    if not close:
        return f"{name}: there is no such setting; `hibana config show` lists them all"
    meant = close[0].replace("__", ".") if " in " in name else f"HIBANA_{close[0].upper()}"
    return f"{name}: there is no such setting; did you mean {meant}?"
