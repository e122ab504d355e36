"""Encrypted tokens: JWE in the compact form (RFC 7516 §7.1)."""

from collections.abc import Sequence

from joserfc import jwe
from joserfc.errors import JoseError

from hibana_op.foundation.jose import header as headers
from hibana_op.foundation.jose import key_types
from hibana_op.foundation.jose.algorithms import CONTENT_ENCRYPTION, ENCRYPTING_KINDS
from hibana_op.foundation.jose.header import BadToken
from hibana_op.foundation.jose.keysets import MOST_TRIED, PRIVATE_MEMBERS, BadKeySet, KeySet
from hibana_op.foundation.jose.own_keys import DecryptionKey, library_key


def encrypt(payload: bytes, keys: KeySet, *, alg: str, enc: str, cty: str | None = None) -> str:
    """The compact JWE of a payload for the owner of these keys; BadKeySet when none of them can be encrypted to."""
    if enc not in CONTENT_ENCRYPTION:
        raise ValueError(f"{enc} is not among {', '.join(CONTENT_ENCRYPTION)}")
    key = keys.encrypting(alg)
    if key is None:
        raise BadKeySet(f"it has no key that {alg} could encrypt to")
    header = {"alg": alg, "enc": enc, "kid": key.kid, "cty": cty}
    present = {name: value for name, value in header.items() if value is not None}
    try:
        return jwe.encrypt_compact(present, payload, library_key(key.kind, key.public), registry=_registry(alg, enc))
    except (JoseError, ValueError):  # an X25519 key of small order agrees on nothing
        raise BadKeySet("its key cannot be encrypted to") from None


def decrypt(token: str, keys: Sequence[DecryptionKey]) -> bytes:
    """What a token encrypted to one of our keys holds; nothing says yet who encrypted it."""
    header = headers.read(token)
    alg, enc, kid = header["alg"], header.get("enc"), header.get("kid")
    if alg not in ENCRYPTING_KINDS or enc not in CONTENT_ENCRYPTION:
        raise BadToken(f"its alg {alg[:40]!r} and enc {str(enc)[:40]!r} are not a way of encryption that exists here")
    fitting = [key for key in keys if key.kind in ENCRYPTING_KINDS[alg] and kid in (None, key.kid)][-MOST_TRIED:]
    if not fitting:
        raise BadToken(f"there is no key of ours for its {alg} and kid")
    for key in fitting:
        if alg.startswith("ECDH-ES"):
            _check_ephemeral(header.get("epk"), key.kind)
        try:
            opened = jwe.decrypt_compact(token, key.for_library(), registry=_registry(alg, enc))
        except (JoseError, ValueError, AssertionError):
            continue
        return opened.plaintext or b""
    raise BadToken("no key of ours opens it")


def _check_ephemeral(epk: object, kind: str) -> None:
    """RFC 7518 §4.6.1.1: a public key, here one that can meet ours and brings no secret."""
    if not isinstance(epk, dict) or key_types.kind_of(epk) != kind or not PRIVATE_MEMBERS.isdisjoint(epk):
        raise BadToken(f"its epk is not a public {kind} key")
    try:
        key_types.public_key(epk)
    except ValueError as fault:
        raise BadToken(f"its epk is no key: {fault}") from None


def _registry(alg: str, enc: str) -> jwe.JWERegistry:
    # Members of a header that nobody here knows are passed over, as RFC 7516 §4 asks.
    return jwe.JWERegistry(algorithms=(alg, enc), strict_check_header=False)
