"""Encrypted tokens: what we encrypt, another library opens; what others encrypt, we open, and nothing odd."""

import base64
import json
import zlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from hibana_op.foundation import jose
from hibana_op.foundation.base64url import decode, encode
from hibana_op.foundation.jose import BadKeySet, BadToken, DecryptionKey, key_types, read_key_set
from tests.foundation.forged import header_of, part, takes_long

PAYLOAD = b"a token signed by its client"
NEW_KEYS = {name: jose.generate(name) for name in jose.OWN_ENCRYPTION_KEYS}
OWN = {name: jose.load_decryption(new.kid, name, new.private_pem, new.public_jwk) for name, new in NEW_KEYS.items()}
PRIVATE: dict[str, Any] = {
    "RSA": rsa.generate_private_key(65537, 2048),
    "P-256": ec.generate_private_key(ec.SECP256R1()),
    "P-384": ec.generate_private_key(ec.SECP384R1()),
    "P-521": ec.generate_private_key(ec.SECP521R1()),
    "X25519": x25519.X25519PrivateKey.generate(),
}
STRANGERS: dict[str, Any] = {"RSA": RSAKey, "P-256": ECKey, "P-384": ECKey, "P-521": ECKey, "X25519": OKPKey}
WAYS = [(alg, enc) for alg in jose.KEY_MANAGEMENT for enc in jose.CONTENT_ENCRYPTION]

every_way = pytest.mark.parametrize(("alg", "enc"), WAYS)


def family(alg: str) -> str:
    return "RSA-OAEP" if alg.startswith("RSA") else "ECDH-ES"


def own(alg: str) -> DecryptionKey:
    return OWN[family(alg)]


def own_set() -> jose.KeySet:
    return read_key_set(jose.public_jwks(OWN.values()))


def by_stranger(alg: str, enc: str, payload: bytes = PAYLOAD, **header: Any) -> str:
    """A token that another library encrypts to our published key."""
    jwk = own(alg).public_jwk
    full = {"alg": alg, "enc": enc, "kid": jwk["kid"], **header}
    present = {name: value for name, value in full.items() if value is not None}
    key = (RSAKey if jwk["kty"] == "RSA" else ECKey).import_key(dict(jwk))
    algorithms = [alg, enc, *([full["zip"]] if "zip" in full else [])]
    return jwe.encrypt_compact(present, payload, key, registry=jwe.JWERegistry(algorithms=algorithms))


@every_way
def test_what_others_encrypt_is_opened(alg: str, enc: str) -> None:
    for payload in (PAYLOAD, b"", b"x" * 10_000, bytes(range(256))):
        assert jose.decrypt(by_stranger(alg, enc, payload), list(OWN.values())) == payload


@every_way
def test_what_is_encrypted_others_open(alg: str, enc: str) -> None:
    for kind in sorted(jose.algorithms.ENCRYPTING_KINDS[alg]):
        jwk = {**key_types.members(PRIVATE[kind].public_key()), "kid": "key-1", "use": "enc"}
        token = jose.encrypt(PAYLOAD, read_key_set({"keys": [jwk]}), alg=alg, enc=enc, cty="JWT")
        opened = jwe.decrypt_compact(token, STRANGERS[kind].import_key(PRIVATE[kind]), algorithms=[alg, enc])

        assert opened.plaintext == PAYLOAD
        header = {name: value for name, value in header_of(token).items() if name != "epk"}
        assert header == {"alg": alg, "enc": enc, "kid": "key-1", "cty": "JWT"}


@every_way
def test_nothing_that_was_changed_is_opened(alg: str, enc: str) -> None:
    token = by_stranger(alg, enc)
    for number, segment in enumerate(token.split(".")):
        raw = decode(segment)
        if number == 0 or not raw:
            continue
        for changed in (bytes([raw[0] ^ 1]) + raw[1:], raw[:-1] + bytes([raw[-1] ^ 1]), raw[:-1], raw + b"\0", b""):
            segments = token.split(".")
            segments[number] = encode(changed)
            with pytest.raises(BadToken):
                jose.decrypt(".".join(segments), list(OWN.values()))
    other_header = part({**header_of(token), "more": 1})
    with pytest.raises(BadToken):
        jose.decrypt(f"{other_header}.{token.partition('.')[2]}", list(OWN.values()))


@pytest.mark.parametrize("alg", jose.KEY_MANAGEMENT)
def test_a_token_says_which_key_opens_it_or_those_that_fit_are_tried(alg: str) -> None:
    new = jose.generate(family(alg))
    later = jose.load_decryption(new.kid, family(alg), new.private_pem, new.public_jwk)
    named, unnamed = by_stranger(alg, "A128GCM"), by_stranger(alg, "A128GCM", kid=None)

    assert jose.decrypt(named, [own(alg), later]) == PAYLOAD
    assert jose.decrypt(unnamed, [own(alg), later]) == jose.decrypt(unnamed, [later, own(alg)]) == PAYLOAD
    for keys in ([later], []):
        with pytest.raises(BadToken):
            jose.decrypt(named, keys)
        with pytest.raises(BadToken):
            jose.decrypt(unnamed, keys)


