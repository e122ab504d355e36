"""Secrets at rest: AES-256-GCM under a master key that lives outside the database."""

import hashlib
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hibana_op.foundation import base64url

_FORMAT = "v1"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_KEY_ID_LENGTH = 8


class Unsealable(Exception):
    """A sealed value that no key opens here: another master key, another row, or damage."""


class Vault:
    """Seals values for a row of the database; the first key seals, every key opens."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ValueError("a vault needs at least one master key")
        if any(len(key) != _KEY_BYTES for key in keys):
            raise ValueError(f"a master key is {_KEY_BYTES} bytes")
        self._raw = tuple(keys)
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self.key_id = _key_id(keys[0])

    def __repr__(self) -> str:
        return f"Vault({', '.join(self._ciphers)})"

    def with_current(self, key: bytes) -> "Vault":
        """A vault that seals under another key, and still opens what this one opens."""
        return Vault([key, *self._raw])

    def seal(self, plaintext: bytes, row: str) -> str:
        """Encrypt a value for one place, such as `signing_keys:private_sealed:<kid>`; it opens nowhere else."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        ciphertext = self._ciphers[self.key_id].encrypt(nonce, plaintext, _bound_to(self.key_id, row))
        return f"{_FORMAT}.{self.key_id}.{base64url.encode(nonce + ciphertext)}"

    def open(self, sealed: str, row: str) -> bytes:
        """Decrypt a value that was sealed for this place."""
        key_id, body = _parts(sealed)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise Unsealable(f"{row} is sealed under the master key {key_id}, which is not configured")
        try:
            raw = base64url.decode(body)
            return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound_to(key_id, row))
        except (InvalidTag, ValueError):
            raise Unsealable(f"{row} is damaged, or was sealed for another row") from None

    def is_current(self, sealed: str) -> bool:
        """Whether a value is sealed under the first key; the others are there to be replaced."""
        return _parts(sealed)[0] == self.key_id


def generate_master_key() -> str:
    """A new master key as an administrator keeps it: 32 random bytes in base64url."""
    return base64url.encode(secrets.token_bytes(_KEY_BYTES))


def parse_master_key(text: str) -> bytes:
    """The bytes of a master key; ValueError unless they are 32, in base64url with or without padding."""
    text = text.strip()
    try:
        key = base64url.decode(text.removesuffix("="))
    except ValueError:
        raise ValueError("a master key is url-safe base64") from None
    if len(key) != _KEY_BYTES:
        raise ValueError(f"a master key is {_KEY_BYTES} bytes, this one is {len(key)}")
    return key


def _key_id(key: bytes) -> str:
    return base64url.encode(hashlib.sha256(b"hibana master key id" + key).digest())[:_KEY_ID_LENGTH]


def _bound_to(key_id: str, row: str) -> bytes:
    return f"{_FORMAT}.{key_id}.{row}".encode()


def _parts(sealed: str) -> tuple[str, str]:
    version, _, rest = sealed.partition(".")
    key_id, dot, body = rest.partition(".")
    if version != _FORMAT or not dot:
        raise Unsealable("a value was not sealed by this program")
    return key_id, body
