"""RFC 7515 appendices A.1 to A.3 and A.5: the published signatures, made and verified by our algorithms."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from hibana_op.foundation import base64url, jose
from hibana_op.foundation.jose import key_types

PAYLOAD = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
RSA_KEY = {
    "kty": "RSA",
    "n": (
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-S"
        "Fd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UT"
        "o7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFk"
        "MLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
    ),
    "e": "AQAB",
}
RSA_PRIVATE_EXPONENT = (
    "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_"
    "GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHz"
    "QlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnc"
    "zT0QU91p1DhOVRuOopznQ"
)
RSA_INPUT = f"eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}"
RSA_SIGNATURE = (
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9C"
    "UAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6"
    "_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp"
    "0igcN_IoypGlUPQGe77Rw"
)
EC_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
EC_PRIVATE_VALUE = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
EC_INPUT = f"eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}"
EC_SIGNATURE = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"


def number(text: str) -> int:
    return int.from_bytes(base64url.decode(text), "big")


def test_appendix_a_2_is_signed_as_published() -> None:
    n, e, d = number(RSA_KEY["n"]), number(RSA_KEY["e"]), number(RSA_PRIVATE_EXPONENT)
    p, q = rsa.rsa_recover_prime_factors(n, e, d)
    halves = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    private = rsa.RSAPrivateNumbers(p, q, d, *halves, rsa.RSAPublicNumbers(e, n)).private_key()

    signature = jose.ALGORITHMS["RS256"].sign(private, RSA_INPUT.encode())

    assert base64url.encode(signature) == RSA_SIGNATURE


@pytest.mark.parametrize(
    ("algorithm", "jwk", "signed", "signature"),
    [("RS256", RSA_KEY, RSA_INPUT, RSA_SIGNATURE), ("ES256", EC_KEY, EC_INPUT, EC_SIGNATURE)],
    ids=["A.2", "A.3"],
)
def test_the_published_signature_fits_and_no_changed_one(
    algorithm: str, jwk: dict[str, str], signed: str, signature: str
) -> None:
    rules = jose.ALGORITHMS[algorithm]
    key, raw = key_types.public_key(jwk), base64url.decode(signature)

    rules.verify(key, raw, signed.encode())
    for damaged in (raw[:-1], raw + b"\0", bytes(len(raw)), raw[:-1] + bytes([raw[-1] ^ 1]), b""):
        with pytest.raises(InvalidSignature):
            rules.verify(key, damaged, signed.encode())
    with pytest.raises(InvalidSignature):
        rules.verify(key, raw, signed.encode() + b"A")


def test_appendix_a_3_is_written_as_two_numbers_and_not_as_der() -> None:
    rules = jose.ALGORITHMS["ES256"]
    private = ec.derive_private_key(number(EC_PRIVATE_VALUE), ec.SECP256R1())

    signature = rules.sign(private, EC_INPUT.encode())

    assert key_types.members(private.public_key()) == EC_KEY
    assert len(signature) == 64
    rules.verify(key_types.public_key(EC_KEY), signature, EC_INPUT.encode())


@pytest.mark.parametrize(
    ("algorithm", "jwk", "token"),
    [
        ("RS256", RSA_KEY, f"{RSA_INPUT}.{RSA_SIGNATURE}"),
        ("ES256", EC_KEY, f"{EC_INPUT}.{EC_SIGNATURE}"),
        ("RS256", RSA_KEY, f"eyJhbGciOiJub25lIn0.{PAYLOAD}."),
    ],
    ids=["A.2", "A.3", "A.5, unsecured"],
)
def test_a_well_signed_token_with_a_header_that_is_not_ours_is_refused(
    algorithm: str, jwk: dict[str, str], token: str
) -> None:
    key = jose.load_public("example", algorithm, jwk)

    with pytest.raises(jose.BadToken, match="header"):
        jose.verify(token, [key], typ="JWT")


def test_appendix_a_1_is_verified_with_the_published_secret() -> None:
    secret = base64url.decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
    token = f"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{PAYLOAD}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    claims = jose.verify_with_secret(token, secret, algorithms=["HS256"], typ=["JWT"])

    assert claims == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
    with pytest.raises(jose.BadToken, match="MAC does not fit"):
        jose.verify_with_secret(token, secret[:-1], algorithms=["HS256"], typ=["JWT"])


def test_appendix_a_5_is_read_as_what_nobody_signed() -> None:
    token = f"eyJhbGciOiJub25lIn0.{PAYLOAD}."

    assert jose.read_unsigned(token, typ=[None])["iss"] == "joe"
    with pytest.raises(jose.BadToken):
        jose.verify_foreign(token, jose.read_key_set({"keys": [RSA_KEY]}), algorithms=["none"], typ=[None])
