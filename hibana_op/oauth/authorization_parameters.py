"""The parameters of an authorization request, each read by itself: OpenID Connect Core §3.1.2.1 and §5.2."""

import re
from dataclasses import dataclass

from hibana_op.foundation.acr import ACR_VALUES
from hibana_op.foundation.errors import InvalidRequest, UnmetAuthenticationRequirements
from hibana_op.foundation.explanation import Explanation
from hibana_op.oauth import claims
from hibana_op.oauth.call import Form
from hibana_op.oauth.shapes import ClaimsRequest
from hibana_op.records.clients import Client

PROMPTS = ("none", "login", "consent", "select_account", "create")
LONGEST_MAX_AGE = 10**9
MOST_LOCALES = 10
_LOCALE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")


def read_prompt(form: Form) -> frozenset[str]:
    """What the person is to be asked in any case; `create` is of OpenID Connect User Registration 1.0 §4."""
    prompt = frozenset((form.maybe("prompt") or "").split())
    if not prompt <= set(PROMPTS):
        because = Explanation("prompt_unknown", PROMPTS, form.one("prompt"), "prompt")
        raise InvalidRequest(f"prompt may hold: {', '.join(PROMPTS)}", because=because)
    if "none" in prompt and len(prompt) > 1:
        because = Explanation("prompt_none_with_others", ("none",), form.one("prompt"), "prompt")
        raise InvalidRequest("prompt none stands alone (OpenID Connect Core §3.1.2.1)", because=because)
    return prompt


def read_max_age(form: Form, client: Client) -> int | None:
    """How long ago the person may have signed in, in seconds."""
    text = form.maybe("max_age")
    if text is None:
        return client.default_max_age
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) > LONGEST_MAX_AGE:
        because = Explanation("max_age_malformed", (f"0 to {LONGEST_MAX_AGE}",), text, "max_age")
        raise InvalidRequest("max_age must be a whole number of seconds", because=because)
    return int(text)


def read_claims(form: Form, client: Client) -> ClaimsRequest:
    """The `claims` parameter, as far as the client's scopes allow."""
    try:
        request = claims.parse_claims_parameter(form.maybe("claims") or "{}")
    except InvalidRequest as fault:
        fault.because = Explanation("claims_malformed", parameter="claims")
        raise
    return request if client.scope is None else claims.within(request, client.scope.split())


def read_claims_locales(form: Form) -> tuple[str, ...]:
    """The languages and scripts that claims should come in; what is no language tag is passed over (Core §5.2)."""
    tags = dict.fromkeys((form.maybe("claims_locales") or "").split())
    return tuple(tag for tag in tags if _LOCALE.fullmatch(tag))[:MOST_LOCALES]


@dataclass(frozen=True, slots=True)
class WantedAcr:
    """The classes of which one is wanted, the dearest first; without an essential one they are only a wish."""

    values: tuple[str, ...] = ()
    is_essential: bool = False


def read_acr(form: Form, request: ClaimsRequest, client: Client) -> WantedAcr:
    """What the `claims` parameter says of `acr`, else `acr_values`, else what the client registered (§5.5.1.1).

    An essential class that nobody here can reach is refused at once.
    """
    wanted = request.id_token.get("acr") or {}
    values = tuple(map(str, claims.wanted_values(wanted)))
    is_essential = bool(values and wanted.get("essential"))
    if is_essential and not set(values) & set(ACR_VALUES):
        because = Explanation("acr_unreachable", ACR_VALUES, " ".join(values), "claims")
        raise UnmetAuthenticationRequirements(f"acr can be: {', '.join(ACR_VALUES)}", because=because)
    wished = values or tuple((form.maybe("acr_values") or "").split()) or client.default_acr_values
    return WantedAcr(tuple(each for each in wished if each in ACR_VALUES), is_essential)
