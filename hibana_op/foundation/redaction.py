"""What may be kept of a request: the values of parameters that hold no secret; of all others only the length."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice

from hibana_op.foundation.log import redacted
from hibana_op.foundation.printable import printable

MOST_PARAMETERS = 40
LONGEST_VALUE = 1024
MOST_KEPT = 6000  # characters of all values together
_LONGEST_NAME = 40
_MOST_UNKNOWN = 5

# Every other value is a secret, may be one, or says something about a person.
SHOWN = frozenset(
    {
        "acr_values",
        "application_type",
        "claims_locales",
        "client_assertion_type",
        "client_id",
        "client_name",
        "client_uri",
        "code_challenge_method",
        "decision",
        "default_acr_values",
        "default_max_age",
        "display",
        "frontchannel_logout_session_required",
        "frontchannel_logout_uri",
        "backchannel_logout_session_required",
        "backchannel_logout_uri",
        "grant_type",
        "grant_types",
        "initiate_login_uri",
        "iss",
        "jwks_uri",
        "logo_uri",
        "max_age",
        "organization",
        "policy_uri",
        "post_logout_redirect_uri",
        "post_logout_redirect_uris",
        "prompt",
        "redirect_uri",
        "redirect_uris",
        "require_auth_time",
        "resource",
        "response_mode",
        "response_modes",
        "response_type",
        "response_types",
        "scope",
        "sector_identifier_uri",
        "software_id",
        "software_version",
        "subject_type",
        "tenant",
        "token_endpoint_auth_method",
        "token_type_hint",
        "tos_uri",
        "ui_locales",
        *(
            f"{subject}_{kind}"
            for subject in (
                "id_token_signed_response",
                "id_token_encrypted_response",
                "userinfo_signed_response",
                "userinfo_encrypted_response",
                "request_object_signing",
                "request_object_encryption",
                "token_endpoint_auth_signing",
            )
            for kind in ("alg", "enc")
        ),
    }
)
# Names of people: enough is kept to know one's own again.
MASKED = frozenset({"login_hint", "logout_hint", "username"})
# Names that a request may have, whose values are not kept.
_HIDDEN = frozenset(
    {
        "access_token",
        "assertion",
        "claims",
        "client_assertion",
        "client_secret",
        "code",
        "code_challenge",
        "code_verifier",
        "contacts",
        "csrf",
        "dpop_jkt",
        "id_token_hint",
        "interaction",
        "jwks",
        "nonce",
        "password",
        "refresh_token",
        "registration",
        "request",
        "request_uri",
        "request_uris",
        "software_statement",
        "state",
        "token",
    }
)
KNOWN = SHOWN | MASKED | _HIDDEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A parameter as it is kept. `value` is None for one that is not shown, `name` for one that nobody knows."""

    name: str | None
    value: str | None
    length: int
    meant: str | None = None


def fit(text: str) -> str:
    """A text that may be kept: nothing that looks like a credential, no control characters, not too long."""
    kept = printable(redacted(text[: LONGEST_VALUE + 1]))
    return kept if len(kept) <= LONGEST_VALUE else kept[:LONGEST_VALUE] + "…"


def masked(text: str) -> str:
    """A text of which only somebody who knows it can tell that it is it."""
    return f"{printable(text[:1])}…"


def parameters(pairs: Iterable[tuple[str, str]]) -> tuple[Received, ...]:
    """The parameters of a request as they may be kept, in their order."""
    found: list[Received] = []
    left, unknown = MOST_KEPT, 0
    for name, value in pairs:
        if len(found) == MOST_PARAMETERS:
            break
        meant = None
        if name not in KNOWN:
            unknown += 1
            meant = _meant(name) if unknown <= _MOST_UNKNOWN else None
        shown = _shown(name, value)
        if shown is not None and len(shown) > left:
            shown = None
        left -= len(shown or "")
        is_named = name in KNOWN or meant is not None
        found.append(Received(name=name if is_named else None, value=shown, length=len(value), meant=meant))
    return tuple(found)


def members(document: Mapping[str, object]) -> list[tuple[str, str]]:
    """The members of a JSON object as parameters; `name#ja` counts as `name` (OpenID Connect Registration §2.1)."""
    return [
        (name.partition("#")[0], value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in islice(document.items(), MOST_PARAMETERS)
    ]


def _shown(name: str, value: str) -> str | None:
    if name in SHOWN:
        return fit(value)
    return masked(value) if name in MASKED and value else None


def _meant(name: str) -> str | None:
    """The parameter that a misspelt name stands for; a name like no other may be a secret in the wrong place."""
    if len(name) > _LONGEST_NAME:
        return None
    plain = name.lower().replace("-", "_")
    close = get_close_matches(plain, KNOWN, n=1, cutoff=0.8)
    return close[0] if close and name.isprintable() else None
