"""A protocol request after HTTP, and its answer: parameters parsed once, doubled ones refused (RFC 6749 §3.1)."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from hibana_op.foundation.errors import InvalidRequest
from hibana_op.foundation.explanation import Explanation, size
from hibana_op.foundation.origin import Origin

MOST_PARAMETERS = 100
# Bounds on single values; names that are not listed here may be this long.
LONGEST_VALUE = 4096
LONGEST = {
    "client_id": 255,
    "redirect_uri": 2048,
    "scope": 2048,
    "nonce": 1024,
    "state": 4096,
    "claims": 8192,
    "acr_values": 1024,
    "ui_locales": 256,
    "login_hint": 512,
    "code_verifier": 256,
    "code_challenge": 256,
    "id_token_hint": 16384,
    "token": 16384,
    "request": 16384,
    "request_uri": 2048,
    "client_assertion": 16384,
    "claims_locales": 256,
    "SAMLResponse": 262144,  # the one address that takes it bounds the body
}
# The one parameter that may come several times (RFC 8707 §2).
REPEATABLE = frozenset({"resource"})
_MALFORMED = Explanation("parameters_malformed")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Form:
    """Parameters by name. An empty value counts as absent (RFC 6749 §3.1)."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def one(self, name: str) -> str:
        """The value, which must be there."""
        value = self.maybe(name)
        if value is None:
            raise InvalidRequest(f"{name} is missing", because=Explanation("parameter_missing", parameter=name))
        return value

    def maybe(self, name: str) -> str | None:
        """The value, or None."""
        found = self.values.get(name)
        return found[0] if found else None

    def every(self, name: str) -> tuple[str, ...]:
        """All values of a parameter that may be repeated."""
        return self.values.get(name, ())

    def only(self, names: Collection[str]) -> "Form":
        """The same without any other parameter."""
        return Form({name: values for name, values in self.values.items() if name in names})

    def __bool__(self) -> bool:
        return bool(self.values)


def parse(encoded: bytes | str) -> Form:
    """Read `application/x-www-form-urlencoded` text strictly; InvalidRequest says what is wrong with it."""
    try:
        text = encoded.decode("ascii") if isinstance(encoded, bytes) else encoded
        if "%" in text and _BAD_ESCAPE.search(text):
            raise InvalidRequest("a percent sign is not followed by two hexadecimal digits", because=_MALFORMED)
        if text.count("&") >= MOST_PARAMETERS:
            raise InvalidRequest(
                f"there are more than {MOST_PARAMETERS} parameters", because=Explanation("parameters_too_many")
            )
        # The standard library's parse_qsl decodes every name and value, which costs more than the rest together.
        pairs = [part.partition("=") for part in text.split("&") if part]
        return from_pairs([(_decoded(name), _decoded(value)) for name, _, value in pairs])
    except UnicodeError:
        raise InvalidRequest("the parameters are not percent-encoded UTF-8", because=_MALFORMED) from None


def _decoded(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ")).decode() if "%" in text or "+" in text else text


def from_pairs(pairs: Iterable[tuple[str, str]]) -> Form:
    """Check names, lengths and repetition of parameters that are already decoded."""
    values: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        if "\0" in value or "\0" in name or not name:
            raise InvalidRequest("a parameter has no name or holds a NUL", because=_MALFORMED)
        longest = LONGEST.get(name, LONGEST_VALUE)
        if len(value) > longest:
            because = Explanation("parameter_too_long", (f"at most {longest} characters",), size(value), name)
            raise InvalidRequest(f"{_shown(name)} is longer than {longest} characters", because=because)
        if name in values and name not in REPEATABLE:
            because = Explanation("parameter_doubled", parameter=name)
            raise InvalidRequest(f"{_shown(name)} is given more than once", because=because)
        if value:
            values[name] = (*values.get(name, ()), value)
        else:
            values.setdefault(name, ())
    return Form(values)


def _shown(name: str) -> str:
    return name if name.isascii() and name.isprintable() and len(name) <= 64 else "a parameter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: `form` is the body of a POST or the query of a GET, `document` a body of JSON.

    `files` came with a form, by the names of its fields. `path` holds what the parameters in the route's path stand
    for.
    """

    method: str
    form: Form
    headers: Mapping[str, str]
    origin: Origin
    document: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer; a mapping goes out as JSON."""

    body: Mapping[str, Any] | bytes | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


_NOT_ALLOWED = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")


def legal(description: str) -> str:
    """A description in the characters that RFC 6749 §4.1.2.1 and §5.2 allow."""
    return _NOT_ALLOWED.sub("?", description.replace('"', "'").replace("§", "section ").replace("…", "..."))


NO_STORE: Mapping[str, str] = {"Cache-Control": "no-store", "Pragma": "no-cache"}
