"""ID tokens: OpenID Connect Core §2 and §3.1.3.6."""

from typing import Any

from hibana_op.foundation import jose
from hibana_op.oauth.claims import id_token_claims
from hibana_op.oauth.claims_request import of_family
from hibana_op.oauth.shapes import Approval, Person
from hibana_op.provider import Provider
from hibana_op.records.scope_mappings import ScopeMapping
from hibana_op.records.token_families import TokenFamily

TYPE = "JWT"


async def make(
    op: Provider,
    approval: Approval,
    *,
    family: TokenFamily,
    person: Person,
    access_token: str,
    mappings: list[ScopeMapping],
) -> str:
    """Sign the ID token that goes with an access token, by the algorithm the client registered."""
    client, now = approval.client, op.now()
    keyring = await op.remembered.keyring()
    key = keyring.signing(client.id_token_signed_response_alg, now)
    claims: dict[str, Any] = id_token_claims(
        person, scopes=approval.scopes, request=of_family(family), mappings=mappings
    )
    claims |= {
        "iss": op.issuer,
        "sub": family.user_id,
        "aud": client.client_id,
        "iat": now,
        "exp": now + client.id_token_lifetime,
        "auth_time": family.auth_time,
        "acr": family.acr,
        "amr": list(family.amr),
        "at_hash": jose.half_hash(key.algorithm, access_token),
    }
    if family.session_id is not None:
        claims["sid"] = family.session_id
    if approval.nonce is not None:
        claims["nonce"] = approval.nonce
    if approval.code is not None:
        claims["c_hash"] = jose.half_hash(key.algorithm, approval.code)
    return await op.signer.sign(key, claims, typ=TYPE)
