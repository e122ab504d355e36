"""Signed tokens and keys: JWS (RFC 7515), JWK (RFC 7517), JWA (RFC 7518), thumbprints (RFC 7638)."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from hibana_op.foundation import base64url

LONGEST_TOKEN = 16 * 1024
_RSA_BITS = 2048
_P256_BYTES = 32
# RFC 7638 §3.2: the members that make a key what it is, in the order they are hashed. They are all public.
_IDENTITY = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}


class BadToken(Exception):
    """A token that we did not sign; the reason is for the log."""


@dataclass(frozen=True, slots=True)
class Algorithm:
    """How one algorithm makes, writes down, signs with and verifies with its keys."""

    generate: Callable[[], Any]
    public_members: Callable[[Any], dict[str, str]]  # public key → its JWK members
    public_key: Callable[[Mapping[str, str]], Any]  # and back; ValueError when they make no key
    sign: Callable[[Any, bytes], bytes]
    verify: Callable[[Any, bytes, bytes], None]  # key, signature, input; InvalidSignature
    digest: str  # for at_hash and c_hash, OpenID Connect Core §3.1.3.6
    is_slow: bool  # so much longer than a thread hop that it belongs off the event loop


def _integer(number: int, size: int | None = None) -> str:
    return base64url.encode(number.to_bytes(size or (number.bit_length() + 7) // 8, "big"))


def _number(text: str) -> int:
    return int.from_bytes(base64url.decode(text), "big")


def _rsa_members(key: rsa.RSAPublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    return {"kty": "RSA", "n": _integer(numbers.n), "e": _integer(numbers.e)}


def _rsa_public(jwk: Mapping[str, str]) -> rsa.RSAPublicKey:
    key = rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key()
    if jwk["kty"] != "RSA" or key.key_size < _RSA_BITS:
        raise ValueError(f"not an RSA key of {_RSA_BITS} bits or more")
    return key


def _p256_members(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    x, y = _integer(numbers.x, _P256_BYTES), _integer(numbers.y, _P256_BYTES)
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _p256_public(jwk: Mapping[str, str]) -> ec.EllipticCurvePublicKey:
    if (jwk["kty"], jwk["crv"]) != ("EC", "P-256"):
        raise ValueError("not a P-256 key")
    return ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), ec.SECP256R1()).public_key()


def _es256_sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(message, _ECDSA_SHA256))
    return r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")


def _es256_verify(key: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> None:
    if len(signature) != 2 * _P256_BYTES:
        raise InvalidSignature
    r, s = (int.from_bytes(half, "big") for half in (signature[:_P256_BYTES], signature[_P256_BYTES:]))
    key.verify(encode_dss_signature(r, s), message, _ECDSA_SHA256)


_SHA256 = hashes.SHA256()
_ECDSA_SHA256 = ec.ECDSA(_SHA256)
_PKCS1 = padding.PKCS1v15()

ALGORITHMS = {
    "RS256": Algorithm(
        generate=lambda: rsa.generate_private_key(65537, _RSA_BITS),
        public_members=_rsa_members,
        public_key=_rsa_public,
        sign=lambda key, message: cast(bytes, key.sign(message, _PKCS1, _SHA256)),
        verify=lambda key, signature, message: key.verify(signature, message, _PKCS1, _SHA256),
        digest="sha256",
        is_slow=True,
    ),
    "ES256": Algorithm(
        generate=lambda: ec.generate_private_key(ec.SECP256R1()),
        public_members=_p256_members,
        public_key=_p256_public,
        sign=_es256_sign,
        verify=_es256_verify,
        digest="sha256",
        is_slow=False,
    ),
}

SIGNING_ALGORITHMS: tuple[str, ...] = tuple(ALGORITHMS)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key pair that was just made, in the form the database keeps (the private half sealed)."""

    kid: str
    algorithm: str
    private_pem: bytes = field(repr=False)
    public_jwk: dict[str, str]


class SigningKey:
    """A key that signs and verifies, or only verifies; it keeps the token headers it has encoded."""

    __slots__ = ("_headers", "_private", "_public", "algorithm", "kid", "public_jwk")

    def __init__(self, kid: str, algorithm: str, public_jwk: Mapping[str, str], private: Any, public: Any) -> None:
        self.kid = kid
        self.algorithm = algorithm
        self.public_jwk = _published(public_jwk, kid, algorithm)
        self._private = private
        self._public = public
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


def generate(algorithm: str) -> NewKey:
    """Make a key pair; its kid is its thumbprint. An RSA key takes a good part of a second."""
    rules = _rules(algorithm)
    private = rules.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    members = rules.public_members(private.public_key())
    kid = thumbprint(members)
    return NewKey(kid, algorithm, pem, _published(members, kid, algorithm))


