"""The ID token of another provider: OpenID Connect Core §3.1.3.7, every rule of it, and RFC 8725."""

from typing import Any

from hibana_op.foundation import jose
from hibana_op.foundation.outbound import OutboundRefused
from hibana_op.foundation.secrets import same
from hibana_op.login.federation.shapes import LONGEST_SUBJECT, Upstream, UpstreamFailed
from hibana_op.provider import Provider

LEEWAY = 60
OLDEST = 600  # a token is of the sign-in that was just made
# A token that says of itself that it is something else is no ID token (RFC 8725 §3.11).
TYPES = (None, "JWT")


async def verified(
    op: Provider, upstream: Upstream, token: str, *, jwks_uri: str, nonce: str, access_token: str
) -> dict[str, Any]:
    """The claims of an ID token that this provider made for us, in this sign-in."""
    try:
        header = jose.peek(token)
        keys = await op.upstream_keys.get(jwks_uri, fits=lambda keys: bool(keys.verifying(header.alg, header.kid)))
        claims = jose.verify_foreign(token, keys, algorithms=jose.SIGNING_ALGORITHMS, typ=TYPES)
    except jose.BadToken as bad:
        raise UpstreamFailed(f"its ID token does not count: {bad}") from None
    except OutboundRefused as refused:
        raise UpstreamFailed(f"its keys cannot be had: {refused}") from None
    fault = (
        _fault_of_parties(claims, upstream)
        or _fault_of_times(claims, op.now())
        or _fault_of_bonds(claims, header.alg, nonce=nonce, access_token=access_token)
    )
    if fault is not None:
        raise UpstreamFailed(f"its ID token does not count: {fault}")
    return claims


def _fault_of_parties(claims: dict[str, Any], upstream: Upstream) -> str | None:
    if claims.get("iss") != upstream.issuer:
        return "iss is another issuer"
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if upstream.client_id not in audiences:
        return "aud is not us"
    if len(audiences) > 1 and "azp" not in claims:
        return "there are several audiences and no azp"
    if claims.get("azp", upstream.client_id) != upstream.client_id:
        return "azp is not us"
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or "\0" in subject:
        return "sub is not a text of 1 to 255 characters"
    return None


def _fault_of_times(claims: dict[str, Any], now: int) -> str | None:
    times: dict[str, Any] = {"exp": claims.get("exp"), "iat": claims.get("iat"), "nbf": claims.get("nbf", now)}
    for name, value in times.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"{name} is not a number"
    if times["exp"] + LEEWAY <= now:
        return "it has expired"
    if max(times["iat"], times["nbf"]) > now + LEEWAY:
        return "it is of the future"
    if times["iat"] < now - OLDEST - LEEWAY:
        return "it was made long before this sign-in"
    return None


def _fault_of_bonds(claims: dict[str, Any], alg: str, *, nonce: str, access_token: str) -> str | None:
    given = claims.get("nonce")
    if not isinstance(given, str) or not same(given, nonce):
        return "nonce is not of this sign-in"
    bound_to = claims.get("at_hash", jose.half_hash(alg, access_token))
    if not isinstance(bound_to, str) or not same(bound_to, jose.half_hash(alg, access_token)):
        return "at_hash is of another access token"
    return None
