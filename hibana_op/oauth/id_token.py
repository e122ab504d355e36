"""ID tokens: OpenID Connect Core §2, §3.1.3.6, §3.2.2.10 and §3.3.2.11."""

from collections.abc import Mapping
from typing import Any

from hibana_op.foundation import jose
from hibana_op.foundation.origin import Origin
from hibana_op.oauth import acting, client_tokens, mapping_faults, subjects
from hibana_op.oauth.claims import Explained, id_token_claims, userinfo_claims
from hibana_op.oauth.claims_request import of_family
from hibana_op.oauth.client_tokens import NONE
from hibana_op.oauth.shapes import Approval, ClaimsRequest, Person
from hibana_op.provider import Provider
from hibana_op.records.scope_mappings import ScopeMapping
from hibana_op.records.token_families import TokenFamily

TYPE = client_tokens.TYPE


async def make(
    op: Provider,
    approval: Approval,
    *,
    family: TokenFamily,
    person: Person,
    access_token: str | None,
    mappings: list[ScopeMapping],
    origin: Origin,
    is_alone: bool = False,
) -> str:
    """An ID token in the form that the client registered; one that is alone tells what userinfo would (§5.4)."""
    client, now = approval.client, op.now()
    claims, faults = _about_person(approval, person, of_family(family), mappings, is_alone=is_alone)
    if faults:
        await mapping_faults.report(op, faults, origin)
    claims |= {
        "iss": op.issuer,
        "sub": subjects.subject(op, client, family.user_id),
        "aud": client.client_id,
        "iat": now,
        "exp": now + client.id_token_lifetime,
        "auth_time": family.auth_time,
        "acr": family.acr,
        "amr": list(family.amr),
        **acting.claims(op, client, family),
    }
    if family.impersonator_id is not None:
        claims["exp"] = min(claims["exp"], family.expires_at)
    if family.session_id is not None:
        claims["sid"] = subjects.sid(op, client, family.session_id)
    if family.tenant_id is not None:
        claims["tenant_id"] = family.tenant_id  # anybody could change the tenant that the request named
    if approval.nonce is not None:
        claims["nonce"] = approval.nonce
    algorithm = client.id_token_signed_response_alg
    if algorithm != NONE:  # the hashes are those of the signature's algorithm
        if access_token is not None:
            claims["at_hash"] = jose.half_hash(algorithm, access_token)
        if approval.code is not None:
            claims["c_hash"] = jose.half_hash(algorithm, approval.code)
    token = await client_tokens.sign(op, client, claims, algorithm=algorithm)
    if client.id_token_encrypted_response_alg is not None:
        return await client_tokens.encrypt(
            op,
            client,
            token.encode(),
            alg=client.id_token_encrypted_response_alg,
            enc=client.id_token_encrypted_response_enc,
            cty=TYPE,
        )
    return token


def is_one(op: Provider, claims: Mapping[str, Any]) -> bool:
    """Whether claims that we signed are those of an ID token, and not of a userinfo answer."""
    return claims.get("iss") == op.issuer and "auth_time" in claims


def _about_person(
    approval: Approval, person: Person, request: ClaimsRequest, mappings: list[ScopeMapping], *, is_alone: bool
) -> tuple[dict[str, Any], list[Explained]]:
    """The claims, and the mappings that could not be followed."""
    faults, claims = list[Explained](), dict[str, Any]()
    if is_alone:
        of_scopes = ClaimsRequest(locales=request.locales)
        claims = userinfo_claims(person, scopes=approval.scopes, request=of_scopes, mappings=mappings)
    claims |= id_token_claims(person, scopes=approval.scopes, request=request, mappings=mappings, faults=faults)
    return claims, faults
