"""The way back: the code becomes tokens, and the tokens say who somebody is at the provider."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

import msgspec

from hibana_op.foundation import strict_json
from hibana_op.foundation.outbound import Fetched, OutboundRefused
from hibana_op.login.federation import departure, id_token
from hibana_op.login.federation.configuration import CLAIMS, OPENID, Upstream
from hibana_op.login.federation.discovery import Endpoints, UpstreamFailed
from hibana_op.provider import Provider
from hibana_op.records.oauth_states import OAuthState

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
_MOST_EMAILS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody at a provider. `email_verified`: the provider said so with the JSON value true, and nothing else."""

    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the provider gave for a code."""

    access_token: str
    id_token: str | None


async def account(op: Provider, upstream: Upstream, endpoints: Endpoints, left: OAuthState, *, code: str) -> Account:
    """Who came back with a code."""
    tokens = await _redeem(op, upstream, endpoints, verifier=departure.verifier_of(op, left), code=code)
    if upstream.type != OPENID:
        return await _by_userinfo(op, upstream, endpoints, tokens)
    if tokens.id_token is None or endpoints.jwks is None:
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
        told = await _userinfo(op, endpoints.userinfo, tokens)
        if told.get("sub") != claims["sub"]:
            raise UpstreamFailed("its userinfo is about another person than its ID token")
        claims = {**told, **claims}
    return Account(
        issuer=upstream.issuer,
        subject=claims["sub"],
        email=_email(claims.get("email")),
        email_verified=claims.get("email_verified") is True,
        claims=claims,
    )


async def _redeem(op: Provider, upstream: Upstream, endpoints: Endpoints, *, verifier: str, code: str) -> Tokens:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": departure.redirect_uri(op, upstream.slug),
        "code_verifier": verifier,
    }
    headers = {"Accept": _JSON}
    if upstream.client_secret is None or endpoints.posts_secret:
        form["client_id"] = upstream.client_id
        if upstream.client_secret is not None:
            form["client_secret"] = upstream.client_secret.reveal()
    else:
        headers["Authorization"] = _basic(upstream.client_id, upstream.client_secret.reveal())
    try:
        answer = await op.outbound.post(
            endpoints.token, content=urlencode(form).encode(), content_type=_FORM, headers=headers, plain_here=True
        )
    except OutboundRefused as refused:
        raise UpstreamFailed(f"its token endpoint cannot be reached: {refused}") from None
    given = _object(answer, "token endpoint")
    access_token, kind = given.get("access_token"), given.get("token_type", "")
    if not isinstance(access_token, str) or not _TOKEN.fullmatch(access_token):
        raise UpstreamFailed("its token endpoint gave no access token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise UpstreamFailed("its token endpoint gave an access token that is not of type Bearer")
    signed = given.get("id_token")
    return Tokens(access_token, signed if isinstance(signed, str) else None)


def _basic(client_id: str, secret: str) -> str:
    """HTTP Basic as RFC 6749 §2.3.1 has it: both halves form-encoded."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


async def _by_userinfo(op: Provider, upstream: Upstream, endpoints: Endpoints, tokens: Tokens) -> Account:
    """Who an access token is of, where there are no ID tokens."""
    told = await _userinfo(op, endpoints.userinfo or "", tokens)
    named = {**CLAIMS, **upstream.config.get("claims", {})}
    claims = {ours: told[theirs] for ours, theirs in named.items() if theirs in told}
    subject = claims.get("sub")
    if isinstance(subject, int) and not isinstance(subject, bool):
        subject = str(subject)
    if not isinstance(subject, str) or not 0 < len(subject) <= id_token.LONGEST_SUBJECT or "\0" in subject:
        raise UpstreamFailed("its userinfo does not say who it is about")
    email, verified = _email(claims.get("email")), claims.get("email_verified") is True
    if "emails_endpoint" in upstream.config:
        email, verified = await _primary_email(op, upstream.config["emails_endpoint"], tokens)
    return Account(issuer=upstream.issuer, subject=subject, email=email, email_verified=verified, claims=claims)


async def _userinfo(op: Provider, address: str, tokens: Tokens) -> dict[str, Any]:
    return _object(await _get(op, address, tokens), "userinfo endpoint")


async def _primary_email(op: Provider, address: str, tokens: Tokens) -> tuple[str | None, bool]:
    """The main one in a list of addresses, each with whether it is confirmed, as GitHub gives it."""
    answer = await _get(op, address, tokens)
    try:
        listed = msgspec.json.decode(answer.body) if answer.status == 200 else None
    except msgspec.DecodeError:
        listed = None
    if not isinstance(listed, list):
        raise UpstreamFailed("its list of addresses cannot be read")
    for each in listed[:_MOST_EMAILS]:
        if isinstance(each, dict) and each.get("primary") is True:
            return _email(each.get("email")), each.get("verified") is True
    return None, False


async def _get(op: Provider, address: str, tokens: Tokens) -> Fetched:
    headers = {"Authorization": f"Bearer {tokens.access_token}"}
    try:
        return await op.outbound.get(address, accept=_JSON, headers=headers, plain_here=True)
    except OutboundRefused as refused:
        raise UpstreamFailed(f"it does not say who this is: {refused}") from None


def _object(answer: Fetched, what: str) -> dict[str, Any]:
    """The JSON object in an answer; what else stands in it is never repeated."""
    if answer.status != 200 or answer.content_type != _JSON:
        raise UpstreamFailed(f"its {what} answered {answer.status} and no JSON object")
    try:
        return strict_json.read_object(answer.body)
    except ValueError:
        raise UpstreamFailed(f"its {what} answered what is not a JSON object") from None


def _email(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
