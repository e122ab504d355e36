"""The algorithms of signatures and of encryption that exist here: RFC 7518 §3.1, §4.1, §5.1, RFC 8037 and RFC 9864."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from hibana_op.foundation.jose.key_types import CURVES, coordinate_size


@dataclass(frozen=True, slots=True)
class Algorithm:
    """How one algorithm signs and verifies with its kind of key."""

    kind: str
    sign: Callable[[Any, bytes], bytes]
    verify: Callable[[Any, bytes, bytes], None]  # key, signature, input; InvalidSignature
    digest: str  # for at_hash and c_hash, OpenID Connect Core §3.1.3.6
    is_slow: bool  # so much longer than a thread hop that it belongs off the event loop


def _rsa(scheme: padding.AsymmetricPadding, digest: hashes.HashAlgorithm) -> Algorithm:
    return Algorithm(
        kind="RSA",
        sign=lambda key, message: cast(bytes, key.sign(message, scheme, digest)),
        verify=lambda key, signature, message: key.verify(signature, message, scheme, digest),
        digest=digest.name,
        is_slow=True,
    )


def _pkcs1(digest: hashes.HashAlgorithm) -> Algorithm:
    return _rsa(padding.PKCS1v15(), digest)


def _pss(digest: hashes.HashAlgorithm) -> Algorithm:
    # RFC 7518 §3.5: the salt is as long as the hash.
    return _rsa(padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size), digest)


def _ecdsa(kind: str, digest: hashes.HashAlgorithm, *, is_slow: bool) -> Algorithm:
    scheme, size = ec.ECDSA(digest), coordinate_size(CURVES[kind])

    def sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(message, scheme))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def verify(key: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> None:
        if len(signature) != 2 * size:
            raise InvalidSignature
        r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        key.verify(encode_dss_signature(r, s), message, scheme)

    return Algorithm(kind=kind, sign=sign, verify=verify, digest=digest.name, is_slow=is_slow)


_EDDSA = Algorithm(
    kind="Ed25519",
    sign=lambda key, message: cast(bytes, key.sign(message)),
    verify=lambda key, signature, message: key.verify(signature, message),
    digest="sha512",
    is_slow=False,
)
_SHA256, _SHA384, _SHA512 = hashes.SHA256(), hashes.SHA384(), hashes.SHA512()

ALGORITHMS = {
    "RS256": _pkcs1(_SHA256),
    "ES256": _ecdsa("P-256", _SHA256, is_slow=False),
    "PS256": _pss(_SHA256),
    "Ed25519": _EDDSA,
    "EdDSA": _EDDSA,  # the same under its older name, RFC 9864 §2.2
    "ES384": _ecdsa("P-384", _SHA384, is_slow=True),
    "ES512": _ecdsa("P-521", _SHA512, is_slow=True),
    "RS384": _pkcs1(_SHA384),
    "RS512": _pkcs1(_SHA512),
    "PS384": _pss(_SHA384),
    "PS512": _pss(_SHA512),
}
SIGNING_ALGORITHMS: tuple[str, ...] = tuple(ALGORITHMS)
# There are keys for these from the first start; one for another is made when somebody asks for it.
INITIAL_ALGORITHMS: tuple[str, ...] = ("RS256", "ES256")

# Each way to encrypt a content key, with the kinds of keys it can encrypt to.
_RSA_KINDS = frozenset({"RSA"})
_AGREEING_KINDS = frozenset({*CURVES, "X25519"})
ENCRYPTING_KINDS = {
    "RSA-OAEP": _RSA_KINDS,
    "RSA-OAEP-256": _RSA_KINDS,
    "ECDH-ES": _AGREEING_KINDS,
    "ECDH-ES+A128KW": _AGREEING_KINDS,
    "ECDH-ES+A256KW": _AGREEING_KINDS,
}
KEY_MANAGEMENT: tuple[str, ...] = tuple(ENCRYPTING_KINDS)
CONTENT_ENCRYPTION: tuple[str, ...] = (
    "A128CBC-HS256",
    "A192CBC-HS384",
    "A256CBC-HS512",
    "A128GCM",
    "A256GCM",
)
# The keys that others encrypt to for us, each named after the first algorithm of its family, with its kind.
OWN_ENCRYPTION_KEYS = {"RSA-OAEP": "RSA", "ECDH-ES": "P-256"}
KEY_ALGORITHMS: tuple[str, ...] = (*SIGNING_ALGORITHMS, *OWN_ENCRYPTION_KEYS)


def names_of(algorithm: str) -> tuple[str, ...]:
    """An algorithm under each of its names, for what others call by one of them and sign by another."""
    rules = ALGORITHMS.get(algorithm)
    return tuple(name for name, each in ALGORITHMS.items() if each is rules) or (algorithm,)


def rules_of(algorithm: str) -> Algorithm:
    """The rules of a signature algorithm; ValueError when there is none of this name."""
    try:
        return ALGORITHMS[algorithm]
    except KeyError:
        raise ValueError(f"{algorithm} is not among {', '.join(ALGORITHMS)}") from None
