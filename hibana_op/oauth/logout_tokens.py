"""Logout tokens: OpenID Connect Back-Channel Logout 1.0 §2.4."""

import secrets

from hibana_op.oauth import client_tokens, signing_keys, subjects
from hibana_op.provider import Provider
from hibana_op.records.clients import Client

TYPE = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME = 120
# Nobody can prove an unsigned logout token, so whoever goes without signatures gets this one (§2.4).
_AT_LEAST = "RS256"


async def make(op: Provider, client: Client, *, user_id: str, session_id: str) -> str:
    """What tells a client that a session has ended, signed and encrypted as its ID tokens are."""
    now = op.now()
    algorithm = client.id_token_signed_response_alg
    key = await signing_keys.current(op, _AT_LEAST if algorithm == client_tokens.NONE else algorithm)
    claims = {
        "iss": op.issuer,
        "aud": client.client_id,
        "iat": now,
        "exp": now + LIFETIME,
        "jti": secrets.token_urlsafe(16),
        "sub": subjects.subject(op, client, user_id),
        "sid": subjects.sid(op, client, session_id),
        "events": {EVENT: {}},
    }
    token = await op.signer.sign(key, claims, typ=TYPE)
    if client.id_token_encrypted_response_alg is None:
        return token
    return await client_tokens.encrypt(
        op,
        client,
        token.encode(),
        alg=client.id_token_encrypted_response_alg,
        enc=client.id_token_encrypted_response_enc,
        cty=client_tokens.TYPE,
    )
