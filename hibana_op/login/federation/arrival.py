"""The way back: the code becomes tokens, which open what the provider says of somebody (RFC 6749 §4.1)."""

import base64
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

from hibana_op.foundation import strict_json
from hibana_op.foundation.outbound import Fetched, OutboundRefused
from hibana_op.login.federation import departure
from hibana_op.login.federation.shapes import Answer, Upstream, UpstreamDeclined, UpstreamFailed
from hibana_op.provider import Provider
from hibana_op.records.oauth_states import OAuthState

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
# Of the errors that a provider may send back (RFC 6749 §4.1.2.1, Core §3.1.2.6), those that the person chose.
_DECLINED = frozenset({"access_denied", "interaction_required", "login_required", "consent_required"})


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the provider gave for a code."""

    access_token: str
    id_token: str | None


def code_in(answer: Answer, issuer: str, *, says_issuer: bool) -> str:
    """The code in an answer that is this provider's own (RFC 9207); what else it says is never shown."""
    named = answer.get("iss")
    if named != issuer and (named is not None or says_issuer):
        raise UpstreamFailed("its answer names another issuer, or none")
    error, code = answer.get("error"), answer.get("code")
    if error in _DECLINED:
        raise UpstreamDeclined
    if error is not None or code is None:
        raise UpstreamFailed("it answered with an error")
    return code


async def redeem(
    op: Provider, upstream: Upstream, left: OAuthState, *, code: str, endpoint: str, posts_secret: bool
) -> Tokens:
    """The tokens for a code (RFC 6749 §4.1.3). `posts_secret`: the endpoint wants our secret in the form."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": departure.redirect_uri(op, upstream.slug),
        "code_verifier": departure.verifier_of(op, left),
    }
    headers = {"Accept": _JSON}
    if upstream.client_secret is None or posts_secret:
        form["client_id"] = upstream.client_id
        if upstream.client_secret is not None:
            form["client_secret"] = upstream.client_secret.reveal()
    else:
        headers["Authorization"] = _basic(upstream.client_id, upstream.client_secret.reveal())
    try:
        answer = await op.outbound.post(
            endpoint, content=urlencode(form).encode(), content_type=_FORM, headers=headers, plain_here=True
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


async def userinfo(op: Provider, address: str, tokens: Tokens) -> dict[str, Any]:
    """What a userinfo endpoint says (Core §5.3)."""
    return _object(await get(op, address, tokens), "userinfo endpoint")


async def get(op: Provider, address: str, tokens: Tokens) -> Fetched:
    """What a provider shows to whoever has an access token."""
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


def email(value: object) -> str | None:
    """An address, if that is what was told."""
    return value if isinstance(value, str) and value else None
