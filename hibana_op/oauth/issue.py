"""From an approval to tokens: first what the database must know, in the grant's transaction, then the signatures."""

from dataclasses import dataclass
from typing import Any

from hibana_op.foundation import secrets
from hibana_op.foundation.events import TokensIssued
from hibana_op.foundation.origin import Origin
from hibana_op.oauth import access_token, acting, id_token, mapping_faults, signing_keys, subjects
from hibana_op.oauth.claims import Explained, access_token_claims
from hibana_op.oauth.shapes import Approval
from hibana_op.provider import Provider
from hibana_op.records import access_tokens, clients, refresh_tokens
from hibana_op.records.access_tokens import AccessToken
from hibana_op.records.clients import Client
from hibana_op.records.refresh_tokens import RefreshToken
from hibana_op.records.scope_mappings import ScopeMapping
from hibana_op.records.token_families import TokenFamily
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Tokens that are recorded and wait to be signed."""

    approval: Approval
    access_claims: dict[str, Any]
    opaque_token: str | None
    refresh_token: str | None
    issued_at: int
    origin: Origin
    faults: list[Explained]


async def record(
    tx: Session, op: Provider, approval: Approval, *, grant: str, mappings: list[ScopeMapping], origin: Origin
) -> Prepared:
    """Write down what is issued. Runs in the transaction that spent the grant, so both happen or neither."""
    now = op.now()
    origin = acting.named(origin, approval.family)
    faults: list[Explained] = []
    claims = _access_claims(op, approval, mappings, faults, now=now)
    opaque = approval.resource is not None and approval.resource.token_format == "opaque"  # noqa: S105
    opaque_token = await _record_opaque(tx, approval, claims) if opaque else None
    refresh_token = approval.refresh_token
    if approval.refresh and approval.family is not None:
        refresh_token = await _record_refresh(tx, approval.client, approval.family, now=now)
    if now - (approval.client.last_used_at or 0) >= clients.USED_TO_THE:
        await clients.note_used(tx, approval.client.client_id, now=now)
    await op.emit(tx, _event(approval, grant), origin)
    return Prepared(
        approval=approval,
        access_claims=claims,
        opaque_token=opaque_token,
        refresh_token=refresh_token,
        issued_at=now,
        origin=origin,
        faults=faults,
    )


async def sign(op: Provider, prepared: Prepared, *, mappings: list[ScopeMapping]) -> dict[str, Any]:
    """The token response of RFC 6749 §5.1."""
    approval = prepared.approval
    body = await sign_access(op, prepared)
    if prepared.refresh_token:
        body["refresh_token"] = prepared.refresh_token
    family, person = approval.family, approval.person
    if family is not None and person is not None and "openid" in approval.scopes:
        body["id_token"] = await id_token.make(
            op,
            approval,
            family=family,
            person=person,
            access_token=body["access_token"],
            mappings=mappings,
            origin=prepared.origin,
        )
    return body


async def sign_access(op: Provider, prepared: Prepared) -> dict[str, Any]:
    """The access token, with what RFC 6749 §4.2.2 and §5.1 say beside it."""
    if prepared.faults:  # they were found inside a transaction, which is no place to tell of them
        await mapping_faults.report(op, prepared.faults, prepared.origin)
    return {
        "access_token": prepared.opaque_token or await _sign_access(op, prepared),
        "token_type": "Bearer",
        "expires_in": prepared.access_claims["exp"] - prepared.issued_at,
        "scope": " ".join(prepared.approval.scopes),
    }


def _event(approval: Approval, grant: str) -> TokensIssued:
    family = approval.family
    return TokensIssued(
        user_id=family.user_id if family else None,
        client_id=approval.client.client_id,
        tenant_id=family.tenant_id if family else approval.client.tenant_id,
        target_id=family.id if family else None,
        grant=grant,
        scopes=approval.scopes,
        audience=approval.resource.identifier if approval.resource else None,
    )


def _access_claims(
    op: Provider, approval: Approval, mappings: list[ScopeMapping], faults: list[Explained], *, now: int
) -> dict[str, Any]:
    """The claims of RFC 9068 §2.2; an opaque token carries the same in its row."""
    client, family, resource = approval.client, approval.family, approval.resource
    lifetime = (resource.token_lifetime if resource else None) or client.access_token_lifetime
    claims: dict[str, Any] = {
        "iss": op.issuer,
        "aud": resource.identifier if resource else op.issuer,
        "sub": subjects.subject(op, client, family.user_id) if family else client.client_id,
        "client_id": client.client_id,
        "iat": now,
        "exp": now + lifetime,
        "jti": access_token.new_jti(family.id if family else None),
        "scope": " ".join(approval.scopes),
    }
    if family is not None:
        claims |= {"auth_time": family.auth_time, "acr": family.acr, "amr": list(family.amr)}
        claims |= acting.claims(op, client, family)
        if family.tenant_id is not None:
            claims["tenant_id"] = family.tenant_id  # what it opens, it opens in this tenant alone
        claims["exp"] = min(claims["exp"], family.expires_at)  # no token outlives its approval
    if resource is not None and approval.person is not None:
        given = access_token_claims(
            approval.person,
            scopes=approval.scopes,
            resource_scopes=resource.scope_values,
            mappings=mappings,
            faults=faults,
        )
        claims = given | claims
    if family is None and client.tenant_id is not None:
        claims["tenant_id"] = client.tenant_id
    return claims


async def _sign_access(op: Provider, prepared: Prepared) -> str:
    resource = prepared.approval.resource
    algorithm = resource.signing_alg if resource else access_token.OWN_ALGORITHM
    key = await signing_keys.current(op, algorithm)
    return await op.signer.sign(key, prepared.access_claims, typ=access_token.TYPE)


async def _record_opaque(tx: Session, approval: Approval, claims: dict[str, Any]) -> str:
    text = secrets.token()
    await access_tokens.insert(
        tx,
        AccessToken(
            token_hash=secrets.digest(text),
            jti=claims["jti"],
            family_id=approval.family.id if approval.family else None,
            client_id=approval.client.client_id,
            subject=claims["sub"],
            audience=claims["aud"],
            scopes=approval.scopes,
            claims=claims,
            issued_at=claims["iat"],
            expires_at=claims["exp"],
        ),
    )
    return text


async def _record_refresh(tx: Session, client: Client, family: TokenFamily, *, now: int) -> str:
    text = secrets.token()
    idle_until = now + client.refresh_token_idle_lifetime
    await refresh_tokens.insert(
        tx,
        RefreshToken(
            token_hash=secrets.digest(text),
            family_id=family.id,
            created_at=now,
            expires_at=min(idle_until, family.expires_at),
        ),
    )
    return text
