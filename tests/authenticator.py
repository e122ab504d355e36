"""An authenticator in software (Web Authentication Level 3 §6), which can lie about anything, one thing at a time."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from hibana_op.foundation import base64url

ORIGIN = "https://id.example"
PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40
SYNCED = PRESENT | VERIFIED | ELIGIBLE | BACKED_UP
ON_ONE_DEVICE = PRESENT | VERIFIED
UNKNOWN_MAKE = bytes(16)


@dataclass(slots=True)
class SoftPasskey:
    """One credential and its private key."""

    flags: int = SYNCED
    sign_count: int = 0
    aaguid: bytes = UNKNOWN_MAKE
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """What `navigator.credentials.create()` gives, as `toJSON()` writes it."""
        self.user_handle = base64url.decode(options["user"]["id"])
        identifier = lies.get("credential_id", self.credential_id)
        attested = lies.get("aaguid", self.aaguid) + len(identifier).to_bytes(2, "big") + identifier + self._cose(lies)
        data = self._authenticator_data(options["rp"]["id"], lies, ATTESTED) + lies.get("attested", attested)
        statement = {"fmt": lies.get("fmt", "none"), "attStmt": lies.get("statement", {}), "authData": data}
        response = {
            "clientDataJSON": _client_data("webauthn.create", options, lies),
            "attestationObject": base64url.encode(cbor2.dumps(statement)),
            "transports": lies.get("transports", ["internal", "hybrid"]),
        }
        return _credential(lies.get("id", base64url.encode(identifier)), response, lies)

    def get(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """What `navigator.credentials.get()` gives, as `toJSON()` writes it."""
        client_data = _client_data("webauthn.get", options, lies)
        data = self._authenticator_data(options["rpId"], lies, 0)
        signed = data + hashlib.sha256(base64url.decode(client_data)).digest()
        signature = lies.get("key", self.key).sign(signed, ec.ECDSA(SHA256()))
        handle = lies.get("user_handle", self.user_handle)
        response = {
            "clientDataJSON": client_data,
            "authenticatorData": base64url.encode(data + lies.get("appended", b"")),
            "signature": base64url.encode(lies.get("signature", signature)),
            **({} if handle is None else {"userHandle": base64url.encode(handle)}),
        }
        return _credential(lies.get("id", base64url.encode(self.credential_id)), response, lies)

    def _authenticator_data(self, rp_id: str, lies: dict[str, Any], more: int) -> bytes:
        flags = lies.get("flags", self.flags) | more
        count = lies.get("sign_count", self.sign_count)
        data: bytes = hashlib.sha256(lies.get("rp_id", rp_id).encode()).digest() + bytes([flags])
        return data + int(count).to_bytes(4, "big")

    def _cose(self, lies: dict[str, Any]) -> bytes:
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        y = lies.get("padding", b"") + lies.get("y", y)
        key: bytes = cbor2.dumps({1: 2, 3: lies.get("algorithm", -7), -1: 1, -2: x, -3: y})
        return key


def _client_data(kind: str, options: dict[str, Any], lies: dict[str, Any]) -> str:
    told = {
        "type": lies.get("type", kind),
        "challenge": lies.get("challenge", options["challenge"]),
        "origin": lies.get("origin", ORIGIN),
        "crossOrigin": False,
        **lies.get("client_data", {}),
    }
    return base64url.encode(lies.get("client_data_json", json.dumps(told).encode()))


def _credential(identifier: str, response: dict[str, Any], lies: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": identifier,
        "rawId": lies.get("raw_id", identifier),
        "response": {**response, **lies.get("response", {})},
        "type": lies.get("credential_type", "public-key"),
        "clientExtensionResults": {},
        "authenticatorAttachment": "platform",
    }
