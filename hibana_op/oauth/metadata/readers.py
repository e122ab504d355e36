"""How the value of one member is read: type, size, meaning (RFC 7591 §2, OpenID Connect Registration §2)."""

import re
from collections.abc import Callable
from typing import Any

from hibana_op.foundation import addresses
from hibana_op.foundation.errors import InvalidClientMetadata, InvalidScope
from hibana_op.foundation.explanation import Explanation
from hibana_op.foundation.printable import is_line
from hibana_op.oauth import redirect_uris
from hibana_op.oauth.response_types import RESPONSE_TYPES, canonical
from hibana_op.oauth.targets import split_scope

LONGEST_URI = 2048
LONGEST_REQUEST_URI = 512  # OpenID Connect Core §6.2
MOST_ENTRIES = 50
LONGEST_IMAGE = 64 * 1024
_EMAIL = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]{1,255}")

Read = Callable[[str, Any], Any]


def refuse(name: str, why: str) -> InvalidClientMetadata:
    """What says that a member is wrong."""
    because = Explanation("client_metadata_member", (why,), parameter=name.partition("#")[0])
    return InvalidClientMetadata(f"{name} {why}", because=because)


def text(longest: int) -> Read:
    """A string that is not blank and not too long."""

    def read(name: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            raise refuse(name, f"must be a string of 1 to {longest} characters")
        if not is_line(value):
            raise refuse(name, "must not hold control characters")
        return value

    return read


def one_of(*choices: str) -> Read:
    """One of a few words."""

    def read(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise refuse(name, f"must be one of: {', '.join(choices)}")
        return value

    return read


def whole(least: int, most: int) -> Read:
    """A whole number within bounds."""

    def read(name: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise refuse(name, f"must be a whole number from {least} to {most}")
        return value

    return read


def boolean(name: str, value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise refuse(name, "must be true or false")
    return value


def array(each: Read) -> Read:
    """A list without repetition, each entry read by `each`."""

    def read(name: str, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or len(value) > MOST_ENTRIES:
            raise refuse(name, f"must be a list of at most {MOST_ENTRIES} entries")
        return tuple(dict.fromkeys(each(name, entry) for entry in value))

    return read


def some(each: Read) -> Read:
    """The same, of at least one entry."""
    entries = array(each)

    def read(name: str, value: Any) -> tuple[Any, ...]:
        found: tuple[Any, ...] = entries(name, value)
        if not found:
            raise refuse(name, "must name at least one")
        return found

    return read


def response_type(name: str, value: Any) -> str:
    """A response type; the order of its words has no meaning."""
    found = canonical(value) if isinstance(value, str) else None
    if found not in RESPONSE_TYPES:
        raise refuse(name, f"must be one of: {', '.join(RESPONSE_TYPES)}")
    return found


def web_uri(name: str, value: Any) -> str:
    """An address that a person may be sent to: https, or http on this machine."""
    uri: str = text(LONGEST_URI)(name, value)
    fault = redirect_uris.fault(uri.partition("#")[0], application_type="web")
    if fault is not None:
        raise refuse(name, fault)
    return uri


def https_uri(name: str, value: Any) -> str:
    """An https address."""
    uri = web_uri(name, value)
    if not uri.lower().startswith("https:"):
        raise refuse(name, "must use https")
    return uri


def fetched_uri(name: str, value: Any) -> str:
    """An https address that we fetch from, without a fragment."""
    uri = https_uri(name, value)
    if "#" in uri:
        raise refuse(name, "must not have a fragment")
    return _fetchable(name, uri)


def request_uri(name: str, value: Any) -> str:
    """The address of a request object; its fragment may hold the hash of what is there (Core §6.2)."""
    uri = https_uri(name, value)
    if len(uri) > LONGEST_REQUEST_URI:
        raise refuse(name, f"must be addresses of at most {LONGEST_REQUEST_URI} characters")
    _fetchable(name, uri.partition("#")[0])
    return uri


def _fetchable(name: str, uri: str) -> str:
    """The rules of requests that go out: what they would refuse later is refused now."""
    try:
        addresses.parse(uri)
    except ValueError as fault:
        raise refuse(name, f"cannot be fetched: {fault}") from None
    return uri


def logout_uri(name: str, value: Any) -> str:
    """An address that a frame of ours opens at logout."""
    uri = web_uri(name, value)
    if "#" in uri:
        raise refuse(name, "must not have a fragment")
    return uri


def logo(name: str, value: Any) -> str:
    """An image's address; one inside the value itself may be longer."""
    if not isinstance(value, str) or not value.startswith("data:image/"):
        return web_uri(name, value)
    if len(value) > LONGEST_IMAGE or not value.isascii() or not value.isprintable():
        raise refuse(name, f"must hold an image in at most {LONGEST_IMAGE} plain ASCII characters")
    return value


def email(name: str, value: Any) -> str:
    """An e-mail address, by form."""
    found: str = text(320)(name, value)
    if not _EMAIL.fullmatch(found):
        raise refuse(name, "must hold e-mail addresses")
    return found


def scope(name: str, value: Any) -> str:
    """Scope values separated by spaces."""
    found: str = text(2048)(name, value)
    try:
        return " ".join(split_scope(found))
    except InvalidScope as fault:  # here it is the metadata that is wrong, not a request's scope
        raise InvalidClientMetadata(str(fault)) from None
