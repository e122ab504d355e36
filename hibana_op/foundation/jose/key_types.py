"""Public keys as JWKs and back (RFC 7518 §6, RFC 8037 §2), and their thumbprints (RFC 7638)."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

from hibana_op.foundation import base64url

PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | x25519.X25519PublicKey

FEWEST_RSA_BITS = 2048
MOST_RSA_BITS = 8192
_LARGEST_EXPONENT = 2**32  # a longer one would let a key make every verification slow
CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
_CURVE_NAMES = {curve.name: name for name, curve in CURVES.items()}
# What we call a kind of key is its curve, or RSA; with the kty that goes with it.
KINDS = {"RSA": "RSA", **dict.fromkeys(CURVES, "EC"), "Ed25519": "OKP", "X25519": "OKP"}
# RFC 7638 §3.2: the members that make a key what it is, in the order they are hashed. They are all public.
IDENTITY = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}

_GENERATE: dict[str, Callable[[], Any]] = {
    "RSA": lambda: rsa.generate_private_key(65537, FEWEST_RSA_BITS),
    "P-256": lambda: ec.generate_private_key(CURVES["P-256"]),
    "P-384": lambda: ec.generate_private_key(CURVES["P-384"]),
    "P-521": lambda: ec.generate_private_key(CURVES["P-521"]),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
}


def generate(kind: str) -> Any:
    """A new private key of a kind."""
    return _GENERATE[kind]()


def kind_of(jwk: Mapping[str, Any]) -> str | None:
    """The kind of a key, None when we know no such one."""
    kind = "RSA" if jwk.get("kty") == "RSA" else jwk.get("crv")
    return kind if isinstance(kind, str) and KINDS.get(kind) == jwk.get("kty") else None


def members(key: PublicKey) -> dict[str, str]:
    """The public members of a key."""
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return {"kty": "RSA", "n": _integer(numbers.n), "e": _integer(numbers.e)}
    if isinstance(key, ec.EllipticCurvePublicKey):
        point, size = key.public_numbers(), coordinate_size(key.curve)
        crv = _CURVE_NAMES[key.curve.name]
        return {"kty": "EC", "crv": crv, "x": _integer(point.x, size), "y": _integer(point.y, size)}
    crv = "Ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else "X25519"
    return {"kty": "OKP", "crv": crv, "x": base64url.encode(key.public_bytes_raw())}


def public_key(jwk: Mapping[str, Any]) -> PublicKey:
    """The key that some members make; ValueError says why they make none."""
    kind = kind_of(jwk)
    if kind is None:
        raise ValueError("not a key of a kind that is known here")
    if kind == "RSA":
        return _rsa_key(jwk)
    if kind in CURVES:
        return _ec_key(jwk, CURVES[kind])
    x = _octets(jwk, "x")
    if len(x) != 32:
        raise ValueError(f"x must have 32 bytes on {kind}")
    maker = ed25519.Ed25519PublicKey if kind == "Ed25519" else x25519.X25519PublicKey
    return maker.from_public_bytes(x)


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """The SHA-256 thumbprint of a key, RFC 7638; ValueError when a member it needs is missing."""
    names = next((names for kty, names in IDENTITY.items() if kty == jwk.get("kty")), ())
    identity = {name: jwk.get(name) for name in names}
    if not identity or not all(isinstance(value, str) for value in identity.values()):
        raise ValueError("not a public key, or a member is missing")
    return base64url.encode(hashlib.sha256(msgspec.json.encode(identity)).digest())


def coordinate_size(curve: ec.EllipticCurve) -> int:
    """How many bytes a coordinate takes on a curve, RFC 7518 §6.2.1.2."""
    return (curve.key_size + 7) // 8


def _rsa_key(jwk: Mapping[str, Any]) -> rsa.RSAPublicKey:
    n, e = _number(jwk, "n"), _number(jwk, "e")
    if not FEWEST_RSA_BITS <= n.bit_length() <= MOST_RSA_BITS:
        raise ValueError(f"not an RSA key of {FEWEST_RSA_BITS} bits or more, and at most {MOST_RSA_BITS}")
    if n % 2 == 0 or e % 2 == 0 or not 3 <= e <= _LARGEST_EXPONENT:
        raise ValueError("not an RSA modulus and exponent: both are odd, and e is at least 3 and of a usual size")
    return rsa.RSAPublicNumbers(e, n).public_key()


def _ec_key(jwk: Mapping[str, Any], curve: ec.EllipticCurve) -> ec.EllipticCurvePublicKey:
    x, y, size = _octets(jwk, "x"), _octets(jwk, "y"), coordinate_size(curve)
    if (len(x), len(y)) != (size, size):
        raise ValueError(f"x and y must each have {size} bytes on {jwk['crv']}")
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), curve)
    try:
        return numbers.public_key()
    except ValueError:
        raise ValueError(f"x and y are no point on {jwk['crv']}") from None


def _octets(jwk: Mapping[str, Any], name: str) -> bytes:
    text = jwk.get(name)
    # Twice the length of the longest modulus: leading zeros are forgiven, a megabyte of them is not.
    if not isinstance(text, str) or not 0 < len(text) <= MOST_RSA_BITS // 3:
        raise ValueError(f"has no member {name!r}, or not one of a usual length")
    try:
        return base64url.decode(text)
    except ValueError:
        raise ValueError(f"{name} is not base64url") from None


def _number(jwk: Mapping[str, Any], name: str) -> int:
    return int.from_bytes(_octets(jwk, name), "big")


def _integer(number: int, size: int | None = None) -> str:
    return base64url.encode(number.to_bytes(size or (number.bit_length() + 7) // 8, "big"))
