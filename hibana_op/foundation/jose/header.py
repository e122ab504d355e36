"""Tokens before anything is proven: their segments and headers, read strictly (RFC 7515 §4, RFC 7516 §4)."""

from dataclasses import dataclass
from typing import Any

from hibana_op.foundation import base64url
from hibana_op.foundation.strict_json import read_object

LONGEST_TOKEN = 16 * 1024
_SIGNED, _ENCRYPTED = 3, 5  # segments
# What they ask for is not done here, so a token that has one would mean something else to others than to us.
_REFUSED = ("crit", "b64", "zip")
_STRINGS = ("alg", "kid", "typ", "cty", "enc")


class BadToken(Exception):
    """A token that does not count; the reason is for the log."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a token says of itself; nothing of it is proven. Keys that it names or brings are never read."""

    alg: str
    kid: str | None
    typ: str | None
    cty: str | None
    enc: str | None  # only when the token is encrypted

    @property
    def is_encrypted(self) -> bool:
        """Whether it is a JWE."""
        return self.enc is not None


def peek(token: str) -> Header:
    """The header of a foreign token, signed or encrypted; BadToken when it is not one that we would go on with."""
    return _of(token, read(token))


def read(token: str) -> dict[str, Any]:
    """All members of a foreign token's header, their forms checked as `peek` does."""
    if len(token) > LONGEST_TOKEN:
        raise BadToken(f"longer than {LONGEST_TOKEN} characters")
    try:
        members = read_object(base64url.decode(token.partition(".")[0]))
    except ValueError as fault:
        raise BadToken(f"its header cannot be read: {fault}") from None
    _of(token, members)
    return members


def decoded(segment: str) -> bytes:
    """The bytes of a segment."""
    try:
        return base64url.decode(segment)
    except ValueError:
        raise BadToken("a segment is not base64url") from None


def has_type(typ: str | None, wanted: str | None) -> bool:
    """Whether a header's typ is this one; RFC 7515 §4.1.9 leaves the case and `application/` open."""
    if typ is None or wanted is None:
        return typ is wanted
    return typ.lower().removeprefix("application/") == wanted.lower()


def _of(token: str, members: dict[str, Any]) -> Header:
    for name in _REFUSED:
        if name in members:
            raise BadToken(f"its header has {name}")
    for name in _STRINGS:
        if name in members and not isinstance(members[name], str):
            raise BadToken(f"{name} in its header is not a string")
    alg, enc, segments = members.get("alg"), members.get("enc"), token.count(".") + 1
    if not alg:
        raise BadToken("its header has no alg")
    if segments != (_SIGNED if enc is None else _ENCRYPTED):
        raise BadToken(f"its header does not go with {segments} segments")
    return Header(alg=alg, kid=members.get("kid"), typ=members.get("typ"), cty=members.get("cty"), enc=enc)
