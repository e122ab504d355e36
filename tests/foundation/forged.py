"""What an attacker makes of one genuine token and the public key that goes with it."""

import base64
import hashlib
import hmac
import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from hibana_op.foundation import jose
from hibana_op.foundation.base64url import decode, encode

EVIL_URL = "https://attacker.example/keys"


def forge(genuine: str, jwk: Mapping[str, str]) -> dict[str, str]:
    """Forged tokens by the name of their trick; no verifier may take one of them."""
    return {
        **dict(_unsigned(genuine)),
        **dict(_signed_with_the_public_key(genuine, jwk)),
        **dict(_signed_by_the_attacker(genuine, jwk)),
        **dict(_with_another_header(genuine)),
        **dict(_with_another_payload(genuine)),
        **dict(_with_another_signature(genuine)),
        **dict(_spelled_differently(genuine)),
    }


def part(value: object) -> str:
    """A value as a segment of a token."""
    return encode(json.dumps(value, separators=(",", ":")).encode())


def header_of(token: str) -> dict[str, Any]:
    """The header of a token, decoded."""
    header: dict[str, Any] = json.loads(decode(token.split(".", maxsplit=1)[0]))
    return header


def _unsigned(genuine: str) -> Iterator[tuple[str, str]]:
    _, payload, signature = genuine.split(".")
    for algorithm in ("none", "None", "NONE", "nOnE", "", None, " none", "none\0"):
        header = part({**header_of(genuine), "alg": algorithm})
        yield f"alg {algorithm!r}, no signature", f"{header}.{payload}."
        yield f"alg {algorithm!r}, the old signature", f"{header}.{payload}.{signature}"
    header = part({name: value for name, value in header_of(genuine).items() if name != "alg"})
    yield "no alg", f"{header}.{payload}.{signature}"
    yield "signature left out", f"{genuine.rpartition('.')[0]}."
    yield "two segments", genuine.rpartition(".")[0]


def _signed_with_the_public_key(genuine: str, jwk: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    _, payload, _ = genuine.split(".")
    key = jose.ALGORITHMS[jwk["alg"]].public_key(jwk)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    secrets = {
        "PEM": pem,
        "PEM without its last line feed": pem.rstrip(b"\n"),
        "DER": key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "JWK": json.dumps(dict(jwk)).encode(),
        "empty key": b"",
    }
    for name, secret in secrets.items():
        for algorithm, digest in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512)):
            signed = f"{part({**header_of(genuine), 'alg': algorithm})}.{payload}"
            yield f"{algorithm} with the {name}", f"{signed}.{encode(hmac.digest(secret, signed.encode(), digest))}"


