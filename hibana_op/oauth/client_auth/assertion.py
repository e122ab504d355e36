"""private_key_jwt and client_secret_jwt: RFC 7523 §2.2 and §3, OpenID Connect Core §9."""

import math
from collections.abc import Mapping
from typing import Any

from hibana_op.foundation import base64url, jose, secrets
from hibana_op.foundation.errors import InvalidClient, InvalidRequest
from hibana_op.foundation.explanation import Explanation
from hibana_op.foundation.strict_json import read_object
from hibana_op.oauth import client_keys, client_secrets
from hibana_op.oauth.call import LONGEST, Call
from hibana_op.oauth.registered_claims import LEEWAY, time_fault
from hibana_op.oauth.shapes import BadCredential, ClientAuth, Credential
from hibana_op.provider import Provider
from hibana_op.records import jti_seen
from hibana_op.records.clients import Client

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# A token that says of itself that it is something else is no assertion (RFC 8725 §3.11).
TYPES = (None, "JWT", "client-authentication+jwt")
# What is seen is remembered until it expires, so what expires late is not taken.
LONGEST_LIFE = 600
# Where clients authenticate: OpenID Connect Core §9 lets an assertion be for the token endpoint or for the others.
ENDPOINTS = ("/token", "/introspect", "/revoke")


def algorithms(client: Client, possible: tuple[str, ...]) -> tuple[str, ...]:
    """The algorithms that a client may sign its assertions with."""
    registered = client.token_endpoint_auth_signing_alg
    return tuple(name for name in possible if registered is None or name in jose.names_of(registered))


def _find_by_key(call: Call) -> Credential | None:
    assertion = _sent(call)
    return None if assertion is None or _is_by_secret(assertion) else Credential(_subject(assertion), assertion)


def _find_by_secret(call: Call) -> Credential | None:
    assertion = _sent(call)
    return Credential(_subject(assertion), assertion) if assertion is not None and _is_by_secret(assertion) else None


def _sent(call: Call) -> str | None:
    assertion, kind = call.form.maybe("client_assertion"), call.form.maybe("client_assertion_type")
    if (assertion is None) != (kind is None) or kind not in (None, ASSERTION_TYPE):
        because = Explanation("client_assertion_type", (ASSERTION_TYPE,), kind, "client_assertion_type")
        raise InvalidRequest(
            f"client_assertion and client_assertion_type {ASSERTION_TYPE} belong together", because=because
        )
    return assertion


def _is_by_secret(assertion: str) -> bool:
    try:
        return jose.peek(assertion).alg in jose.SECRET_ALGORITHMS
    except jose.BadToken:
        return False


def _subject(assertion: str) -> str:
    """Whose assertion it claims to be, before anything is proven; empty when that is no client id."""
    try:
        name = read_object(base64url.decode(assertion.split(".")[1])).get("sub")
    except (IndexError, ValueError):
        return ""
    is_id = isinstance(name, str) and len(name) <= LONGEST["client_id"] and name.isascii() and name.isprintable()
    return str(name) if is_id else ""


async def _prove_by_key(op: Provider, client: Client | None, credential: Credential) -> Client:
    if client is None:
        raise BadCredential("there is no such client")
    assertion, allowed = credential.proof or "", algorithms(client, jose.SIGNING_ALGORITHMS)
    try:
        header = jose.peek(assertion)
        if header.alg not in allowed:  # asked before any key is fetched
            raise BadCredential(f"the assertion's alg is none of {', '.join(allowed)}")
        keys = await client_keys.verifying(op, client, header)
        claims = jose.verify_foreign(assertion, keys, algorithms=allowed, typ=TYPES)
    except (jose.BadToken, client_keys.NoKeys) as bad:
        raise BadCredential(str(bad)) from None
    await _accept(op, client, claims)
    return client


async def _prove_by_secret(op: Provider, client: Client | None, credential: Credential) -> Client:
    if client is None:
        raise BadCredential("there is no such client")
    claims, why = None, "the client has no secret that could sign"
    for secret in client_secrets.opened(op, client):
        try:
            allowed = algorithms(client, jose.SECRET_ALGORITHMS)
            claims = jose.verify_with_secret(credential.proof or "", secret, algorithms=allowed, typ=TYPES)
            break
        except jose.BadToken as bad:
            why = str(bad)
    if claims is None:
        raise BadCredential(why)
    await _accept(op, client, claims)
    return client


async def _accept(op: Provider, client: Client, claims: Mapping[str, Any]) -> None:
    """Check what an assertion says, and use up its jti; whoever could sign it is told what is wrong with it."""
    fault = _naming_fault(op, client, claims) or _life_fault(claims, now=op.now())
    if fault is not None:
        because = Explanation("client_assertion_claims", sent=fault, parameter="client_assertion")
        raise InvalidClient(f"client_assertion: {fault}", because=because)
    jti_hash, expires_at = secrets.digest(claims["jti"]), math.ceil(claims["exp"]) + LEEWAY
    is_first = await op.db.transact(lambda tx: jti_seen.spend(tx, client.client_id, jti_hash, expires_at=expires_at))
    if not is_first:
        raise InvalidClient(
            "client_assertion: its jti was used before; each request needs an assertion of its own",
            because=Explanation("client_assertion_replayed", parameter="client_assertion"),
        )


def _naming_fault(op: Provider, client: Client, claims: Mapping[str, Any]) -> str | None:
    if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
        return "iss and sub must both be the client_id"
    if not _is_for_us(op, client, claims.get("aud")):
        return f"aud must be {op.issuer}"
    jti = claims.get("jti")
    return None if isinstance(jti, str) and jti else "jti is missing"


def _is_for_us(op: Provider, client: Client, aud: Any) -> bool:
    """Strict profiles take the issuer and nothing else; an assertion that is for others too is one that they hold."""
    if client.profile != "oidc":
        return bool(aud == op.issuer)
    known = (op.issuer, *(f"{op.issuer}{path}" for path in ENDPOINTS))
    named = aud if isinstance(aud, list) else [aud]
    return bool(named) and all(each in known for each in named)


def _life_fault(claims: Mapping[str, Any], *, now: int) -> str | None:
    if "exp" not in claims:
        return "exp is missing"
    fault = time_fault(claims, now=now)
    if fault is None and claims["exp"] > now + LONGEST_LIFE:
        return f"exp must be at most {LONGEST_LIFE // 60} minutes ahead"
    return fault


PRIVATE_KEY = ClientAuth("private_key_jwt", _find_by_key, _prove_by_key)
SECRET = ClientAuth("client_secret_jwt", _find_by_secret, _prove_by_secret)
