"""The certificates that a provider's signatures are checked with: containers of keys, which an administrator pinned."""

import re

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from hibana_op.foundation.errors import InvalidRecord

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")
_CURVES = ("secp256r1", "secp384r1", "secp521r1")
_SMALLEST_RSA = 2048
MOST = 8


def read(text: str) -> list[str]:
    """The certificates in a text in PEM form, each written alike; those with weak keys are refused."""
    return [checked(found) for found in _PEM.findall(text)]


def checked(pem: str) -> str:
    """One certificate in PEM form."""
    try:
        certificate = load(pem)
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidRecord("a certificate cannot be read; it is written in PEM form") from None
    is_rsa = isinstance(key, rsa.RSAPublicKey) and key.key_size >= _SMALLEST_RSA
    is_ec = isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES
    if not is_rsa and not is_ec:
        raise InvalidRecord(f"a certificate holds a key of RSA from {_SMALLEST_RSA} bits, or of P-256, P-384 or P-521")
    return certificate.public_bytes(Encoding.PEM).decode()


def load(pem: str) -> x509.Certificate:
    """A certificate."""
    return x509.load_pem_x509_certificate(pem.encode())
