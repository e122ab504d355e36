"""What an attacker makes of one genuine token and the public key that goes with it.

Most tricks stand in forged_tokens.json: what changes in the header or the payload, and who signs the result.
The owner signs too, for a token that is well signed may still ask for what nobody should do. What cannot be
said in JSON is made here.
"""

import hmac
import json
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hibana_op.foundation import jose
from hibana_op.foundation.base64url import decode, encode
from hibana_op.foundation.jose import key_types

EVIL_URL = "https://attacker.example/keys"
TRICKS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("forged_tokens.json").read_bytes())
_MACS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
_ADMIN = {"sub": "admin", "scope": "everything"}


def forgeries(
    genuine: str, jwk: Mapping[str, Any] | None = None, *, sign: Callable[[bytes], bytes] | None = None
) -> dict[str, str]:
    """Forged tokens by the name of their trick; no verifier may take one of them.

    `jwk` is the public key that verifies the genuine token, None when a secret does. `sign` signs as the owner
    of the genuine token does; without it, the tricks that an owner would have to play are left out.
    """
    return {
        **dict(_listed(genuine, sign)),
        **dict(_signed_with_the_public_key(genuine, jwk)),
        **dict(_signed_by_other_algorithms(genuine)),
        **dict(_with_another_header(genuine)),
        **dict(_with_another_payload(genuine, sign)),
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


def takes_long(attempt: Callable[[], object]) -> bool:
    """Whether something takes more than a tenth of a second, and not just because the machine is busy."""

    def seconds() -> float:
        begun = time.perf_counter()
        attempt()
        return time.perf_counter() - begun

    return all(seconds() > 0.1 for _ in range(3))


@cache
def _attackers_key(algorithm: str) -> jose.SigningKey:
    new = jose.generate(algorithm)
    return jose.load(new.kid, algorithm, new.private_pem, new.public_jwk)


def _listed(genuine: str, sign: Callable[[bytes], bytes] | None) -> Iterator[tuple[str, str]]:
    genuine_header, (_, payload, signature) = header_of(genuine), genuine.split(".")
    algorithm = genuine_header["alg"]
    for trick in TRICKS:
        by = trick["signature"]
        changes = _filled(trick.get("header", {}), algorithm)
        if (by == "owner" and sign is None) or (changes and changes.items() <= genuine_header.items()):
            continue
        header = {name: value for name, value in genuine_header.items() if name not in trick.get("without", ())}
        body = part(_ADMIN) if by == "attacker" else payload
        if "payload" in trick:
            body = encode(trick["payload"].encode())
        signed = f"{part({**header, **changes})}.{body}"
        if by == "owner" and sign is not None:
            made = encode(sign(signed.encode()))
        elif by == "attacker":
            made = _attack(algorithm, signed)
        else:
            made = signature if by == "kept" else ""
        yield f"{trick['row']} {trick['trick']}", f"{signed}.{made}"


def _filled(value: Any, algorithm: str) -> Any:
    """A value of the list with its place holders filled in."""
    if isinstance(value, dict):
        return {name: _filled(member, algorithm) for name, member in value.items()}
    mine = _attackers_key(algorithm if algorithm not in _MACS else "RS256")
    fillings: dict[str, Any] = {"$JWK": mine.public_jwk, "$KID": mine.kid, "$URL": EVIL_URL, "$LONG": "k" * 10_240}
    return fillings.get(value, value) if isinstance(value, str) else value


def _attack(algorithm: str, signed: str) -> str:
    """The attacker's signature."""
    if algorithm in _MACS:
        return encode(hmac.digest(b"the attacker's guess " * 4, signed.encode(), _MACS[algorithm]))
    return encode(jose.ALGORITHMS[algorithm].sign(_attackers_key(algorithm).private, signed.encode()))


def _signed_with_the_public_key(genuine: str, jwk: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    _, payload, _ = genuine.split(".")
    secrets = {"empty key": b"", "client's name": b"client"}
    if jwk is not None:
        key = key_types.public_key(jwk)
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        secrets |= {
            "PEM": pem,
            "PEM without its last line feed": pem.rstrip(b"\n"),
            "DER": key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            "JWK": json.dumps(dict(jwk)).encode(),
        }
    for name, secret in secrets.items():
        for algorithm, digest in _MACS.items():
            signed = f"{part({**header_of(genuine), 'alg': algorithm})}.{payload}"
            yield f"{algorithm} with the {name}", f"{signed}.{encode(hmac.digest(secret, signed.encode(), digest))}"


def _signed_by_other_algorithms(genuine: str) -> Iterator[tuple[str, str]]:
    header = header_of(genuine)
    for other in sorted(set(jose.SIGNING_ALGORITHMS) - {header["alg"]}):
        signed = f"{part({**header, 'alg': other})}.{part(_ADMIN)}"
        yield f"the attacker's {other}", f"{signed}.{_attack(other, signed)}"
    inner = encode(genuine.encode())
    nested = f"{part({**header, 'cty': 'JWT'})}.{inner}"
    yield "nested in the attacker's", f"{nested}.{_attack(header['alg'], nested)}"
    bomb = f"{part({**header, 'zip': 'DEF'})}.{encode(zlib.compress(b' ' * 100_000))}"
    yield "the attacker's bomb", f"{bomb}.{_attack(header['alg'], bomb)}"


def _with_another_header(genuine: str) -> Iterator[tuple[str, str]]:
    header, (_, payload, signature) = header_of(genuine), genuine.split(".")
    if isinstance(header.get("typ"), str):
        for name, typ in {
            "in capitals": header["typ"].swapcase(),
            "with a prefix": f"application/{header['typ']}",
        }.items():
            yield f"typ {name}", f"{part({**header, 'typ': typ})}.{payload}.{signature}"
    for left_out in ("kid", "typ"):
        if left_out in header:
            shorter = {name: value for name, value in header.items() if name != left_out}
            yield f"no {left_out}", f"{part(shorter)}.{payload}.{signature}"
    raw = decode(genuine.split(".", maxsplit=1)[0])
    others = {
        "a name twice": raw[:-1] + b',"alg":"none"}',
        "a name twice, first": b'{"alg":"none",' + raw[1:],
        "spaces": b" " + raw,
        "another order": json.dumps(dict(reversed(header.items())), separators=(", ", ":")).encode(),
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


def _with_another_payload(genuine: str, sign: Callable[[bytes], bytes] | None) -> Iterator[tuple[str, str]]:
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
        if changed != raw:
            yield f"payload with {name}", f"{header}.{encode(changed)}.{signature}"
    if sign is None:
        return
    for name, changed in {
        "deep nesting": b'{"a":' * 1800 + b"1" + b"}" * 1800,
        "not UTF-8": b'{"sub":"\xff"}',
        "UTF-16": '{"sub":"admin"}'.encode("utf-16"),
        "twenty kilobytes": others["twenty kilobytes"],
    }.items():
        signed = f"{header}.{encode(changed)}"
        yield f"payload with {name}, signed by its owner", f"{signed}.{encode(sign(signed.encode()))}"


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
