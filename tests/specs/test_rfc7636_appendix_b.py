"""The worked example of RFC 7636, Appendix B."""

from hibana_op.foundation.base64url import encode
from hibana_op.foundation.secrets import digest
from hibana_op.oauth import pkce

OCTETS = bytes(
    (116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186)
    + (22, 212, 37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121)
)
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_example_verifier_fits_the_example_challenge() -> None:
    assert encode(OCTETS) == VERIFIER
    assert digest(VERIFIER) == CHALLENGE
    pkce.verify(CHALLENGE, VERIFIER)
