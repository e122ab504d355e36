"""Providers that speak OpenID Connect: the authorization code flow (Core §3.1) with PKCE, nonce and state."""

import re
from collections.abc import Mapping
from typing import Any

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.login.federation import arrival, departure, discovery, id_token, readers
from hibana_op.login.federation.shapes import (
    Account,
    Answer,
    Config,
    Departure,
    ProviderType,
    Reader,
    Upstream,
    UpstreamFailed,
)
from hibana_op.provider import Provider
from hibana_op.records.oauth_states import OAuthState

SCOPES = ("openid", "email", "profile")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")  # RFC 6749 §3.3


async def _depart(op: Provider, upstream: Upstream, leaving: Departure) -> str:
    endpoints = await discovery.endpoints_of(op, upstream.issuer)
    left = await departure.begin(op, upstream, leaving)
    return departure.url(
        op,
        upstream,
        left,
        endpoint=endpoints.authorization,
        scopes=upstream.config.get("scopes") or SCOPES,
        extra={
            "nonce": left.nonce,
            "login_hint": leaving.login_hint,
            "prompt": "login" if leaving.anew else None,
        },
    )


async def _arrive(op: Provider, upstream: Upstream, left: OAuthState, answer: Answer) -> Account:
    endpoints = await discovery.endpoints_of(op, upstream.issuer)
    code = arrival.code_in(answer, upstream.issuer, says_issuer=endpoints.says_issuer)
    tokens = await arrival.redeem(
        op, upstream, left, code=code, endpoint=endpoints.token, posts_secret=endpoints.posts_secret
    )
    if tokens.id_token is None:
        raise UpstreamFailed("its token endpoint gave no ID token")
    claims = await id_token.verified(
        op,
        upstream,
        tokens.id_token,
        jwks_uri=endpoints.jwks,
        nonce=left.nonce,
        access_token=tokens.access_token,
    )
    if "email" not in claims and endpoints.userinfo is not None:
        # With the code flow the claims of a scope come from there (Core §5.4), if they are of the same person (§5.3.2).
        told = await arrival.userinfo(op, endpoints.userinfo, tokens)
        if told.get("sub") != claims["sub"]:
            raise UpstreamFailed("its userinfo is about another person than its ID token")
        claims = {**told, **claims}
    return Account(
        issuer=upstream.issuer,
        subject=claims["sub"],
        email=arrival.email(claims.get("email")),
        email_verified=claims.get("email_verified") is True,
        claims=claims,
    )


async def _complete(op: Provider, config: dict[str, Any]) -> dict[str, Any]:
    """Ask it at once who it is, so that a wrong issuer shows here."""
    issuer = config["issuer"]
    try:
        endpoints = await discovery.endpoints_of(op, issuer)
    except UpstreamFailed as failed:
        raise InvalidRecord(f"{issuer} cannot be used: {failed}") from None
    return {**config, "authorization_endpoint": endpoints.authorization}


def _leads_to(config: Config) -> str:
    target: str = config.get("authorization_endpoint") or config["issuer"]
    return target


def _issuer(name: str, value: Any) -> str:
    if "?" in (issuer := readers.url(name, value)):
        raise InvalidRecord(f"{name}: an issuer has no query")
    return issuer


def scopes(name: str, value: Any) -> list[str]:
    """What is asked for."""
    if not isinstance(value, list | tuple) or not all(
        isinstance(each, str) and _SCOPE.fullmatch(each) for each in value
    ):
        raise InvalidRecord(f"{name} is a list of scopes")
    return list(dict.fromkeys(value))


def _openid_scopes(name: str, value: Any) -> list[str]:
    if "openid" not in (read := scopes(name, value)):
        raise InvalidRecord("the scopes of a provider of type oidc include openid")
    return read


_MEMBERS: Mapping[str, Reader] = {
    "client_id": readers.text,
    "scopes": _openid_scopes,
    "create_people": readers.flag,
    "trust_email": readers.flag,
    "authorization_endpoint": readers.url,
    "issuer": _issuer,
}

TYPE = ProviderType(
    name="oidc",
    members=_MEMBERS,
    needed=("issuer", "client_id"),
    issuer=lambda config: str(config["issuer"]),
    leads_to=_leads_to,
    complete=_complete,
    depart=_depart,
    arrive=_arrive,
)
