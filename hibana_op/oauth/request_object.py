"""Request objects: OpenID Connect Core §6, RFC 9101. What comes out is a form like any other.

`request_uri` must be registered, for every profile: discovery says so, and it keeps strangers from choosing
where we send requests. Its fragment is what §6.2 of Core makes of it: with another one the document is fetched
anew. It is not held against the document, which clients register before they know what it will say.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from hibana_op.foundation import jose
from hibana_op.foundation.errors import InvalidRequest, InvalidRequestObject, InvalidRequestUri
from hibana_op.foundation.explanation import Explanation
from hibana_op.foundation.outbound import OutboundRefused
from hibana_op.oauth import client_keys, client_tokens
from hibana_op.oauth.call import Form, from_pairs
from hibana_op.oauth.registered_claims import time_fault
from hibana_op.oauth.response_types import canonical
from hibana_op.provider import Provider
from hibana_op.records.clients import Client

UNSIGNED = "none"
# A token that says of itself that it is something else is no request object (RFC 9101 §10.8).
TYPES = (None, "JWT", "oauth-authz-req+jwt")
_CARRIERS = ("request", "request_uri")
# What counts in an object; members of other names are passed over, whatever they hold (RFC 6749 §3.1).
_PARAMETERS = frozenset(
    {
        *("response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "nonce", "resource"),
        *("code_challenge", "code_challenge_method", "prompt", "display", "max_age", "ui_locales", "claims_locales"),
        *("id_token_hint", "login_hint", "acr_values", "claims", "registration"),
    }
)
# What would make the object point on to another one, or prove who the client is.
_FORBIDDEN = (*_CARRIERS, "client_assertion", "client_assertion_type", "client_secret")


async def resolve(op: Provider, form: Form) -> Form:
    """The parameters of a request, those of its request object among them; OAuthError when that is not in order."""
    client = await op.remembered.client(form.maybe("client_id") or "")
    if client is None:
        return form  # the checks of who asks refuse it, whatever the object says
    value, reference = (form.maybe(name) for name in _CARRIERS)
    if value is not None and reference is not None:
        because = Explanation("request_object_doubled", parameter="request_uri")
        raise InvalidRequest("request and request_uri exclude each other (OpenID Connect Core §6.2)", because=because)
    if reference is not None:
        value = await _fetched(op, client, reference)
    if value is None:
        if client.require_signed_request_object:
            because = Explanation("request_object_missing", parameter="request")
            raise InvalidRequest("this client must send a signed request object (RFC 9101 §10.5)", because=because)
        return form
    try:
        claims = await _read(op, client, value)
    except (jose.BadToken, client_keys.NoKeys) as bad:
        raise InvalidRequestObject(
            "the request object is not a token of this client",
            detail=str(bad),
            because=Explanation("request_object_invalid", parameter="request"),
        ) from None
    fault = _fault(op, client, form, claims)
    if fault is not None:
        because = Explanation("request_object_claims", sent=fault, parameter="request")
        raise InvalidRequestObject(f"the request object: {fault}", because=because)
    return _merged(client, form, claims)


async def _fetched(op: Provider, client: Client, address: str) -> str:
    unregistered = Explanation("request_uri_unregistered", client.request_uris, address, "request_uri")
    if not address.lower().startswith("https:"):
        raise InvalidRequestUri("request_uri must be an https address", because=unregistered)
    if address.partition("#")[0] not in {each.partition("#")[0] for each in client.request_uris}:
        raise InvalidRequestUri(
            "request_uri is not one of the request_uris registered for this client", because=unregistered
        )
    try:
        return await op.request_objects.get(address)
    except OutboundRefused as refused:
        # What became of the fetch is for the log: to whoever sent the address it would be a look into the network.
        raise InvalidRequestUri(
            "request_uri leads to no request object",
            detail=str(refused),
            because=Explanation("request_uri_unreachable", sent=address, parameter="request_uri"),
        ) from None


async def _read(op: Provider, client: Client, token: str) -> dict[str, Any]:
    header = jose.peek(token)
    if header.is_encrypted:
        token = await client_tokens.decrypted(op, token)
        header = jose.peek(token)
    if header.alg == UNSIGNED:
        if not takes_unsigned(op, client):
            raise jose.BadToken("this client must sign its request objects")
        return jose.read_unsigned(token, typ=TYPES)
    registered = client.request_object_signing_alg
    allowed = jose.SIGNING_ALGORITHMS if registered is None else jose.names_of(registered)
    if header.alg not in allowed:  # asked before any key is fetched
        raise jose.BadToken(f"its alg is none of {', '.join(allowed)}")
    keys = await client_keys.verifying(op, client, header)
    return jose.verify_foreign(token, keys, algorithms=allowed, typ=TYPES)


def takes_unsigned(op: Provider, client: Client) -> bool:
    """Whether a client's request objects may go unsigned; what they say then counts like plain parameters."""
    is_lax = op.settings.profile == client.profile == "oidc" and not client.require_signed_request_object
    return is_lax and client.request_object_signing_alg in (None, UNSIGNED)


