"""Keys and tokens of our own: what we sign, a stranger verifies; what we did not sign, we refuse."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from joserfc import jwt
from joserfc.jwk import KeySet, import_key

from hibana_op.foundation import jose
from hibana_op.foundation.jose import BadToken, NewKey, Signer, SigningKey, key_types
from tests.foundation.forged import forgeries, header_of, part, takes_long

CLAIMS = {"iss": "https://id.example", "sub": "user-1", "aud": ["a", "b"], "exp": 1_800_000_300, "name": "火花 é"}
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}
NEW_KEYS = {algorithm: jose.generate(algorithm) for algorithm in jose.SIGNING_ALGORITHMS}

every_algorithm = pytest.mark.parametrize("algorithm", jose.SIGNING_ALGORITHMS)


@pytest.fixture
def signer() -> Iterator[Signer]:
    made = Signer()
    yield made
    made.close()


def key_of(algorithm: str, new: NewKey | None = None) -> SigningKey:
    new = new or NEW_KEYS[algorithm]
    return jose.load(new.kid, algorithm, new.private_pem, new.public_jwk)


@every_algorithm
async def test_what_was_signed_is_verified(signer: Signer, algorithm: str) -> None:
    key = key_of(algorithm)
    token = await signer.sign(key, CLAIMS, typ="at+jwt")
    public = jose.load_public(key.kid, algorithm, key.public_jwk)

    assert jose.verify(token, [key], typ="at+jwt") == CLAIMS
    assert jose.verify(token, [public], typ="at+jwt") == CLAIMS
    assert header_of(token) == {"alg": algorithm, "kid": key.kid, "typ": "at+jwt"}


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")  # many a client knows no other name for it
@every_algorithm
async def test_a_stranger_verifies_our_tokens_with_our_published_keys(signer: Signer, algorithm: str) -> None:
    keys = [key_of(name) for name in jose.SIGNING_ALGORITHMS]
    published = KeySet.import_key_set(json.loads(jose.public_jwks(keys)))
    token = await signer.sign(key_of(algorithm), CLAIMS, typ="JWT")

    decoded = jwt.decode(token, published, algorithms=list(jose.SIGNING_ALGORITHMS))

    assert decoded.claims == CLAIMS
    assert decoded.header == {"alg": algorithm, "kid": NEW_KEYS[algorithm].kid, "typ": "JWT"}


async def test_many_tokens_signed_at_once_do_not_mix(signer: Signer) -> None:
    keys = {algorithm: key_of(algorithm) for algorithm in jose.SIGNING_ALGORITHMS}

    async def sign_and_verify(number: int) -> bool:
        key = keys[jose.SIGNING_ALGORITHMS[number % len(jose.SIGNING_ALGORITHMS)]]
        token = await signer.sign(key, {"n": number}, typ="JWT")
        return jose.verify(token, list(keys.values()), typ="JWT") == {"n": number}

    assert all(await asyncio.gather(*(sign_and_verify(number) for number in range(200))))


@every_algorithm
async def test_D01_D02_D03_D04_no_forged_token_is_taken(signer: Signer, algorithm: str) -> None:
    keys = [key_of(name) for name in jose.SIGNING_ALGORITHMS]
    genuine = await signer.sign(key_of(algorithm), {"sub": "user-1"}, typ="at+jwt")
    forged = forgeries(genuine, NEW_KEYS[algorithm].public_jwk)
    taken: list[str] = []

    def attempt(trick: str) -> None:
        try:
            jose.verify(forged[trick], keys, typ="at+jwt")
            taken.append(trick)
        except BadToken:
            pass

    slow = [trick for trick in forged if takes_long(partial(attempt, trick))]
    assert (taken, slow) == ([], [])
    assert len(forged) > 150
    assert genuine not in forged.values()
    assert jose.verify(genuine, keys, typ="at+jwt") == {"sub": "user-1"}


@every_algorithm
async def test_D05_a_token_of_one_type_is_none_of_another(signer: Signer, algorithm: str) -> None:
    key = key_of(algorithm)
    types = ["JWT", "at+jwt", "logout+jwt", "token-introspection+jwt"]
    for made in types:
        token = await signer.sign(key, CLAIMS, typ=made)
        for wanted in types:
            if made == wanted:
                assert jose.verify(token, [key], typ=wanted) == CLAIMS
            else:
                with pytest.raises(BadToken, match="header"):
                    jose.verify(token, [key], typ=wanted)


@every_algorithm
async def test_D08_a_token_of_a_key_that_is_gone_is_refused(signer: Signer, algorithm: str) -> None:
    old, new = key_of(algorithm), key_of(algorithm, jose.generate(algorithm))
    token = await signer.sign(old, CLAIMS, typ="JWT")

    assert jose.verify(token, [new, old], typ="JWT") == CLAIMS
    for keys in ([new], []):
        with pytest.raises(BadToken):
            jose.verify(token, keys, typ="JWT")


@every_algorithm
@pytest.mark.parametrize(
    "payload", [b"[1]", b'"text"', b"null", b"7", b"", b"{", b'{"a":}', b'{"a":"\xff"}', b'{"a":1}x', b"\xef\xbb\xbf{}"]
)
def test_D01_a_signed_payload_that_is_no_object_is_refused(algorithm: str, payload: bytes) -> None:
    key = key_of(algorithm)
    private = load_pem_private_key(NEW_KEYS[algorithm].private_pem, None)
    signed = f"{key.header('JWT')}.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}"
    signature = jose.ALGORITHMS[algorithm].sign(private, signed.encode())
    token = f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"

    with pytest.raises(BadToken, match="JSON object"):
        jose.verify(token, [key], typ="JWT")


@every_algorithm
def test_a_kid_is_the_thumbprint_of_its_key(algorithm: str) -> None:
    new = NEW_KEYS[algorithm]
    independent = import_key({**new.public_jwk})

    assert new.kid == jose.thumbprint(new.public_jwk) == independent.thumbprint()


def test_a_kid_can_be_given_to_a_command() -> None:
    kids = [jose.generate("Ed25519").kid for _ in range(500)]  # one in 64 thumbprints starts with a dash

    assert not [kid for kid in kids if kid.startswith("-")]


@every_algorithm
def test_D07_only_public_members_are_ever_published(algorithm: str) -> None:
    new = NEW_KEYS[algorithm]
    careless = {**new.public_jwk, "d": "AAAA", "p": "AAAA", "oth": "AAAA", "k": "AAAA", "note": "ours"}
    key = jose.load(new.kid, algorithm, new.private_pem, careless)
    members = {"RSA": {"kty", "n", "e"}, "EC": {"kty", "crv", "x", "y"}, "OKP": {"kty", "crv", "x"}}
    expected = members[new.public_jwk["kty"]] | {"kid", "alg", "use"}

    for jwk in (new.public_jwk, key.public_jwk, json.loads(jose.public_jwks([key]))["keys"][0]):
        assert jwk.keys() == expected
        assert not jwk.keys() & PRIVATE_MEMBERS
        assert (jwk["kid"], jwk["alg"], jwk["use"]) == (new.kid, algorithm, "sig")


@pytest.mark.parametrize("algorithm", jose.KEY_ALGORITHMS)
def test_D07_a_private_key_does_not_print(algorithm: str) -> None:
    new = jose.generate(algorithm)
    secret = base64.b64encode(new.private_pem).decode()[40:80]
    load = jose.load_decryption if algorithm in jose.OWN_ENCRYPTION_KEYS else jose.load
    key = load(new.kid, algorithm, new.private_pem, new.public_jwk)

    assert b"PRIVATE KEY" in new.private_pem
    for shown in (repr(new), str(new), repr(key)):
        assert new.kid in shown
        assert "PRIVATE" not in shown
        assert secret not in shown


def test_D07_keys_are_as_long_as_they_should_be() -> None:
    curves = {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1"}
    for algorithm, new in NEW_KEYS.items():
        private = load_pem_private_key(new.private_pem, None)
        if algorithm in curves:
            assert isinstance(private, ec.EllipticCurvePrivateKey)
            assert private.curve.name == curves[algorithm]
        elif algorithm in {"Ed25519", "EdDSA"}:
            assert isinstance(private, ed25519.Ed25519PrivateKey)
        else:
            assert isinstance(private, rsa.RSAPrivateKey)
            assert (private.key_size, private.public_key().public_numbers().e) == (2048, 65537)


@every_algorithm
def test_halves_of_two_pairs_are_not_loaded_as_one(algorithm: str) -> None:
    one, other = NEW_KEYS[algorithm], jose.generate(algorithm)

    with pytest.raises(ValueError, match="not of one pair"):
        jose.load(one.kid, algorithm, other.private_pem, one.public_jwk)


def pem(private: Any) -> bytes:
    raw: bytes = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return raw


def test_a_key_of_another_family_is_not_loaded() -> None:
    one, other = NEW_KEYS["RS256"], NEW_KEYS["ES256"]

    with pytest.raises(ValueError, match="not of one pair"):
        jose.load(one.kid, "RS256", other.private_pem, one.public_jwk)
    with pytest.raises(ValueError, match="not of kind P-256"):
        jose.load_public(one.kid, "ES256", one.public_jwk)
    with pytest.raises(ValueError, match="not of kind P-256"):
        jose.load_public("kid", "ES256", {**other.public_jwk, "crv": "P-384"})
    with pytest.raises(ValueError, match="not of kind RSA"):
        jose.load_public("kid", "RS256", {**one.public_jwk, "kty": "EC"})
    with pytest.raises(ValueError, match="has no member 'y'"):
        jose.load_public("kid", "ES256", {name: value for name, value in other.public_jwk.items() if name != "y"})


def test_a_key_of_a_kind_that_nobody_knows_is_none() -> None:
    with pytest.raises(ValueError, match="kind that is known here"):
        key_types.public_key({"kty": "AKP", "alg": "ML-DSA-65", "pub": "AAAA"})


def test_a_short_rsa_key_is_not_loaded() -> None:
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 -- that is what it is about
    numbers = short.public_key().public_numbers()
    n = base64.urlsafe_b64encode(numbers.n.to_bytes(128, "big")).decode().rstrip("=")

    with pytest.raises(ValueError, match="2048 bits or more"):
        jose.load_public("kid", "RS256", {"kty": "RSA", "n": n, "e": "AQAB"})


@pytest.mark.parametrize("y", ["AA", "_" * 42 + "8", "!", "A" * 43])
def test_a_point_off_the_curve_is_not_loaded(y: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the library's own words
        jose.load_public("kid", "ES256", {**NEW_KEYS["ES256"].public_jwk, "y": y})


@pytest.mark.parametrize("algorithm", ["none", "HS256", "rs256", "", "RS1"])
def test_D01_an_algorithm_that_is_not_in_the_table_does_not_exist(algorithm: str) -> None:
    new = NEW_KEYS["RS256"]
    for attempt in (
        lambda: jose.generate(algorithm),
        lambda: jose.load(new.kid, algorithm, new.private_pem, new.public_jwk),
        lambda: jose.load_public(new.kid, algorithm, new.public_jwk),
        lambda: jose.half_hash(algorithm, "value"),
    ):
        with pytest.raises(ValueError, match="is not among RS256"):
            attempt()


@every_algorithm
def test_a_half_hash_is_the_left_half_of_the_digest(algorithm: str) -> None:
    access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
    # The digest is that of the signature: OpenID Connect Core §3.1.3.6; EdDSA on this curve has SHA-512 inside.
    bits = {"256": 256, "384": 384, "512": 512}.get(algorithm[-3:], 512)
    digest = hashlib.new(f"sha{bits}", access_token.encode()).digest()
    left = digest[: bits // 16]

    assert jose.half_hash(algorithm, access_token) == base64.urlsafe_b64encode(left).decode().rstrip("=")
    if bits == 256:
        assert jose.half_hash(algorithm, access_token) == "77QmUPtjPfzWtF2AnpK9RQ"


async def test_no_keys_make_an_empty_set() -> None:
    assert jose.public_jwks([]) == b'{"keys":[]}'


async def test_claims_that_are_no_json_are_a_fault_of_ours_and_not_a_token(signer: Signer) -> None:
    with pytest.raises(TypeError):
        await signer.sign(key_of("ES256"), {"sub": object()}, typ="JWT")


async def test_a_header_is_written_once_for_each_type(signer: Signer) -> None:
    key = key_of("ES256")

    assert key.header("JWT") is key.header("JWT")
    assert key.header("JWT") == part({"alg": "ES256", "kid": key.kid, "typ": "JWT"})
    assert (await signer.sign(key, {}, typ="JWT")).startswith(key.header("JWT") + ".e30.")
