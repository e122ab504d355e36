"""Tokens that other parties signed: what their own library makes is taken, and nothing that pretends to be it."""

import hmac
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from hibana_op.foundation import jose
from hibana_op.foundation.base64url import encode
from hibana_op.foundation.jose import BadToken, KeySet, peek, read_key_set
from tests.foundation.forged import forgeries, part, takes_long

CLAIMS = {"iss": "client-1", "sub": "client-1", "aud": ["https://id.example"], "exp": 1_800_000_300, "名": "火花 é"}
NEW_KEYS = {algorithm: jose.generate(algorithm) for algorithm in jose.SIGNING_ALGORITHMS}
SECRET = b"a secret that is long enough for the longest of the three, which wants 64 bytes"
TYPES = (None, "JWT")
ALLOWED = jose.SIGNING_ALGORITHMS

every_algorithm = pytest.mark.parametrize("algorithm", jose.SIGNING_ALGORITHMS)
# The library that stands for the other party warns of names that RFC 9864 replaces.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")


def key_set(algorithm: str, **members: Any) -> KeySet:
    jwk = {name: value for name, value in NEW_KEYS[algorithm].public_jwk.items() if name not in {"kid", "alg", "use"}}
    return read_key_set({"keys": [{**jwk, "kid": "key-1", **members}]})


def signed(algorithm: str, claims: dict[str, Any] = CLAIMS, **header: Any) -> str:
    """A token as another library makes it."""
    kinds: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    key = kinds[NEW_KEYS[algorithm].public_jwk["kty"]].import_key(NEW_KEYS[algorithm].private_pem)
    full = {"alg": algorithm, "kid": "key-1", **header}
    present = {name: value for name, value in full.items() if value is not None}
    return jws.serialize_compact(present, json.dumps(claims), key, algorithms=[algorithm])


def maced(algorithm: str, secret: bytes = SECRET, **header: Any) -> str:
    """A token whose MAC another library makes."""
    full = {"alg": algorithm, **header}
    return jws.serialize_compact(full, json.dumps(CLAIMS), OctKey.import_key(secret), algorithms=[algorithm])


def owner(algorithm: str) -> Callable[[bytes], bytes]:
    new = NEW_KEYS[algorithm]
    private = jose.load(new.kid, algorithm, new.private_pem, new.public_jwk).private
    return lambda message: jose.ALGORITHMS[algorithm].sign(private, message)


def made(header: object, payload: object = CLAIMS, *, algorithm: str = "ES256") -> str:
    """A token with any header, well signed by ES256."""
    message = f"{part(header)}.{part(payload)}"
    return f"{message}.{encode(owner(algorithm)(message.encode()))}"


@every_algorithm
@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "application/jwt"])
def test_a_token_of_another_library_is_taken(algorithm: str, typ: str | None) -> None:
    token = signed(algorithm, typ=typ)

    assert jose.verify_foreign(token, key_set(algorithm), algorithms=[algorithm], typ=TYPES) == CLAIMS
    assert peek(token) == jose.Header(alg=algorithm, kid="key-1", typ=typ, cty=None, enc=None)


@every_algorithm
def test_a_token_without_a_kid_is_tried_with_the_keys_that_fit(algorithm: str) -> None:
    others = [NEW_KEYS[each].public_jwk for each in jose.SIGNING_ALGORITHMS]
    keys = read_key_set({"keys": others})

    assert jose.verify_foreign(signed(algorithm, kid=None), keys, algorithms=ALLOWED, typ=TYPES) == CLAIMS


@every_algorithm
def test_D01_D02_D03_D04_D05_no_forged_token_is_taken(algorithm: str) -> None:
    genuine = signed(algorithm, typ="JWT")
    keys = key_set(algorithm)
    forged = forgeries(genuine, NEW_KEYS[algorithm].public_jwk, sign=owner(algorithm))
    taken: list[str] = []

    def attempt(trick: str) -> None:
        for algorithms in (ALLOWED, [algorithm]):
            try:
                jose.verify_foreign(forged[trick], keys, algorithms=algorithms, typ=TYPES)
                taken.append(trick)
            except BadToken:
                pass

    slow = [trick for trick in forged if takes_long(partial(attempt, trick))]
    assert (taken, slow) == ([], [])
    assert len(forged) > 200
    assert genuine not in forged.values()
    assert jose.verify_foreign(genuine, keys, algorithms=ALLOWED, typ=TYPES) == CLAIMS