def _fault(op: Provider, client: Client, form: Form, claims: Mapping[str, Any]) -> str | None:
    """What keeps the object from being this client's request, for us and now (RFC 9101 §4, §6 and §10.8)."""
    present = [name for name in _FORBIDDEN if name in claims]
    aud = claims.get("aud", op.issuer)
    outside, inside = form.maybe("response_type"), claims.get("response_type")
    faults = (
        (bool(present), f"it must not hold {' or '.join(present)}"),
        (not _names(client, claims), "its client_id must be the client_id of the request"),
        (claims.get("iss", client.client_id) != client.client_id, "its iss must be the client_id"),
        # With this subject it could be an assertion of the client, or be used as one.
        (claims.get("sub") == client.client_id, "its sub must not be the client_id"),
        (op.issuer not in (aud if isinstance(aud, list) else [aud]), f"its aud must be {op.issuer}"),
        (_differ(outside, inside), "its response_type must be the response_type of the request"),
    )
    return next((fault for is_there, fault in faults if is_there), None) or time_fault(claims, now=op.now())


def _is_strict(client: Client) -> bool:
    """Whether RFC 9101 counts for a client, and not only OpenID Connect Core."""
    return client.require_signed_request_object or client.profile != "oidc"


def _names(client: Client, claims: Mapping[str, Any]) -> bool:
    """Whether the object says whose it is; to OpenID Connect Core the client_id outside is enough (§6.1)."""
    return bool(claims.get("client_id", None if _is_strict(client) else client.client_id) == client.client_id)


def _differ(outside: str | None, inside: Any) -> bool:
    if outside is None or inside is None:
        return False
    return not isinstance(inside, str) or canonical(outside) != canonical(inside)


def _merged(client: Client, form: Form, claims: Mapping[str, Any]) -> Form:
    """What the object says wins; for strict clients nothing else counts at all (RFC 9101 §6.3)."""
    inside = {name: _texts(name, value) for name, value in claims.items() if name in _PARAMETERS}
    outside = (
        {} if _is_strict(client) else {name: texts for name, texts in form.values.items() if name not in _CARRIERS}
    )
    try:
        return from_pairs((name, text) for name, texts in {**outside, **inside}.items() for text in texts or ("",))
    except InvalidRequest as fault:
        raise InvalidRequestObject(f"the request object: {fault}", because=fault.because) from None


def _texts(name: str, value: Any) -> tuple[str, ...]:
    """A member as the parameter it stands for."""
    match name, value:
        case _, str():
            return (value,)
        case "max_age", int() if not isinstance(value, bool):
            return (str(value),)
        case (("claims" | "registration"), dict()):
            return (msgspec.json.encode(value).decode(),)
        case "resource", list() if all(isinstance(each, str) for each in value):
            return tuple(value)
    raise InvalidRequestObject("the request object: a parameter in it is of the wrong type")
