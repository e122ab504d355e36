"""The claims of a person as they come in: OpenID Connect Core §5.1, each checked by its own form."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.foundation.printable import is_line

LONGEST = 500
_EMAIL = re.compile(r"[^@\s<>\"]{1,64}@[^@\s<>\"]{1,255}")
_LINE_END = re.compile(r"\r?\n")  # an address may have several lines (§5.1.1)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_TEXTS = (
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "gender",
    "zoneinfo",
    "locale",
    "phone_number",
)
_URLS = ("profile", "picture", "website")
_FLAGS = ("email_verified", "phone_number_verified")
_ADDRESS = ("formatted", "street_address", "locality", "region", "postal_code", "country")
# Members that may carry a language tag (§5.2).
_LOCALIZABLE = ("name", "given_name", "family_name", "middle_name", "nickname", "profile", "website")


def check_email(value: Any) -> str:
    """An e-mail address, by form."""
    if not isinstance(value, str) or len(value) > 320 or not _EMAIL.fullmatch(value) or not value.isprintable():
        raise InvalidRecord("email must be an e-mail address")
    return value


def read_claims(values: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a User that claims stand for; InvalidRecord names the first that is wrong."""
    found: dict[str, Any] = {}
    localized: dict[str, Any] = {}
    for name, value in values.items():
        base, tagged, language = name.partition("#")
        if tagged:
            if base not in _LOCALIZABLE or not _LANGUAGE.fullmatch(language):
                raise InvalidRecord(f"{name[:80]} is not a standard claim with a language tag")
            localized[name] = _read(base, value)
        else:
            found[name] = _read(name, value)
    if localized:
        found["localized"] = localized
    found.pop("updated_at", None)  # Hibana says itself when a record changed
    return found


def _read(name: str, value: Any) -> Any:
    reader = _READERS.get(name)
    if reader is None:
        raise InvalidRecord(f"{name[:80]} is not a standard claim; other values belong into user fields")
    return reader(name, value)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST or not is_line(value):
        raise InvalidRecord(f"{name} must be text of 1 to {LONGEST} characters")
    return value


def _url(name: str, value: Any) -> str:
    text = _text(name, value)
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("https", "http") or not parts.netloc:
        raise InvalidRecord(f"{name} must be an http or https address")
    return text


def _birthdate(name: str, value: Any) -> str:
    """YYYY-MM-DD, YYYY alone, or 0000-MM-DD for a year that is not told (§5.1)."""
    text = _text(name, value)
    if re.fullmatch(r"[0-9]{4}", text):
        return text
    if not _is_day(text):
        raise InvalidRecord("birthdate must be YYYY-MM-DD or YYYY")
    return text


def _is_day(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):  # ISO 8601 knows more forms than OpenID Connect
        return False
    try:
        date.fromisoformat(text.replace("0000-", "2000-", 1))
    except ValueError:
        return False
    return True


def _address(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not set(value) <= set(_ADDRESS):
        raise InvalidRecord(f"address must be an object of: {', '.join(_ADDRESS)}")
    for part, text in value.items():
        if not isinstance(text, str) or len(text) > LONGEST or not is_line(_LINE_END.sub("", text)):
            raise InvalidRecord(f"address.{part} must be text of at most {LONGEST} characters")
    return dict(value)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidRecord(f"{name} must be true or false")
    return value


_READERS: Mapping[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(_TEXTS, _text),
    **dict.fromkeys(_URLS, _url),
    **dict.fromkeys(_FLAGS, _flag),
    "email": lambda name, value: check_email(value),
    "birthdate": _birthdate,
    "address": _address,
    "updated_at": lambda name, value: value,
}