def test_only_public_members_of_a_key_are_ever_published() -> None:
    keys = json.loads(jose.public_jwks(OWN.values()))["keys"]

    assert [key.keys() for key in keys] == [
        {"kty", "n", "e", "kid", "use"},
        {"kty", "crv", "x", "y", "kid", "use"},
    ]
    assert {key["use"] for key in keys} == {"enc"}


def test_halves_of_two_pairs_are_not_loaded_as_one() -> None:
    for name, new in NEW_KEYS.items():
        with pytest.raises(ValueError, match="not of one pair"):
            jose.load_decryption(new.kid, name, jose.generate(name).private_pem, new.public_jwk)


def test_encryption_needs_a_key_and_a_way_that_exist() -> None:
    with pytest.raises(BadKeySet, match="no key that RSA-OAEP"):
        jose.encrypt(PAYLOAD, read_key_set({"keys": []}), alg="RSA-OAEP", enc="A128GCM")
    for alg in ("RSA1_5", "dir", "A128KW", "PBES2-HS256+A128KW", "none"):
        with pytest.raises(BadKeySet, match="no key that"):
            jose.encrypt(PAYLOAD, own_set(), alg=alg, enc="A128GCM")
    with pytest.raises(ValueError, match="A999GCM is not among"):
        jose.encrypt(PAYLOAD, own_set(), alg="RSA-OAEP", enc="A999GCM")
    small = {"kty": "OKP", "crv": "X25519", "x": encode(bytes(32))}
    with pytest.raises(BadKeySet, match="cannot be encrypted to"):
        jose.encrypt(PAYLOAD, read_key_set({"keys": [small]}), alg="ECDH-ES", enc="A128GCM")


def five(header: object, key: bytes = b"", iv: bytes = b"\0" * 12, text: bytes = b"", tag: bytes = b"\0" * 16) -> str:
    return ".".join([part(header), *(encode(raw) for raw in (key, iv, text, tag))])