@pytest.mark.parametrize("algorithm", jose.SECRET_ALGORITHMS)
def test_D01_D02_D03_D04_D05_no_forged_token_is_taken_for_one_made_with_a_secret(algorithm: str) -> None:
    genuine = maced(algorithm, typ="JWT")
    digest = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}[algorithm]

    def sign(message: bytes) -> bytes:
        return hmac.digest(SECRET, message, digest)

    taken = []
    for trick, token in forgeries(genuine, sign=sign).items():
        try:
            jose.verify_with_secret(token, SECRET, algorithms=jose.SECRET_ALGORITHMS, typ=TYPES)
            taken.append(trick)
        except BadToken:
            pass

    # The kid says nothing where there is only one secret.
    assert [trick for trick in taken if not trick.startswith("D04")] == []
    assert jose.verify_with_secret(genuine, SECRET, algorithms=[algorithm], typ=TYPES) == CLAIMS


@pytest.mark.parametrize(("algorithm", "size"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
def test_D01_a_secret_shorter_than_its_hash_makes_no_mac(algorithm: str, size: int) -> None:
    for length, is_taken in ((size, True), (size - 1, False), (0, False)):
        secret = SECRET[:length]
        token = maced(algorithm, secret or b"x" * 16)
        if is_taken:
            assert jose.verify_with_secret(token, secret, algorithms=[algorithm], typ=[None]) == CLAIMS
        else:
            with pytest.raises(BadToken, match="shorter"):
                jose.verify_with_secret(token, secret, algorithms=[algorithm], typ=[None])


def test_D01_a_secret_verifies_no_signature_and_a_key_no_mac() -> None:
    mac = maced("HS256", kid="key-1")

    with pytest.raises(BadToken, match="no key of its signer"):
        jose.verify_foreign(mac, key_set("RS256"), algorithms=["RS256", "HS256"], typ=TYPES)
    with pytest.raises(BadToken, match="is no MAC"):
        jose.verify_with_secret(signed("RS256"), SECRET, algorithms=["RS256"], typ=TYPES)
    with pytest.raises(BadToken, match="not one of HS384"):
        jose.verify_with_secret(mac, SECRET, algorithms=["HS384"], typ=TYPES)
    with pytest.raises(BadToken, match="MAC does not fit"):
        jose.verify_with_secret(mac, SECRET + b"x", algorithms=["HS256"], typ=TYPES)


def test_an_unsigned_token_is_read_only_as_such() -> None:
    header, payload = part({"alg": "none"}), part(CLAIMS)
    token = f"{header}.{payload}."

    assert jose.read_unsigned(token, typ=TYPES) == CLAIMS
    for bad in (f"{header}.{payload}.AAAA", f"{header}.{payload}", signed("RS256"), f"{header}.."):
        with pytest.raises(BadToken):
            jose.read_unsigned(bad, typ=TYPES)
    for alg in ("None", "NONE", "none ", "", None, "HS256"):
        with pytest.raises(BadToken):
            jose.read_unsigned(f"{part({'alg': alg})}.{payload}.", typ=TYPES)
    with pytest.raises(BadToken, match="typ"):
        jose.read_unsigned(f"{part({'alg': 'none', 'typ': 'at+jwt'})}.{payload}.", typ=TYPES)
    with pytest.raises(BadToken):
        jose.verify_foreign(token, key_set("RS256"), algorithms=["none", "RS256"], typ=TYPES)
    with pytest.raises(BadToken):
        jose.verify_with_secret(token, SECRET, algorithms=["none", "HS256"], typ=TYPES)


def test_D01_only_an_allowed_algorithm_counts() -> None:
    keys = key_set("RS256")

    with pytest.raises(BadToken, match="not one of PS256, ES256"):
        jose.verify_foreign(signed("RS256"), keys, algorithms=["PS256", "ES256"], typ=TYPES)
    with pytest.raises(BadToken):
        jose.verify_foreign(signed("RS256"), keys, algorithms=[], typ=TYPES)


def test_D01_a_key_counts_only_for_what_its_owner_made_it_for() -> None:
    for meant_for in ({"use": "enc"}, {"alg": "PS256"}, {"key_ops": ["encrypt"]}, {"kid": "key-2"}):
        with pytest.raises(BadToken, match="no key of its signer"):
            jose.verify_foreign(signed("RS256"), key_set("RS256", **meant_for), algorithms=ALLOWED, typ=TYPES)


@pytest.mark.parametrize("typ", ["at+jwt", "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt", "JWT", None])
@pytest.mark.parametrize("wanted", ["at+jwt", "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt", "JWT", None])
def test_D05_a_token_of_one_type_is_none_of_another(typ: str | None, wanted: str | None) -> None:
    token = signed("ES256", typ=typ)
    if typ == wanted:
        assert jose.verify_foreign(token, key_set("ES256"), algorithms=["ES256"], typ=[wanted]) == CLAIMS
        return
    with pytest.raises(BadToken, match="its typ is"):
        jose.verify_foreign(token, key_set("ES256"), algorithms=["ES256"], typ=[wanted])


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "ES256", "crit": ["exp"], "exp": 1},
        {"alg": "ES256", "b64": True},
        {"alg": "ES256", "zip": "DEF"},
        {"alg": "ES256", "kid": 7},
        {"alg": "ES256", "kid": None},
        {"alg": "ES256", "typ": ["JWT"]},
        {"alg": "ES256", "cty": {}},
        {"alg": "ES256", "enc": "A128GCM"},
        {"alg": ["ES256"]},
        {"alg": ""},
        {"kid": "key-1"},
        ["ES256"],
        "ES256",
        None,
    ],
)
def test_D03_D04_a_header_that_asks_for_more_is_refused(header: object) -> None:
    with pytest.raises(BadToken):
        peek(made(header))


