"""Password hashes that other systems made: bcrypt, PBKDF2 (RFC 8018 §5.2) and scrypt (RFC 7914), to be replaced soon.

Read are the forms of the Modular Crypt and PHC string formats, of Django and of Werkzeug.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import bcrypt

# What one comparison may cost: nobody's hash may be a way to keep our threads busy.
MOST_BCRYPT_ROUNDS = 16
MOST_ITERATIONS = 5_000_000
MOST_SCRYPT_MEMORY = 256 * 1024 * 1024
MOST_SCRYPT_WORK = 2**25  # n·r·p
_SHORTEST_HASH = 16  # bytes
_BCRYPT_READS = 72  # bytes; the rest of a longer password never counted for it

_BCRYPT = re.compile(r"\$2[abxy]\$([0-9]{2})\$[./A-Za-z0-9]{53}")
_PBKDF2 = (
    # passlib: $pbkdf2-sha256$rounds$salt$hash · Django: pbkdf2_sha256$rounds$salt$hash · Werkzeug: pbkdf2:sha256:rounds
    (
        re.compile(r"\$pbkdf2(?:-(sha1|sha256|sha512))?\$(?:i=)?([0-9]{1,9})(?:,l=[0-9]{1,9})?\$([^$]+)\$([^$]+)"),
        "coded",
        "base64",
    ),
    (re.compile(r"pbkdf2_(sha1|sha256|sha512)\$([0-9]{1,9})\$([^$]+)\$([^$]+)"), "text", "base64"),
    (re.compile(r"pbkdf2:(sha1|sha256|sha512):([0-9]{1,9})\$([^$]+)\$([0-9a-f]+)"), "text", "hex"),
)
_SCRYPT_PHC = re.compile(r"\$scrypt\$ln=([0-9]{1,9}),r=([0-9]{1,9}),p=([0-9]{1,9})\$([^$]+)\$([^$]+)")
_SCRYPT_DJANGO = re.compile(r"scrypt\$([0-9]{1,9})\$([^$]+)\$([0-9]{1,9})\$([0-9]{1,9})\$([^$]+)")
_SCRYPT_WERKZEUG = re.compile(r"scrypt:([0-9]{1,9}):([0-9]{1,9}):([0-9]{1,9})\$([^$]+)\$([0-9a-f]+)")


class Unreadable(ValueError):
    """A hash that is of no kind known here, or that would cost too much to compare with."""


@dataclass(frozen=True, slots=True)
class ForeignHash:
    """A hash that was read, and is safe to compare with."""

    scheme: str
    fits: Callable[[bytes], bool]


def read(stored: str) -> ForeignHash:
    """Take a hash apart, or say that it is Unreadable."""
    found = _bcrypt(stored) or _pbkdf2(stored) or _scrypt(stored)
    if found is None:
        raise Unreadable("the hash is not bcrypt, PBKDF2 or scrypt in a form that is known here")
    return found


def _bcrypt(stored: str) -> ForeignHash | None:
    match = _BCRYPT.fullmatch(stored)
    if match is None:
        return None
    if not 4 <= int(match[1]) <= MOST_BCRYPT_ROUNDS:
        raise Unreadable(f"bcrypt with more than {MOST_BCRYPT_ROUNDS} rounds takes too long")
    # 2x and 2y were PHP's names for what everybody else calls 2a and 2b.
    hashed = stored.replace("$2y$", "$2b$", 1).replace("$2x$", "$2a$", 1).encode()

    def fits(password: bytes) -> bool:
        # bcrypt took a NUL for the end; a password with one never was hashed whole.
        return b"\0" not in password and bcrypt.checkpw(password[:_BCRYPT_READS], hashed)

    return ForeignHash("bcrypt", fits)


def _pbkdf2(stored: str) -> ForeignHash | None:
    for form, salt_form, hash_form in _PBKDF2:
        match = form.fullmatch(stored)
        if match is None:
            continue
        rounds = int(match[2])
        if not 1 <= rounds <= MOST_ITERATIONS:
            raise Unreadable(f"PBKDF2 with more than {MOST_ITERATIONS} iterations takes too long")
        salt = _base64(match[3]) if salt_form == "coded" else match[3].encode()
        expected = _hash_bytes(match[4], hash_form)
        derive = partial(_derive_pbkdf2, match[1] or "sha1", salt, rounds, len(expected))
        return ForeignHash("pbkdf2", _comparing(derive, expected))
    return None


def _scrypt(stored: str) -> ForeignHash | None:
    if match := _SCRYPT_PHC.fullmatch(stored):
        cost, block, lanes = 1 << min(int(match[1]), 40), int(match[2]), int(match[3])
        salt, expected = _base64(match[4]), _hash_bytes(match[5], "base64")
    elif match := _SCRYPT_DJANGO.fullmatch(stored):
        cost, block, lanes = int(match[1]), int(match[3]), int(match[4])
        salt, expected = match[2].encode(), _hash_bytes(match[5], "base64")
    elif match := _SCRYPT_WERKZEUG.fullmatch(stored):
        cost, block, lanes = int(match[1]), int(match[2]), int(match[3])
        salt, expected = match[4].encode(), _hash_bytes(match[5], "hex")
    else:
        return None
    if cost < 2 or cost & (cost - 1) or not block or not lanes:
        raise Unreadable("the parameters of scrypt are not in order")
    if 128 * cost * block > MOST_SCRYPT_MEMORY or cost * block * lanes > MOST_SCRYPT_WORK:
        raise Unreadable("scrypt with these parameters takes too much memory or time")
    memory = 2 * MOST_SCRYPT_MEMORY
    derive = partial(hashlib.scrypt, salt=salt, n=cost, r=block, p=lanes, maxmem=memory, dklen=len(expected))
    return ForeignHash("scrypt", _comparing(derive, expected))


def _comparing(derive: Callable[[bytes], bytes], expected: bytes) -> Callable[[bytes], bool]:
    return lambda password: hmac.compare_digest(derive(password), expected)


def _derive_pbkdf2(algorithm: str, salt: bytes, rounds: int, length: int, password: bytes) -> bytes:
    return hashlib.pbkdf2_hmac(algorithm, password, salt, rounds, length)


def _hash_bytes(text: str, form: str) -> bytes:
    value = bytes.fromhex(text) if form == "hex" and len(text) % 2 == 0 else _base64(text)
    if not _SHORTEST_HASH <= len(value) <= 128:
        raise Unreadable("the hash is shorter or longer than any of its kind")
    return value


def _base64(text: str) -> bytes:
    """Base64 with or without padding; passlib writes a full stop for the plus."""
    plain = text.replace(".", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        raise Unreadable("the hash or its salt is not base64") from None
