"""Tokens that other parties signed: JWS (RFC 7515) under the rules of RFC 8725, for one purpose at a time."""

import hmac
from collections.abc import Collection
from typing import Any

from cryptography.exceptions import InvalidSignature

from hibana_op.foundation.jose.algorithms import ALGORITHMS
from hibana_op.foundation.jose.header import BadToken, Header, decoded, has_type, peek
from hibana_op.foundation.jose.keysets import KeySet
from hibana_op.foundation.strict_json import read_object

UNSIGNED = "none"
# Each with its hash, and the bytes of its hash: a secret must have at least as many (RFC 7518 §3.2).
_MACS = {"HS256": ("sha256", 32), "HS384": ("sha384", 48), "HS512": ("sha512", 64)}
SECRET_ALGORITHMS: tuple[str, ...] = tuple(_MACS)


def verify_foreign(
    token: str, keys: KeySet, *, algorithms: Collection[str], typ: Collection[str | None]
) -> dict[str, Any]:
    """The claims of a token that one of these keys signed with an allowed algorithm and as an allowed type.

    Who it is for, from and until when is the caller's to check.
    """
    header = _expected(token, algorithms=algorithms, typ=typ)
    candidates = keys.verifying(header.alg, header.kid)
    if not candidates:
        raise BadToken(f"there is no key of its signer for its {header.alg} and kid")
    signed, _, signature = token.rpartition(".")
    raw, message = decoded(signature), signed.encode("ascii")
    for key in candidates:
        try:
            ALGORITHMS[header.alg].verify(key.public, raw, message)
        except InvalidSignature:
            continue
        return _claims(token)
    raise BadToken("its signature does not fit")


def verify_with_secret(
    token: str, secret: bytes, *, algorithms: Collection[str], typ: Collection[str | None]
) -> dict[str, Any]:
    """The claims of a token whose MAC was made with a shared secret (RFC 7518 §3.2)."""
    header = _expected(token, algorithms=algorithms, typ=typ)
    if header.alg not in _MACS:
        raise BadToken(f"{header.alg} is no MAC")
    digest, fewest = _MACS[header.alg]
    if len(secret) < fewest:
        raise BadToken(f"the secret is shorter than {header.alg} needs")
    signed, _, mac = token.rpartition(".")
    if not hmac.compare_digest(hmac.digest(secret, signed.encode("ascii"), digest), decoded(mac)):
        raise BadToken("its MAC does not fit")
    return _claims(token)


def read_unsigned(token: str, *, typ: Collection[str | None]) -> dict[str, Any]:
    """The claims of a token that says openly that nobody signed it (RFC 7519 §6); they prove nothing."""
    _expected(token, algorithms=(UNSIGNED,), typ=typ)
    if not token.endswith("."):
        raise BadToken("it is unsigned and yet has a signature")
    return _claims(token)


def _expected(token: str, *, algorithms: Collection[str], typ: Collection[str | None]) -> Header:
    header = peek(token)
    if header.is_encrypted:
        raise BadToken("it is encrypted, not signed")
    if header.alg not in algorithms:
        raise BadToken(f"its alg is {header.alg[:40]!r}, not one of {', '.join(algorithms)}")
    if not any(has_type(header.typ, wanted) for wanted in typ):
        raise BadToken(f"its typ is {str(header.typ)[:40]!r}, not one of {', '.join(map(str, typ))}")
    return header


def _claims(token: str) -> dict[str, Any]:
    try:
        return read_object(decoded(token.split(".")[1]))
    except ValueError as fault:
        raise BadToken(f"its payload cannot be read: {fault}") from None
