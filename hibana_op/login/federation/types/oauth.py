"""Providers of OAuth 2.0 alone, such as GitHub: a code, an access token, and a userinfo endpoint (RFC 6749 §4.1)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.login.federation import arrival, departure, readers
from hibana_op.login.federation.shapes import (
    LONGEST_SUBJECT,
    Account,
    Answer,
    Departure,
    ProviderType,
    Reader,
    Upstream,
    UpstreamFailed,
)
from hibana_op.login.federation.types.oidc import scopes
from hibana_op.provider import Provider
from hibana_op.records.oauth_states import OAuthState

# What a userinfo endpoint calls our members.
CLAIMS = {"sub": "id", "email": "email", "email_verified": "email_verified", "name": "name"}
_MOST_EMAILS = 100


async def _depart(op: Provider, upstream: Upstream, leaving: Departure) -> str:
    left = await departure.begin(op, upstream, leaving)
    config = upstream.config
    return departure.url(
        op, upstream, left, endpoint=config["authorization_endpoint"], scopes=config.get("scopes") or (), extra={}
    )


async def _arrive(op: Provider, upstream: Upstream, left: OAuthState, answer: Answer) -> Account:
    config = upstream.config
    code = arrival.code_in(answer, upstream.issuer, says_issuer=False)
    tokens = await arrival.redeem(op, upstream, left, code=code, endpoint=config["token_endpoint"], posts_secret=True)
    told = await arrival.userinfo(op, config["userinfo_endpoint"], tokens)
    named = {**CLAIMS, **config.get("claims", {})}
    claims = {ours: told[theirs] for ours, theirs in named.items() if theirs in told}
    subject = claims.get("sub")
    if isinstance(subject, int) and not isinstance(subject, bool):
        subject = str(subject)
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or "\0" in subject:
        raise UpstreamFailed("its userinfo does not say who it is about")
    email, verified = arrival.email(claims.get("email")), claims.get("email_verified") is True
    if "emails_endpoint" in config:
        email, verified = await _primary_email(op, config["emails_endpoint"], tokens)
    return Account(issuer=upstream.issuer, subject=subject, email=email, email_verified=verified, claims=claims)


async def _primary_email(op: Provider, address: str, tokens: arrival.Tokens) -> tuple[str | None, bool]:
    """The main one in a list of addresses, each with whether it is confirmed, as GitHub gives it."""
    answer = await arrival.get(op, address, tokens)
    try:
        listed = msgspec.json.decode(answer.body) if answer.status == 200 else None
    except msgspec.DecodeError:
        listed = None
    if not isinstance(listed, list):
        raise UpstreamFailed("its list of addresses cannot be read")
    for each in listed[:_MOST_EMAILS]:
        if isinstance(each, dict) and each.get("primary") is True:
            return arrival.email(each.get("email")), each.get("verified") is True
    return None, False


def _claims(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not value.keys() <= CLAIMS.keys():
        raise InvalidRecord(f"{name} says what the provider calls: {', '.join(CLAIMS)}")
    return {ours: readers.text(name, theirs) for ours, theirs in value.items()}


_MEMBERS: Mapping[str, Reader] = {
    "client_id": readers.text,
    "scopes": scopes,
    "create_people": readers.flag,
    "trust_email": readers.flag,
    "authorization_endpoint": readers.url,
    "token_endpoint": readers.url,
    "userinfo_endpoint": readers.url,
    "emails_endpoint": readers.url,
    "claims": _claims,
}

TYPE = ProviderType(
    name="oauth",
    members=_MEMBERS,
    needed=("client_id", "authorization_endpoint", "token_endpoint", "userinfo_endpoint"),
    # OAuth 2.0 alone has no issuers: where people are sent stands for the provider.
    issuer=lambda config: str(config["authorization_endpoint"]),
    leads_to=lambda config: str(config["authorization_endpoint"]),
    depart=_depart,
    arrive=_arrive,
)
