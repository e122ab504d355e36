"""The checks of an authorization request, in order: OpenID Connect Core §3.1.2.2, §3.2.2.2 and §3.3.2.2, RFC 9700 §2.1.

First who asks and where the answer may go; until both are proven a wrong request is answered by a page and
nothing is redirected. Every later fault goes back to the client.
"""

from dataclasses import dataclass, replace

from hibana_op.foundation import jose
from hibana_op.foundation.errors import (
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    PageRefused,
    RegistrationNotSupported,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from hibana_op.foundation.explanation import Explanation
from hibana_op.oauth import authorization_parameters as parameters
from hibana_op.oauth import claims, client_tokens, entering, id_token, pkce, redirect_uris, targets
from hibana_op.oauth.authorization_parameters import WantedAcr
from hibana_op.oauth.call import Form
from hibana_op.oauth.entering import WantedTenant
from hibana_op.oauth.response_modes import MODES, mode_for, mode_of
from hibana_op.oauth.response_types import RESPONSE_TYPES, ResponseType, canonical
from hibana_op.oauth.shapes import ClaimsRequest
from hibana_op.oauth.targets import Target
from hibana_op.provider import Provider
from hibana_op.records import clients
from hibana_op.records.clients import Client


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """Who asked, and where the answer goes: both proven."""

    client: Client
    redirect_uri: str
    mode: str
    state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A request in which nothing is wrong. `subjects`: whom the answer may be about, None for anybody."""

    back: ReturnAddress
    response_type: ResponseType
    target: Target
    nonce: str | None
    code_challenge: str | None
    prompt: frozenset[str]
    max_age: int | None
    acr: WantedAcr
    claims: ClaimsRequest
    claims_locales: tuple[str, ...]
    subjects: frozenset[str] | None
    tenant: WantedTenant = entering.NONE

    @property
    def client(self) -> Client:
        """The client that asks."""
        return self.back.client


async def _no_client(op: Provider, client_id: str) -> PageRefused:
    """Why a client cannot be used: its people are told when it is there and only its tenant is closed."""
    if await clients.find(op.db, client_id) is None:
        return PageRefused("unknown_client", detail="client_id names no client that is registered here")
    return PageRefused("app_closed", status=403, detail="the client's tenant is suspended, or its plan ran out")


async def prove_return_address(op: Provider, form: Form) -> ReturnAddress:
    """The client and its redirect URI, or a page: an unproven redirect_uri never receives anything."""
    client_id, redirect_uri = form.maybe("client_id"), form.maybe("redirect_uri")
    if client_id is None:
        because = Explanation("parameter_missing", parameter="client_id")
        raise PageRefused("request_invalid", detail="client_id is missing", because=because)
    client = await op.remembered.client(client_id)
    if client is None:
        raise await _no_client(op, client_id)
    if redirect_uri is None:
        because = Explanation("redirect_uri_missing", client.redirect_uris, parameter="redirect_uri")
        raise PageRefused("bad_redirect_uri", detail="redirect_uri is missing", because=because)
    if not redirect_uris.is_registered(redirect_uri, client):
        raise PageRefused(
            "bad_redirect_uri",
            detail="redirect_uri is not one of those registered for this client; they are compared byte for byte",
            because=Explanation("redirect_uri_unregistered", client.redirect_uris, redirect_uri, "redirect_uri"),
        )
    mode = mode_of(form.maybe("response_type"), form.maybe("response_mode"))
    return ReturnAddress(client, redirect_uri, mode_for(client, mode), form.maybe("state"))


async def check(op: Provider, back: ReturnAddress, form: Form) -> AuthorizationRequest:
    """Everything else about a request; OAuthError names the first fault, for the client."""
    if form.maybe("registration") is not None:
        raise RegistrationNotSupported("the registration parameter is not supported here")
    response_type = _read_response_type(op, form, back)
    prompt = parameters.read_prompt(form)
    request = parameters.read_claims(form, back.client)
    acr = parameters.read_acr(form, request, back.client)
    target = await _read_target(op, form, back.client, response_type)
    return AuthorizationRequest(
        back=back,
        response_type=response_type,
        target=target,
        nonce=_read_nonce(form, response_type),
        # A challenge protects a code; where there is none, there is nothing to redeem it for.
        code_challenge=pkce.read_challenge(form, back.client) if response_type.code else None,
        prompt=prompt,
        max_age=parameters.read_max_age(form, back.client),
        acr=acr,
        claims=request,
        claims_locales=parameters.read_claims_locales(form),
        subjects=await _read_subjects(op, form, back.client, request),
        tenant=entering.read(form, back.client, target.resources, target.scopes),
    )


def _read_response_type(op: Provider, form: Form, back: ReturnAddress) -> ResponseType:
    response_type = RESPONSE_TYPES.get(canonical(form.one("response_type")))
    if response_type is None:
        because = Explanation(
            "response_type_unknown", tuple(RESPONSE_TYPES), form.one("response_type"), "response_type"
        )
        raise UnsupportedResponseType(f"response_type must be one of: {', '.join(RESPONSE_TYPES)}", because=because)
    _check_registered(op, response_type, back.client)
    _check_mode(form.maybe("response_mode"), response_type, back)
    return response_type


def _check_mode(mode: str | None, response_type: ResponseType, back: ReturnAddress) -> None:
    if mode is not None and mode not in MODES:
        because = Explanation("response_mode_unknown", MODES, mode, "response_mode")
        raise InvalidRequest(f"response_mode must be one of: {', '.join(MODES)}", because=because)
    wanted = mode_of(response_type.name, mode)
    if mode is not None and mode != wanted:
        because = Explanation("response_mode_unsafe", ("fragment", "form_post"), mode, "response_mode")
        raise InvalidRequest("response_mode query is not for tokens: use fragment or form_post", because=because)
    if wanted != back.mode:
        taken = back.client.response_modes or MODES
        because = Explanation("response_mode_unregistered", taken, wanted, "response_mode")
        raise UnauthorizedClient(f"this client is not registered for the response_mode {wanted}", because=because)


def _check_registered(op: Provider, response_type: ResponseType, client: Client) -> None:
    registered = {canonical(each) for each in client.response_types}
    if response_type.name not in registered or not response_type.grant_types <= set(client.grant_types):
        because = Explanation("response_type_unregistered", client.response_types, response_type.name, "response_type")
        raise UnauthorizedClient(
            f"this client is not registered for the response_type {response_type.name}", because=because
        )
    # Whatever a registration says: RFC 9700 §2.1.2 and OpenID Connect Core §2.
    strict = next((each for each in (op.settings.profile, client.profile) if each != "oidc"), None)
    if response_type.is_front_channel and strict is not None:
        because = Explanation("front_channel_closed", ("code",), response_type.name, "response_type")
        raise UnauthorizedClient(f"the profile {strict} lets no token pass through the browser", because=because)
    if response_type.id_token and client.id_token_signed_response_alg == "none":  # noqa: S105 - an algorithm
        raise UnauthorizedClient("an unsigned ID token never passes through the browser")


def _read_nonce(form: Form, response_type: ResponseType) -> str | None:
    nonce = form.maybe("nonce")
    if nonce is None and response_type.id_token:
        because = Explanation("nonce_missing", parameter="nonce")
        description = "nonce is missing: an ID token that passes through the browser needs one (Core §3.2.2.1)"
        raise InvalidRequest(description, because=because)
    return nonce


async def _read_target(op: Provider, form: Form, client: Client, response_type: ResponseType) -> Target:
    target = await targets.for_person(op, client, scope=form.maybe("scope"), resources=form.every("resource"))
    if response_type.id_token and "openid" not in target.scopes:
        because = Explanation("openid_scope_missing", ("openid",), " ".join(target.scopes), "scope")
        raise InvalidScope("scope openid is missing: without it there is no ID token", because=because)
    if response_type.token and len(target.resources) > 1:
        because = Explanation("resource_ambiguous", sent=" ".join(form.every("resource")), parameter="resource")
        raise InvalidTarget("a token is for one resource: name exactly one in the resource parameter", because=because)
    if response_type.code:
        return target
    # Without a code there is no refresh token, and so no offline access (OpenID Connect Core §11).
    return replace(target, scopes=tuple(scope for scope in target.scopes if scope != "offline_access"))


async def _read_subjects(op: Provider, form: Form, client: Client, request: ClaimsRequest) -> frozenset[str] | None:
    """The people that the answer may be about: by `id_token_hint`, and by the claim `sub` with a value."""
    asked = claims.wanted_subjects(request)
    hint = form.maybe("id_token_hint")
    if hint is None:
        return asked
    found = await read_hint(op, hint)
    if found.get("aud") != client.client_id:
        because = Explanation("id_token_hint_invalid", (client.client_id,), str(found.get("aud")), "id_token_hint")
        raise InvalidRequest("id_token_hint was issued to another client", because=because)
    subject = str(found.get("sub"))
    if asked is not None and subject not in asked:
        because = Explanation("subjects_differ", parameter="claims")
        raise InvalidRequest("id_token_hint and the claims parameter name different subjects", because=because)
    return frozenset({subject})


async def read_hint(op: Provider, hint: str) -> dict[str, object]:
    """The claims of an ID token that we issued; it may have expired, it only says who is meant.

    A client may have encrypted it to us, so that the browser does not learn what it says (Core §3.1.2.1).
    """
    keyring = await op.remembered.keyring()
    try:
        if jose.peek(hint).is_encrypted:
            hint = await client_tokens.decrypted(op, hint)
        found = jose.verify(hint, keyring.verifying(op.now()), typ=client_tokens.TYPE)
    except jose.BadToken as bad:
        because = Explanation("id_token_hint_invalid", sent=str(bad), parameter="id_token_hint")
        raise InvalidRequest("id_token_hint is not an ID token that was issued here", because=because) from None
    if not id_token.is_one(op, found):
        because = Explanation("id_token_hint_invalid", (op.issuer,), str(found.get("iss")), "id_token_hint")
        raise InvalidRequest("id_token_hint is not an ID token that was issued here", because=because)
    return found