POINT = {name: OWN["ECDH-ES"].public_jwk[name] for name in ("kty", "crv", "x", "y")}
ECDH = {"alg": "ECDH-ES", "enc": "A128GCM"}
OCT = OctKey.import_key(b"k" * 16)
REFUSED: dict[str, str] = {
    "a signed token": f"{part({'alg': 'RS256'})}.{part({})}.AAAA",
    "dir": five({"alg": "dir", "enc": "A128GCM"}),
    "dir of another library": jwe.encrypt_compact({"alg": "dir", "enc": "A128GCM"}, b"x", OCT, ["dir", "A128GCM"]),
    "A128KW": five({"alg": "A128KW", "enc": "A128GCM"}, key=b"k" * 24),
    "RSA1_5": five({"alg": "RSA1_5", "enc": "A128GCM"}, key=b"k" * 256),
    "ECDH-1PU": five({"alg": "ECDH-1PU", "enc": "A128GCM", "epk": POINT}),
    "PBES2 that would take years": five(
        {"alg": "PBES2-HS512+A256KW", "enc": "A128GCM", "p2c": 2_000_000_000, "p2s": "AAAA"}, key=b"k" * 24
    ),
    "alg none": five({"alg": "none", "enc": "A128GCM"}),
    "alg in small letters": five({"alg": "rsa-oaep", "enc": "A128GCM"}),
    "alg a number": five({"alg": 7, "enc": "A128GCM"}),
    "no alg": five({"enc": "A128GCM"}),
    "no enc": five({"alg": "RSA-OAEP"}),
    "enc unknown": five({"alg": "RSA-OAEP", "enc": "A999GCM"}),
    "enc that is none of ours": five({"alg": "RSA-OAEP", "enc": "A192GCM"}),
    "enc a number": five({"alg": "RSA-OAEP", "enc": 7}),
    "crit": five({"alg": "RSA-OAEP", "enc": "A128GCM", "crit": ["exp"], "exp": 1}),
    "zip": by_stranger("RSA-OAEP", "A128GCM", b"x" * 1000, zip="DEF"),
    "a bomb": by_stranger("ECDH-ES", "A128GCM", zlib.compress(b"\0" * 8_000_000)[2:-4], zip="DEF"),
    "kid of nobody": by_stranger("RSA-OAEP", "A128GCM", kid="../../etc/passwd"),
    "kid of a key of another kind": by_stranger("RSA-OAEP", "A128GCM", kid=OWN["ECDH-ES"].kid),
    "kid a number": five({"alg": "RSA-OAEP", "enc": "A128GCM", "kid": 7}),
    "no epk": five(ECDH),
    "epk that is text": five({**ECDH, "epk": "AAAA"}),
    "epk of another curve": five({**ECDH, "epk": key_types.members(PRIVATE["P-384"].public_key())}),
    "epk of another kind": five({**ECDH, "epk": key_types.members(PRIVATE["X25519"].public_key())}),
    "epk of RSA": five({**ECDH, "epk": key_types.members(PRIVATE["RSA"].public_key())}),
    "epk off the curve": five({**ECDH, "epk": {**POINT, "y": POINT["x"]}}),
    "epk at infinity": five({**ECDH, "epk": {**POINT, "x": encode(bytes(32)), "y": encode(bytes(32))}}),
    "epk with a secret": five({**ECDH, "epk": {**POINT, "d": "AAAA"}}),
    "epk without y": five({**ECDH, "epk": {name: POINT[name] for name in ("kty", "crv", "x")}}),
    "epk that is ours": five({**ECDH, "epk": POINT}),
    "apu a number": five({**ECDH, "epk": POINT, "apu": 7}),
    "apv that is no base64url": five({**ECDH, "epk": POINT, "apv": "=="}),
    "an encrypted key where there is none": five({**ECDH, "epk": POINT}, key=b"k" * 24),
    "no encrypted key where there is one": five({"alg": "RSA-OAEP", "enc": "A128GCM"}),
    "an encrypted key too long": five({"alg": "RSA-OAEP", "enc": "A128GCM"}, key=b"k" * 5000),
    "a key to unwrap that is short": five({**ECDH, "alg": "ECDH-ES+A128KW", "epk": POINT}, key=b"k"),
    "no iv": five({**ECDH, "epk": POINT}, iv=b""),
    "no tag": five({**ECDH, "epk": POINT}, tag=b""),
    "a tag of four bytes": five({**ECDH, "epk": POINT}, tag=b"\0" * 4),
    "a text that is no block": five({**ECDH, "enc": "A128CBC-HS256", "epk": POINT}, iv=bytes(16), text=b"x"),
    "jwk for the key": five({"alg": "RSA-OAEP", "enc": "A128GCM", "jwk": POINT, "jku": "https://attacker.example/"}),
    "jku that is no address": five({"alg": "RSA-OAEP", "enc": "A128GCM", "jku": 7}),
    "padding": by_stranger("RSA-OAEP", "A128GCM") + "==",
    "six segments": by_stranger("RSA-OAEP", "A128GCM") + ".AAAA",
    "longer than sixteen kilobytes": by_stranger("RSA-OAEP", "A128GCM", b"x" * 13_000),
    "deep nesting": f"{base64.urlsafe_b64encode(b'[' * 9000).decode()}.AAAA.AAAA.AAAA.AAAA",
    "JSON serialization": json.dumps({"protected": part({"alg": "dir"}), "ciphertext": "AAAA"}),
    "nothing": "....",
}


@pytest.mark.parametrize("trick", REFUSED)
def test_D03_an_odd_token_is_refused_cheaply(trick: str) -> None:
    def attempt() -> None:
        with pytest.raises(BadToken):
            jose.decrypt(REFUSED[trick], list(OWN.values()))

    assert not takes_long(attempt)


@pytest.mark.parametrize("enc", jose.CONTENT_ENCRYPTION)
def test_D03_a_content_key_of_the_wrong_length_opens_nothing(enc: str) -> None:
    """Whoever encrypts to us chooses the content key: one that does not go with `enc` must not count."""
    public = OWN["RSA-OAEP"].private.public_key()
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    for length in (0, 1, 15, 17, 31, 33, 65):
        wrapped = public.encrypt(b"c" * length, oaep)
        token = five({"alg": "RSA-OAEP-256", "enc": enc}, key=wrapped, iv=bytes(12 if "GCM" in enc else 16))
        with pytest.raises(BadToken):
            jose.decrypt(token, list(OWN.values()))


@given(st.sampled_from(WAYS), st.binary(max_size=200), st.integers(0, 4), st.data())
def test_no_damage_makes_anything_but_a_refusal(
    way: tuple[str, str], noise: bytes, number: int, data: st.DataObject
) -> None:
    segments = by_stranger(*way).split(".")
    raw = decode(segments[number])
    place = data.draw(st.integers(0, len(raw)))
    changed = raw[:place] + noise + raw[place + len(noise) :]
    segments[number] = encode(changed)
    if changed == raw:
        assert jose.decrypt(".".join(segments), list(OWN.values())) == PAYLOAD
        return
    with pytest.raises(BadToken):
        jose.decrypt(".".join(segments), list(OWN.values()))