def test_what_a_header_brings_or_points_at_is_never_read() -> None:
    header = {"alg": "ES256", "kid": "key-1", "jwk": 7, "jku": {}, "x5u": [], "x5c": "none", "x5t": None, "other": 1}

    assert jose.verify_foreign(made(header), key_set("ES256"), algorithms=["ES256"], typ=TYPES) == CLAIMS
    assert peek(made(header)) == jose.Header(alg="ES256", kid="key-1", typ=None, cty=None, enc=None)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "....",
        "a.b.c",
        "e30.e30.",
        f"{part({'alg': 'ES256'})}.e30",
        f"{part({'alg': 'ES256'})}.e30.AA.AA",
        f"{part({'alg': 'ES256'})}.e30.AA.AA.AA",
        f"{part({'alg': 'dir', 'enc': 'A128GCM'})}.e30.AA",
        f"{part({'alg': 'ES256'})}=.e30.AA",
        f"{part({'alg': 'ES256'})}.e30.{'A' * 16_384}",
        "." * 100_000,
        "Ａ.Ａ.Ａ",
        "\ud800..",
    ],
)
def test_S05_what_is_no_token_is_refused_before_it_costs_anything(token: str) -> None:
    def attempt() -> None:
        with pytest.raises(BadToken):
            peek(token)

    assert not takes_long(attempt)


def test_a_token_of_the_greatest_length_is_read() -> None:
    claims = {"padding": "x" * 11_900}
    token = signed("ES256", claims)

    assert 16_000 < len(token) <= jose.LONGEST_TOKEN
    assert jose.verify_foreign(token, key_set("ES256"), algorithms=["ES256"], typ=TYPES) == claims


def test_an_encrypted_token_is_told_and_not_verified() -> None:
    keys = read_key_set({"keys": [NEW_KEYS["RS256"].public_jwk | {"use": "enc", "alg": "RSA-OAEP"}]})
    token = jose.encrypt(signed("ES256").encode(), keys, alg="RSA-OAEP", enc="A128GCM", cty="JWT")
    header = peek(token)

    assert (header.alg, header.enc, header.cty, header.is_encrypted) == ("RSA-OAEP", "A128GCM", "JWT", True)
    assert not peek(signed("ES256")).is_encrypted
    with pytest.raises(BadToken, match="encrypted"):
        jose.verify_foreign(token, key_set("ES256"), algorithms=[*ALLOWED, "RSA-OAEP"], typ=TYPES)


def test_the_corpus_is_wide() -> None:
    token = signed("ES256", typ="JWT")
    forged = forgeries(token, NEW_KEYS["ES256"].public_jwk, sign=owner("ES256"))

    for row in ("D01", "D02", "D03", "D04", "D05"):
        assert sum(name.startswith(row) for name in forged) >= 10
