"""JWTs between a client and us in the form it registered: signed or not, encrypted or not (Core §10)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from hibana_op.foundation import base64url, jose
from hibana_op.foundation.errors import InvalidRequest, UnauthorizedClient
from hibana_op.oauth import client_keys, signing_keys
from hibana_op.provider import Provider
from hibana_op.records.clients import Client

TYPE = "JWT"
NONE = "none"  # the algorithm of what is not signed
# The content encryption of a client that names none (OpenID Connect Registration §2).
DEFAULT_ENCRYPTION = "A128CBC-HS256"
_UNSIGNED_HEADER = base64url.encode(b'{"alg":"none"}')


async def sign(op: Provider, client: Client, claims: Mapping[str, Any], *, algorithm: str) -> str:
    """The claims as a JWT, signed by an algorithm that the client registered."""
    if algorithm == NONE:
        return _unsigned(op, client, claims)
    return await op.signer.sign(await signing_keys.current(op, algorithm), claims, typ=TYPE)


def _unsigned(op: Provider, client: Client, claims: Mapping[str, Any]) -> str:
    """RFC 7519 §6, for a client that had it from us over TLS and registered to go without (Core §2)."""
    if not allows_unsigned(op, client):
        raise UnauthorizedClient("unsigned ID tokens are not allowed here any more: register another algorithm")
    return f"{_UNSIGNED_HEADER}.{base64url.encode(msgspec.json.encode(claims))}."


def allows_unsigned(op: Provider, client: Client) -> bool:
    """Whether anything unsigned may pass between a client and us; a strict deployment knows no such client."""
    return op.settings.profile == client.profile == "oidc"


async def encrypt(
    op: Provider, client: Client, content: bytes, *, alg: str, enc: str | None, cty: str | None = None
) -> str:
    """A JWE of some content (RFC 7516) for one of the client's own keys."""
    try:
        keys = await client_keys.find(op, client, lambda keys: bool(keys.encrypting(alg)))
        return jose.encrypt(content, keys, alg=alg, enc=enc or DEFAULT_ENCRYPTION, cty=cty)
    except (client_keys.NoKeys, jose.BadKeySet) as missing:
        raise InvalidRequest(f"the client has no key to encrypt to with {alg}", detail=str(missing)) from None


async def decrypted(op: Provider, token: str) -> str:
    """The token inside one that was encrypted to us; jose.BadToken when none of our keys opens it."""
    keyring = await op.remembered.keyring()
    try:
        return keyring.decrypt(token, op.now()).decode("ascii")
    except UnicodeDecodeError:
        raise jose.BadToken("what is encrypted is no token") from None
