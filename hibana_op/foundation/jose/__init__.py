"""Signed and encrypted tokens and their keys: the JOSE family (RFC 7515 to 7518, 7638, 8037, 8725)."""

from hibana_op.foundation.jose.algorithms import (
    ALGORITHMS,
    CONTENT_ENCRYPTION,
    INITIAL_ALGORITHMS,
    KEY_ALGORITHMS,
    KEY_MANAGEMENT,
    OWN_ENCRYPTION_KEYS,
    SIGNING_ALGORITHMS,
    Algorithm,
    names_of,
)
from hibana_op.foundation.jose.encryption import decrypt, encrypt
from hibana_op.foundation.jose.foreign import SECRET_ALGORITHMS, read_unsigned, verify_foreign, verify_with_secret
from hibana_op.foundation.jose.header import LONGEST_TOKEN, BadToken, Header, peek
from hibana_op.foundation.jose.key_types import thumbprint
from hibana_op.foundation.jose.keysets import BadKeySet, ForeignKey, KeySet, read_key_set
from hibana_op.foundation.jose.own_keys import (
    DecryptionKey,
    NewKey,
    SigningKey,
    generate,
    load,
    load_decryption,
    load_public,
    public_jwks,
)
from hibana_op.foundation.jose.signing import Signer, half_hash, verify

__all__ = [
    "ALGORITHMS",
    "CONTENT_ENCRYPTION",
    "INITIAL_ALGORITHMS",
    "KEY_ALGORITHMS",
    "KEY_MANAGEMENT",
    "LONGEST_TOKEN",
    "OWN_ENCRYPTION_KEYS",
    "SECRET_ALGORITHMS",
    "SIGNING_ALGORITHMS",
    "Algorithm",
    "BadKeySet",
    "BadToken",
    "DecryptionKey",
    "ForeignKey",
    "Header",
    "KeySet",
    "NewKey",
    "Signer",
    "SigningKey",
    "decrypt",
    "encrypt",
    "generate",
    "half_hash",
    "load",
    "load_decryption",
    "load_public",
    "names_of",
    "peek",
    "public_jwks",
    "read_key_set",
    "read_unsigned",
    "thumbprint",
    "verify",
    "verify_foreign",
    "verify_with_secret",
]