def _signed_by_the_attacker(genuine: str, jwk: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    algorithm = jwk["alg"]
    payload = part({"sub": "admin", "scope": "everything"})
    mine = jose.generate(algorithm)
    headers: dict[str, dict[str, Any]] = {
        "the same header": {},
        "jwk": {"jwk": mine.public_jwk},
        "jku": {"jku": EVIL_URL},
        "x5u": {"x5u": EVIL_URL},
        "x5c": {"x5c": [base64.b64encode(b"a certificate").decode()], "x5t": "AAAA"},
        "my kid": {"kid": mine.kid},
        "my kid and jwk": {"kid": mine.kid, "jwk": mine.public_jwk},
        "nested": {"cty": "JWT"},
        "crit": {"crit": ["exp"], "exp": 1},
        "crit empty": {"crit": []},
        "b64 false": {"b64": False, "crit": ["b64"]},
        "zip": {"zip": "DEF"},
        "PBES2": {"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 2_000_000_000, "p2s": "AAAA"},
    }
    for name, changes in headers.items():
        body = {"nested": encode(genuine.encode()), "zip": encode(zlib.compress(b" " * 100_000))}.get(name, payload)
        yield f"attacker's key, {name}", _sign(mine, {**header_of(genuine), **changes}, body)
    for other in set(jose.SIGNING_ALGORITHMS) - {algorithm}:
        yield f"another family, {other}", _sign(jose.generate(other), {**header_of(genuine), "alg": other}, payload)


def _sign(key: jose.NewKey, header: Mapping[str, Any], payload: str) -> str:
    rules = jose.ALGORITHMS[key.algorithm]
    signed = f"{part(header)}.{payload}"
    private = load_pem_private_key(key.private_pem, None)
    return f"{signed}.{encode(rules.sign(private, signed.encode()))}"


def _with_another_header(genuine: str) -> Iterator[tuple[str, str]]:
    header, (_, payload, signature) = header_of(genuine), genuine.split(".")
    kids: tuple[object, ...] = (
        "../../etc/passwd",
        "' OR 1=1 --",
        "k" * 10_240,
        7,
        None,
        [],
        {},
        True,
        "",
        EVIL_URL,
        "\0",
        "kid ",
    )
    for kid in kids:
        yield f"kid {str(kid)[:20]!r}", f"{part({**header, 'kid': kid})}.{payload}.{signature}"
    for typ in ("JWT", "at+jwt", "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt", header["typ"].upper(), None, ["JWT"]):
        if typ != header["typ"]:
            yield f"typ {typ}", f"{part({**header, 'typ': typ})}.{payload}.{signature}"
    full = f"application/{header['typ']}"
    yield "typ with its prefix", f"{part({**header, 'typ': full})}.{payload}.{signature}"
    for left_out in ("kid", "typ"):
        shorter = {name: value for name, value in header.items() if name != left_out}
        yield f"no {left_out}", f"{part(shorter)}.{payload}.{signature}"
    raw = decode(genuine.split(".", maxsplit=1)[0])
    others = {
        "a name twice": raw[:-1] + b',"alg":"none"}',
        "a name twice, first": b'{"alg":"none",' + raw[1:],
        "spaces": raw.replace(b",", b", "),
        "another order": json.dumps(dict(reversed(header.items())), separators=(",", ":")).encode(),
        "an escape": raw.replace(b'"alg"', b'"\\u0061lg"'),
        "a byte order mark": b"\xef\xbb\xbf" + raw,
        "UTF-16": raw.decode().encode("utf-16"),
        "not UTF-8": raw[:-1] + b"\xff}",
        "an array": b"[" + raw + b"]",
        "not JSON": b"alg=none",
        "nothing": b"",
        "deep nesting": b'{"a":' * 1800 + b"1" + b"}" * 1800,
        "trailing bytes": raw + b"\0",
    }
    for name, changed in others.items():
        yield f"header with {name}", f"{encode(changed)}.{payload}.{signature}"


def _with_another_payload(genuine: str) -> Iterator[tuple[str, str]]:
    header, payload, signature = genuine.split(".")
    raw = decode(payload)
    others = {
        "another subject": raw.replace(b'"sub":"', b'"sub":"admin'),
        "a claim more": raw[:-1] + b',"admin":true}',
        "a name twice": raw[:-1] + b',"sub":"admin"}',
        "an array": b"[" + raw + b"]",
        "a string": b'"admin"',
        "null": b"null",
        "nothing": b"",
        "a space more": raw + b" ",
        "deep nesting": b"[" * 5000 + b"]" * 5000,
        "twenty kilobytes": b'{"sub":"' + b"a" * 20_000 + b'"}',
    }
    for name, changed in others.items():
        yield f"payload with {name}", f"{header}.{encode(changed)}.{signature}"


def _with_another_signature(genuine: str) -> Iterator[tuple[str, str]]:
    signed, _, signature = genuine.rpartition(".")
    raw = decode(signature)
    half = len(raw) // 2
    r, s = int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
    others = {
        "all zero": bytes(len(raw)),
        "a bit turned": bytes([raw[0] ^ 1]) + raw[1:],
        "the last byte missing": raw[:-1],
        "a byte more": raw + b"\0",
        "a byte more in front": b"\0" + raw,
        "as DER": encode_dss_signature(r, s),
        "its halves exchanged": raw[half:] + raw[:half],
        "twice": raw + raw,
    }
    for name, changed in others.items():
        yield f"signature {name}", f"{signed}.{encode(changed)}"


def _spelled_differently(genuine: str) -> Iterator[tuple[str, str]]:
    header, payload, signature = genuine.split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    stray = alphabet[alphabet.index(signature[-1]) ^ 1]  # differs in bits that no byte uses
    yield "stray bits at the end of the signature", f"{header}.{payload}.{signature[:-1]}{stray}"
    yield "padded signature", f"{genuine}=="
    yield "padded payload", f"{header}.{payload}==.{signature}"
    yield "padded header", f"{header}=.{payload}.{signature}"
    yield "one segment more", f"{genuine}.{signature}"
    yield "an empty segment more", f"{genuine}."
    yield "an empty segment first", f".{genuine}"
    yield "five segments, as a JWE", f"{part({'alg': 'dir', 'enc': 'A256GCM'})}..AAAA.{payload}.{signature}"
    yield "JSON serialization", json.dumps({"protected": header, "payload": payload, "signature": signature})
    yield "cut in the middle", genuine[: len(genuine) // 2]
    yield "line feed at the end", f"{genuine}\n"
    yield "space in front", f" {genuine}"
    yield "space inside", f"{header}. {payload}.{signature}"
    yield "NUL at the end", f"{genuine}\0"
    yield "letters outside ASCII", f"{header}.{payload}.{signature[:-1]}Ａ"
    yield "half a character", f"{header}.{payload}.{signature}\ud800"
    yield "longer than sixteen kilobytes", f"{header}.{payload}.{signature}{'A' * 20_000}"
    yield "twenty kilobytes of dots", "." * 20_000
    yield "only dots", ".."
    yield "nothing", ""
