"""RFC 7638 §3.1: the worked example of a JWK thumbprint."""

import pytest

from hibana_op.foundation.jose import thumbprint

EXAMPLE = {
    "kty": "RSA",
    "n": (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCi"
        "FV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb"
        "9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls"
        "1jF44-csFCur-kEgU8awapJzKnqDKgw"
    ),
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}


def test_the_example_has_the_published_thumbprint() -> None:
    assert thumbprint(EXAMPLE) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_other_members_and_their_order_do_not_count() -> None:
    turned = dict(reversed(EXAMPLE.items())) | {"use": "sig", "x5t": "other"}

    assert thumbprint(turned) == thumbprint(EXAMPLE)


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "RSA", "n": "AQAB"},
        {"kty": "EC", "crv": "P-256", "x": "AA"},
        {"kty": "oct", "k": "AA"},
        {"kty": "none"},
        {"kty": ["RSA"], "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "n": 5, "e": "AQAB"},
    ],
    ids=str,
)
def test_what_is_no_public_key_has_no_thumbprint(jwk: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="not a public key"):
        thumbprint(jwk)
