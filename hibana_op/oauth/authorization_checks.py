"""The checks of an authorization request, in order: OpenID Connect Core §3.1.2.2, RFC 6749 §4.1.1, RFC 9700 §2.1.

First who asks and where the answer may go; until both are proven a wrong request is answered by a page and
nothing is redirected. Every later fault goes back to the client.
"""

from dataclasses import dataclass

from hibana_op.foundation import jose
from hibana_op.foundation.acr import ACR_VALUES
from hibana_op.foundation.errors import (
    InvalidRequest,
    OAuthError,
    PageRefused,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
    UnauthorizedClient,
    UnmetAuthenticationRequirements,
    UnsupportedResponseType,
)
from hibana_op.oauth import claims, id_token, pkce, redirect_uris, targets
from hibana_op.oauth.call import Form
from hibana_op.oauth.response_modes import DEFAULT_MODE, MODES
from hibana_op.oauth.shapes import ClaimsRequest
from hibana_op.oauth.targets import Target
from hibana_op.provider import Provider
from hibana_op.records.clients import Client

RESPONSE_TYPES = ("code",)
PROMPTS = ("none", "login", "consent", "select_account")
LONGEST_MAX_AGE = 10**9


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """Who asked, and where the answer goes: both proven."""

    client: Client
    redirect_uri: str
    mode: str
    state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A request in which nothing is wrong."""

    back: ReturnAddress
    target: Target
    nonce: str | None
    code_challenge: str | None
    prompt: frozenset[str]
    max_age: int | None
    login_hint: str | None
    acr_values: tuple[str, ...]
    claims: ClaimsRequest
    required_subject: str | None

    @property
    def client(self) -> Client:
        """The client that asks."""
        return self.back.client


async def prove_return_address(op: Provider, form: Form) -> ReturnAddress:
    """The client and its redirect URI, or a page: an unproven redirect_uri never receives anything."""
    client_id, redirect_uri = form.maybe("client_id"), form.maybe("redirect_uri")
    if client_id is None:
        raise PageRefused("request_invalid", detail="client_id is missing")
    client = await op.remembered.client(client_id)
    if client is None:
        raise PageRefused("unknown_client", detail="client_id names no client that is registered here")
    if redirect_uri is None:
        raise PageRefused("bad_redirect_uri", detail="redirect_uri is missing")
    if not redirect_uris.is_registered(redirect_uri, client):
        raise PageRefused(
            "bad_redirect_uri",
            detail="redirect_uri is not one of those registered for this client; they are compared byte for byte",
        )
    mode = form.maybe("response_mode")
    return ReturnAddress(client, redirect_uri, mode if mode in MODES else DEFAULT_MODE, form.maybe("state"))


async def check(op: Provider, back: ReturnAddress, form: Form) -> AuthorizationRequest:
    """Everything else about a request; OAuthError names the first fault, for the client."""
    _check_unsupported(form)
    _check_response(form, back.client)
    prompt = _read_prompt(form)
    request = _read_claims(form, back.client)
    target = await targets.for_person(op, back.client, scope=form.maybe("scope"), resources=form.every("resource"))
    return AuthorizationRequest(
        back=back,
        target=target,
        nonce=form.maybe("nonce"),
        code_challenge=pkce.read_challenge(form, back.client),
        prompt=prompt,
        max_age=_read_max_age(form, back.client),
        login_hint=form.maybe("login_hint"),
        acr_values=_read_acr_values(form, back.client, request),
        claims=request,
        required_subject=await _read_required_subject(op, form, request),
    )


def _check_unsupported(form: Form) -> None:
    refusals: tuple[tuple[str, type[OAuthError]], ...] = (
        ("request", RequestNotSupported),
        ("request_uri", RequestUriNotSupported),
        ("registration", RegistrationNotSupported),
    )
    for name, refusal in refusals:
        if form.maybe(name) is not None:
            raise refusal(f"the {name} parameter is not supported here")


def _check_response(form: Form, client: Client) -> None:
    response_type = form.one("response_type")
    if response_type not in RESPONSE_TYPES:
        raise UnsupportedResponseType(f"response_type must be one of: {', '.join(RESPONSE_TYPES)}")
    if response_type not in client.response_types or "authorization_code" not in client.grant_types:
        raise UnauthorizedClient(f"this client is not registered for the response_type {response_type}")
    mode = form.maybe("response_mode")
    if mode is not None and mode not in MODES:
        raise InvalidRequest(f"response_mode must be one of: {', '.join(MODES)}")


def _read_prompt(form: Form) -> frozenset[str]:
    prompt = frozenset((form.maybe("prompt") or "").split())
    if not prompt <= set(PROMPTS):
        raise InvalidRequest(f"prompt may hold: {', '.join(PROMPTS)}")
    if "none" in prompt and len(prompt) > 1:
        raise InvalidRequest("prompt none stands alone (OpenID Connect Core §3.1.2.1)")
    return prompt


def _read_max_age(form: Form, client: Client) -> int | None:
    text = form.maybe("max_age")
    if text is None:
        return client.default_max_age
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) > LONGEST_MAX_AGE:
        raise InvalidRequest("max_age must be a whole number of seconds")
    return int(text)


def _read_claims(form: Form, client: Client) -> ClaimsRequest:
    request = claims.parse_claims_parameter(form.maybe("claims") or "{}")
    return request if client.scope is None else claims.within(request, client.scope.split())


def _read_acr_values(form: Form, client: Client, request: ClaimsRequest) -> tuple[str, ...]:
    """The classes asked for; an essential one that nobody here can reach is refused (Core §5.5.1.1)."""
    wanted = request.id_token.get("acr") or {}
    values = wanted.get("values") or ([wanted["value"]] if "value" in wanted else [])
    if wanted.get("essential") and values and not set(values) & set(ACR_VALUES):
        raise UnmetAuthenticationRequirements(f"acr can be: {', '.join(ACR_VALUES)}")
    return tuple((form.maybe("acr_values") or "").split()) or client.default_acr_values


async def _read_required_subject(op: Provider, form: Form, request: ClaimsRequest) -> str | None:
    """The person that the answer must be about: by `id_token_hint` or by the claim `sub` with a value."""
    asked = claims.required_subject(request)
    hint = form.maybe("id_token_hint")
    if hint is None:
        return asked
    subject = (await read_hint(op, hint)).get("sub")
    if asked is not None and asked != subject:
        raise InvalidRequest("id_token_hint and the claims parameter name different subjects")
    return str(subject)


async def read_hint(op: Provider, hint: str) -> dict[str, object]:
    """The claims of an ID token that we issued; it may have expired, it only says who is meant."""
    keyring = await op.remembered.keyring()
    try:
        found = jose.verify(hint, keyring.verifying(op.now()), typ=id_token.TYPE)
    except jose.BadToken:
        raise InvalidRequest("id_token_hint is not an ID token that was issued here") from None
    if found.get("iss") != op.issuer:
        raise InvalidRequest("id_token_hint is not an ID token that was issued here")
    return found
