"""RFC 8037 appendix A: the published Ed25519 key, its thumbprint and its signature."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

from hibana_op.foundation import base64url, jose
from hibana_op.foundation.jose import key_types

PRIVATE = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
SIGNED = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
SIGNATURE = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"


def test_appendices_a_1_to_a_3_the_key_and_its_thumbprint() -> None:
    private = ed25519.Ed25519PrivateKey.from_private_bytes(base64url.decode(PRIVATE))

    assert key_types.members(private.public_key()) == JWK
    assert jose.thumbprint(JWK) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize("algorithm", ["EdDSA", "Ed25519"])
def test_appendices_a_4_and_a_5_the_signature_is_made_and_verified_as_published(algorithm: str) -> None:
    rules = jose.ALGORITHMS[algorithm]
    private = ed25519.Ed25519PrivateKey.from_private_bytes(base64url.decode(PRIVATE))

    assert base64url.encode(rules.sign(private, SIGNED.encode())) == SIGNATURE
    rules.verify(key_types.public_key(JWK), base64url.decode(SIGNATURE), SIGNED.encode())
    with pytest.raises(InvalidSignature):
        rules.verify(key_types.public_key(JWK), base64url.decode(SIGNATURE), SIGNED.encode() + b"A")
