"""The worked example of RFC 7636, Appendix B."""

from hibana_op.foundation.base64url import encode
from hibana_op.foundation.secrets import digest
from hibana_op.oauth import pkce

OCTETS = bytes.fromhex("7418dfb49799e0254ffa607dd8adbbba16d4254d69d6bff05b58055853848d79")
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_example_verifier_fits_the_example_challenge() -> None:
    assert encode(OCTETS) == VERIFIER
    assert digest(VERIFIER) == CHALLENGE
    pkce.verify(CHALLENGE, VERIFIER)
