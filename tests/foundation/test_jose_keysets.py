"""Key sets of other parties: what is taken, what is passed over, what is refused, and which key fits a token."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

from hibana_op.foundation import jose
from hibana_op.foundation.base64url import encode
from hibana_op.foundation.jose import BadKeySet, key_types, read_key_set

RSA = key_types.members(rsa.generate_private_key(65537, 2048).public_key())
KEYS: dict[str, dict[str, str]] = {
    "RSA": RSA,
    "P-256": key_types.members(ec.generate_private_key(ec.SECP256R1()).public_key()),
    "P-384": key_types.members(ec.generate_private_key(ec.SECP384R1()).public_key()),
    "P-521": key_types.members(ec.generate_private_key(ec.SECP521R1()).public_key()),
    "Ed25519": key_types.members(ed25519.Ed25519PrivateKey.generate().public_key()),
    "X25519": key_types.members(x25519.X25519PrivateKey.generate().public_key()),
}


def number(value: int, size: int | None = None) -> str:
    return encode(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def kids(*keys: dict[str, Any], alg: str, kid: str | None = None) -> list[str | None]:
    """The kids of the keys in a set that may have signed a token with this header."""
    return [key.kid for key in read_key_set({"keys": keys}).verifying(alg, kid)]


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_of_each_kind_is_read(kind: str) -> None:
    jwk = {**KEYS[kind], "kid": "the-key", "note": "ours", "x5c": ["YQ=="], "x5u": "https://attacker.example/"}
    for document in ({"keys": [jwk], "also": 1}, json.dumps({"keys": [jwk]}).encode()):
        keys = read_key_set(document)
        [key] = keys.keys
        assert (key.kid, key.kind, key_types.members(key.public)) == ("the-key", kind, KEYS[kind])
        assert keys.has_kid("the-key")
        assert not keys.has_kid("another")


def test_a_modulus_with_a_zero_in_front_is_forgiven() -> None:
    n = "AA" + RSA["n"] if len(RSA["n"]) % 4 == 0 else number(int.from_bytes(key_types._octets(RSA, "n"), "big"), 257)
    [key] = read_key_set({"keys": [{**RSA, "n": n}]}).keys

    assert key_types.members(key.public) == RSA


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "AKP", "alg": "ML-DSA-65", "pub": "AAAA"},
        {"kty": "EC", "crv": "secp256k1", "x": "AAAA", "y": "AAAA"},
        {"kty": "OKP", "crv": "Ed448", "x": "AAAA"},
        {"kty": "EC", "crv": "Ed25519", "x": "AAAA"},
        {"kty": "rsa", "n": "AAAA", "e": "AQAB"},
        {"kty": "EC"},
        {"kty": "EC", "crv": 7},
        {**RSA, "use": "tls"},
    ],
)
def test_a_key_that_nobody_here_knows_is_passed_over(jwk: dict[str, Any]) -> None:
    keys = read_key_set({"keys": [{**jwk, "kid": "unknown"}, {**KEYS["P-256"], "kid": "known"}]})

    assert [key.kid for key in keys.keys] == ["known"]
    assert not keys.has_kid("unknown")


P, P256, ED = (KEYS[kind] for kind in ("RSA", "P-256", "Ed25519"))
N = int.from_bytes(key_types._octets(RSA, "n"), "big")
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "d of RSA": ({**P, "d": "AAAA"}, "holds a secret"),
    **{f"{name} of RSA": ({**P, name: "AAAA"}, "holds a secret") for name in ("p", "q", "dp", "dq", "qi", "oth")},
    "d of EC": ({**P256, "d": "AAAA"}, "holds a secret"),
    "d of OKP": ({**ED, "d": "AAAA"}, "holds a secret"),
    "d that is null": ({**P, "d": None}, "holds a secret"),
    "k": ({**P, "k": "AAAA"}, "holds a secret"),
    "oct": ({"kty": "oct", "k": "AAAA"}, "holds a secret"),
    "oct without k": ({"kty": "oct"}, "holds a secret"),
    "a secret of an unknown kind": ({"kty": "AKP", "alg": "ML-DSA-65", "priv": "AAAA"}, "holds a secret"),
    "d of an unknown curve": ({"kty": "OKP", "crv": "Ed448", "x": "AA", "d": "AA"}, "holds a secret"),
    "no kty": ({"n": P["n"], "e": P["e"]}, "with a kty"),
    "kty that is a number": ({**P, "kty": 7}, "with a kty"),
    "kid that is a number": ({**P, "kid": 7}, "kid is not a string"),
    "kid that is an array": ({**P, "kid": ["a"]}, "kid is not a string"),
    "use that is an array": ({**P, "use": ["sig"]}, "use is not a string"),
    "alg that is a number": ({**P, "alg": 256}, "alg is not a string"),
    "key_ops that is text": ({**P, "key_ops": "verify"}, "key_ops is not"),
    "key_ops of numbers": ({**P, "key_ops": [1]}, "key_ops is not"),
    "no n": ({"kty": "RSA", "e": "AQAB"}, "no member 'n'"),
    "no e": ({"kty": "RSA", "n": P["n"]}, "no member 'e'"),
    "n that is a number": ({**P, "n": 7}, "no member 'n'"),
    "empty e": ({**P, "e": ""}, "no member 'e'"),
    "n with padding": ({**P, "n": P["n"] + "=="}, "not base64url"),
    "n in plain base64": ({**P, "n": "+/+/" + P["n"]}, "not base64url"),
    "RSA of 1024 bits": ({**P, "n": number(N >> 1024 | 1)}, "2048 bits or more"),
    "RSA of 2047 bits": ({**P, "n": number((1 << 2047) - 1)}, "2048 bits or more"),
    "RSA of 8193 bits": ({**P, "n": number((1 << 8193) - 1)}, "at most 8192"),
    "RSA of 16384 bits": ({**P, "n": number((1 << 16384) - 1)}, "of a usual length"),
    "even modulus": ({**P, "n": number(N - 1)}, "both are odd"),
    "even exponent": ({**P, "e": number(65538)}, "both are odd"),
    "exponent one": ({**P, "e": number(1)}, "at least 3"),
    "exponent zero": ({**P, "e": "AA"}, "at least 3|both are odd"),
    "exponent as long as the modulus": ({**P, "e": P["n"]}, "of a usual size|both are odd"),
    "no y": ({"kty": "EC", "crv": "P-256", "x": P256["x"]}, "no member 'y'"),
    "x a byte short": ({**P256, "x": encode(b"\1" * 31)}, "32 bytes"),
    "x with a zero in front": ({**P256, "x": encode(b"\0" + key_types._octets(P256, "x"))}, "32 bytes"),
    "coordinates of another curve": ({**KEYS["P-384"], "crv": "P-256"}, "32 bytes"),
    "a point off the curve": ({**P256, "y": P256["x"]}, "no point"),
    "the point at infinity": ({**P256, "x": encode(bytes(32)), "y": encode(bytes(32))}, "no point"),
    "a coordinate beyond the field": ({**P256, "x": encode(b"\xff" * 32)}, "no point"),
    "Ed25519 a byte short": ({**ED, "x": encode(b"\1" * 31)}, "32 bytes"),
    "Ed25519 without x": ({"kty": "OKP", "crv": "Ed25519"}, "no member 'x'"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_L06_a_set_with_such_a_key_is_refused(fault: str) -> None:
    jwk, says = REFUSED[fault]

    with pytest.raises(BadKeySet, match=f"^key 2: .*({says})"):
        read_key_set({"keys": [KEYS["P-521"], jwk]})


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"", "cannot be read"),
        (b"[]", "not a JSON object"),
        (b"{}", "no array of keys"),
        (b'{"keys":{}}', "no array of keys"),
        (b'{"keys":null}', "no array of keys"),
        (b'{"keys":["a"]}', "key 1: it is not an object"),
        (b'{"keys":[null]}', "key 1: it is not an object"),
        (b'{"keys":[],"keys":[]}', "stands twice"),
        (b'{"keys":[{"kty":"RSA","kty":"oct"}]}', "stands twice"),
        (b'{"keys":' + b"[" * 30_000 + b"]" * 30_000 + b"}", "nested too deeply"),
        (b'{"keys":[]}' + b" " * 65_536, "longer than 64 KiB"),
        ({"keys": [], "padding": "x" * 65_536}, "longer than 64 KiB"),
        ({"keys": [object()]}, "cannot be read"),
        ({"keys": [{**P256, "kid": str(number)} for number in range(21)]}, "more than 20 keys"),
        ({"keys": [{**P256, "kid": "a"}, {**ED, "kid": "a"}]}, "key 2: its kid is that of another key"),
        ({"keys": [{**P256, "kid": "a"}, {"kty": "AKP", "kid": "a"}]}, "key 2: its kid is that of another key"),
    ],
)
def test_L06_S05_a_document_that_is_no_set_of_keys_is_refused(document: Any, says: str) -> None:
    with pytest.raises(BadKeySet, match=says):
        read_key_set(document)


def test_as_many_keys_as_may_be_are_read() -> None:
    keys = read_key_set({"keys": [{**P256, "kid": str(number)} for number in range(20)]})

    assert len(keys.keys) == 20
    assert read_key_set({"keys": []}).keys == ()


@pytest.mark.parametrize("alg", jose.SIGNING_ALGORITHMS)
def test_D01_a_key_verifies_only_the_algorithms_of_its_kind(alg: str) -> None:
    every = [{**jwk, "kid": kind} for kind, jwk in KEYS.items()]

    assert kids(*every, alg=alg) == [jose.ALGORITHMS[alg].kind]


@pytest.mark.parametrize("alg", ["none", "HS256", "RSA-OAEP", "rs256", ""])
def test_D01_no_key_verifies_what_is_no_signature_algorithm(alg: str) -> None:
    assert kids(*KEYS.values(), alg=alg) == []


def test_D04_a_kid_is_only_looked_up() -> None:
    keys = [{**RSA, "kid": "a"}, {**RSA, "kid": "b"}, RSA]

    assert kids(*keys, alg="RS256", kid="b") == ["b"]
    assert kids(*keys, alg="RS256", kid="c") == []
    assert kids(*keys, alg="RS256", kid="") == []
    assert kids(*keys, alg="ES256", kid="a") == []
    assert kids(*keys, alg="RS256") == ["a", "b", None]


def test_S05_a_token_without_a_kid_is_tried_with_a_few_keys_only() -> None:
    assert len(kids(*[{**RSA, "kid": str(number)} for number in range(20)], alg="PS512")) == 4


@pytest.mark.parametrize(
    ("meant_for", "verifies", "encrypts"),
    [
        ({}, True, True),
        ({"use": "sig"}, True, False),
        ({"use": "enc"}, False, True),
        ({"alg": "RS256"}, True, False),
        ({"alg": "PS256"}, False, False),
        ({"alg": "RSA-OAEP"}, False, True),
        ({"key_ops": ["verify"]}, True, False),
        ({"key_ops": ["encrypt", "wrapKey"]}, False, True),
        ({"key_ops": []}, False, False),
        ({"use": "sig", "alg": "RS256", "key_ops": ["verify"]}, True, False),
    ],
)
def test_what_its_owner_means_a_key_for_is_kept(meant_for: dict[str, Any], verifies: bool, encrypts: bool) -> None:
    keys = read_key_set({"keys": [{**RSA, **meant_for}]})

    assert bool(keys.verifying("RS256", None)) == verifies
    assert (keys.encrypting("RSA-OAEP") is not None) == encrypts


@pytest.mark.parametrize("meant_for", ["EdDSA", "Ed25519"])
@pytest.mark.parametrize("alg", ["EdDSA", "Ed25519"])
def test_a_key_fits_its_algorithm_under_either_name(meant_for: str, alg: str) -> None:
    assert kids({**ED, "kid": "a", "alg": meant_for}, alg=alg) == ["a"]
    assert kids({**ED, "kid": "a", "alg": "ES256"}, alg=alg) == []


@pytest.mark.parametrize("alg", jose.KEY_MANAGEMENT)
def test_each_way_to_encrypt_finds_the_keys_of_its_kinds(alg: str) -> None:
    fitting = {kind for kind, jwk in KEYS.items() if read_key_set({"keys": [jwk]}).encrypting(alg) is not None}

    assert fitting == ({"RSA"} if alg.startswith("RSA") else {"P-256", "P-384", "P-521", "X25519"})
    assert read_key_set({"keys": []}).encrypting(alg) is None


def test_the_key_made_for_encryption_is_preferred() -> None:
    keys = [
        {**RSA, "kid": "any"},
        {**RSA, "kid": "for another way", "use": "enc", "alg": "RSA-OAEP-256"},
        {**RSA, "kid": "for it", "use": "enc"},
        {**RSA, "kid": "another like it", "use": "enc"},
    ]
    chosen = {alg: read_key_set({"keys": keys}).encrypting(alg) for alg in ("RSA-OAEP", "RSA-OAEP-256", "RSA1_5")}

    assert {alg: key.kid for alg, key in chosen.items() if key is not None} == {
        "RSA-OAEP": "for it",
        "RSA-OAEP-256": "for another way",
    }