def load(kid: str, algorithm: str, private_pem: bytes, public_jwk: Mapping[str, str]) -> SigningKey:
    """A key that signs; ValueError when the two halves do not belong together."""
    rules = _rules(algorithm)
    # The full check of an RSA key takes 30 ms, at each reading of the keyring. It was made when the key was, and
    # the seal under which the key has lain since vouches for every bit.
    private: Any = load_pem_private_key(private_pem, password=None, unsafe_skip_rsa_key_validation=True)
    key = load_public(kid, algorithm, public_jwk)
    if key._public != private.public_key():
        raise ValueError(f"the private and the public half of key {kid} are not of one pair")
    return SigningKey(kid, algorithm, rules.public_members(key._public), private, key._public)


def load_public(kid: str, algorithm: str, public_jwk: Mapping[str, str]) -> SigningKey:
    """A key that only verifies; ValueError when the JWK is none for this algorithm."""
    rules = _rules(algorithm)
    try:
        public = rules.public_key(public_jwk)
    except KeyError as missing:
        raise ValueError(f"key {kid} has no member {missing}") from None
    return SigningKey(kid, algorithm, rules.public_members(public), None, public)


def public_jwks(keys: Iterable[SigningKey]) -> bytes:
    """The JSON of a JWK Set (RFC 7517 §5), public members only."""
    return msgspec.json.encode({"keys": [key.public_jwk for key in keys]})


def thumbprint(jwk: Mapping[str, str]) -> str:
    """The SHA-256 thumbprint of a key, RFC 7638; ValueError when a member it needs is missing."""
    names = next((names for kty, names in _IDENTITY.items() if kty == jwk.get("kty")), ())
    identity = {name: jwk.get(name) for name in names}
    if not identity or not all(isinstance(value, str) for value in identity.values()):
        raise ValueError("not a public key, or a member is missing")
    return base64url.encode(hashlib.sha256(msgspec.json.encode(identity)).digest())


def half_hash(algorithm: str, value: str) -> str:
    """The at_hash or c_hash of a value, OpenID Connect Core §3.1.3.6 and §3.3.2.11."""
    digest = hashlib.new(_rules(algorithm).digest, value.encode("ascii")).digest()
    return base64url.encode(digest[: len(digest) // 2])


class Signer:
    """Signs tokens without holding up the event loop."""

    def __init__(self, *, threads: int = 2) -> None:
        # RSA releases the GIL while it computes, so these threads really run beside the loop.
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="hibana-signer")

    async def sign(self, key: SigningKey, claims: Mapping[str, object], *, typ: str) -> str:
        """The compact JWS of some claims, RFC 7515 §7.1."""
        signing_input = f"{key.header(typ)}.{base64url.encode(msgspec.json.encode(claims))}"
        rules = ALGORITHMS[key.algorithm]
        if rules.is_slow:
            loop = asyncio.get_running_loop()
            signature = await loop.run_in_executor(self._pool, rules.sign, key._private, signing_input.encode())
        else:
            signature = rules.sign(key._private, signing_input.encode())
        return f"{signing_input}.{base64url.encode(signature)}"

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def verify(token: str, keys: Sequence[SigningKey], *, typ: str) -> dict[str, Any]:
    """The claims of a token that one of our own keys signed as this type; time and audience are the caller's.

    A header is never parsed: it must be, byte for byte, one that we write ourselves. So there is nothing in it
    to believe: no `alg` to choose, no `jwk`, `jku` or `x5u` to follow, no `crit`, `b64` or `zip` to obey, and
    no `kid` that could be anything but a key we hold.
    """
    if len(token) > LONGEST_TOKEN:
        raise BadToken("longer than any token of ours")
    header, *others = token.split(".", 3)
    if len(others) != 2:
        raise BadToken("not three segments")
    key = next((key for key in keys if key.header(typ) == header), None)
    if key is None:
        raise BadToken(f"its header is none of ours for {typ}")
    payload, signature = (_decoded(segment) for segment in others)
    signing_input = token.rpartition(".")[0].encode("ascii")
    try:
        ALGORITHMS[key.algorithm].verify(key._public, signature, signing_input)
    except InvalidSignature:
        raise BadToken("its signature does not fit") from None
    try:
        return msgspec.json.decode(payload, type=dict[str, Any])
    except (ValueError, RecursionError):
        raise BadToken("its payload is not a JSON object") from None


def _decoded(segment: str) -> bytes:
    try:
        return base64url.decode(segment)
    except ValueError:
        raise BadToken("a segment is not base64url") from None


def _rules(algorithm: str) -> Algorithm:
    try:
        return ALGORITHMS[algorithm]
    except KeyError:
        raise ValueError(f"{algorithm} is not among {', '.join(ALGORITHMS)}") from None


def _published(jwk: Mapping[str, str], kid: str, algorithm: str) -> dict[str, str]:
    """What the world may see of a key: its identity and its use, whatever else the mapping holds."""
    members = {name: jwk[name] for name in _IDENTITY[jwk["kty"]]}
    return {**members, "kid": kid, "alg": algorithm, "use": "sig"}
