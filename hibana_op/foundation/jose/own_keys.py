"""The keys of this deployment: made, loaded and published (RFC 7517)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from joserfc.jwk import ECKey, OKPKey, RSAKey

from hibana_op.foundation import base64url
from hibana_op.foundation.jose import key_types
from hibana_op.foundation.jose.algorithms import OWN_ENCRYPTION_KEYS, rules_of
from hibana_op.foundation.jose.key_types import IDENTITY, KINDS, PublicKey, thumbprint

_LIBRARY_KEYS: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key pair that was just made, in the form the database keeps (the private half sealed)."""

    kid: str
    algorithm: str
    private_pem: bytes = field(repr=False)
    public_jwk: dict[str, str]


class SigningKey:
    """A key that signs and verifies, or only verifies; it keeps the token headers it has encoded."""

    __slots__ = ("_headers", "algorithm", "kid", "private", "public", "public_jwk")

    def __init__(self, kid: str, algorithm: str, private: Any, public: PublicKey) -> None:
        self.kid = kid
        self.algorithm = algorithm
        self.private = private
        self.public = public
        self.public_jwk = _published(key_types.members(public), kid, algorithm)
        self._headers: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"SigningKey({self.kid!r}, {self.algorithm!r})"

    def header(self, typ: str) -> str:
        """The encoded header segment of this key's tokens of one type."""
        encoded = self._headers.get(typ)
        if encoded is None:
            header = {"alg": self.algorithm, "kid": self.kid, "typ": typ}
            encoded = self._headers[typ] = base64url.encode(msgspec.json.encode(header))
        return encoded


class DecryptionKey:
    """A key that opens what others encrypted to its public half."""

    __slots__ = ("_for_library", "algorithm", "kid", "kind", "private", "public_jwk")

    def __init__(self, kid: str, algorithm: str, private: Any) -> None:
        self.kid = kid
        self.algorithm = algorithm
        self.kind = OWN_ENCRYPTION_KEYS[algorithm]
        self.private = private
        self._for_library: Any = None
        self.public_jwk = _published(key_types.members(private.public_key()), kid, algorithm)

    def __repr__(self) -> str:
        return f"DecryptionKey({self.kid!r}, {self.algorithm!r})"

    def for_library(self) -> Any:
        """The private half as joserfc takes it; kept, for taking an RSA key apart costs more than using it."""
        if self._for_library is None:
            self._for_library = library_key(self.kind, self.private)
        return self._for_library


def generate(algorithm: str) -> NewKey:
    """Make a key pair; its kid is its thumbprint. An RSA key takes a good part of a second at times."""
    kind = _kind(algorithm)
    while True:
        private = key_types.generate(kind)
        members = key_types.members(private.public_key())
        kid = thumbprint(members)
        if not kid.startswith("-"):  # `hibana keys retire -…` would take it for an option
            break
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return NewKey(kid, algorithm, pem, _published(members, kid, algorithm))


def load(kid: str, algorithm: str, private_pem: bytes, public_jwk: Mapping[str, str]) -> SigningKey:
    """A key that signs; ValueError when the two halves do not belong together."""
    private, public = _pair(kid, algorithm, private_pem, public_jwk)
    return SigningKey(kid, algorithm, private, public)


def load_public(kid: str, algorithm: str, public_jwk: Mapping[str, str]) -> SigningKey:
    """A key that only verifies; ValueError when the JWK is none for this algorithm."""
    return SigningKey(kid, algorithm, None, _public(algorithm, public_jwk))


def load_decryption(kid: str, algorithm: str, private_pem: bytes, public_jwk: Mapping[str, str]) -> DecryptionKey:
    """A key that decrypts; ValueError when the two halves do not belong together."""
    private, _ = _pair(kid, algorithm, private_pem, public_jwk)
    return DecryptionKey(kid, algorithm, private)


def public_jwks(keys: Iterable[SigningKey | DecryptionKey]) -> bytes:
    """The JSON of a JWK Set (RFC 7517 §5), public members only."""
    return msgspec.json.encode({"keys": [key.public_jwk for key in keys]})


def library_key(kind: str, key: Any) -> Any:
    """A key as joserfc takes it."""
    return _LIBRARY_KEYS[KINDS[kind]].import_key(key)


def _kind(algorithm: str) -> str:
    return OWN_ENCRYPTION_KEYS.get(algorithm) or rules_of(algorithm).kind


def _public(algorithm: str, jwk: Mapping[str, str]) -> PublicKey:
    kind = _kind(algorithm)
    if key_types.kind_of(jwk) != kind:
        raise ValueError(f"{algorithm} does not go with this key: it is not of kind {kind}")
    return key_types.public_key(jwk)


def _pair(kid: str, algorithm: str, private_pem: bytes, public_jwk: Mapping[str, str]) -> tuple[Any, PublicKey]:
    public = _public(algorithm, public_jwk)
    # The full check of an RSA key takes 30 ms, at each reading of the keyring. It was made when the key was, and
    # the seal under which the key has lain since vouches for every bit.
    private: Any = load_pem_private_key(private_pem, password=None, unsafe_skip_rsa_key_validation=True)
    if public != private.public_key():
        raise ValueError(f"the private and the public half of key {kid} are not of one pair")
    return private, public


def _published(jwk: Mapping[str, str], kid: str, algorithm: str) -> dict[str, str]:
    """What the world may see of a key: its identity and its use, whatever else the mapping holds."""
    members = {name: jwk[name] for name in IDENTITY[jwk["kty"]]}
    if algorithm in OWN_ENCRYPTION_KEYS:
        return {**members, "kid": kid, "use": "enc"}  # no alg: every algorithm of its family may use it
    return {**members, "kid": kid, "alg": algorithm, "use": "sig"}
