"""Metadata of the provider: OpenID Connect Discovery §3 and RFC 8414, derived from the tables of the code."""

import json
from typing import Any

from hibana_op.foundation import jose
from hibana_op.foundation.acr import ACR_VALUES
from hibana_op.oauth import pkce, registration, subjects
from hibana_op.oauth.authorization_parameters import PROMPTS
from hibana_op.oauth.call import Reply
from hibana_op.oauth.claims import supported_claims, supported_scopes
from hibana_op.oauth.client_auth import METHODS
from hibana_op.oauth.client_tokens import NONE
from hibana_op.oauth.grants import GRANTS
from hibana_op.oauth.response_modes import MODES
from hibana_op.oauth.response_types import RESPONSE_TYPES
from hibana_op.oauth.session_management import CHECK_SESSION_PATH
from hibana_op.oauth.targets import account_scopes
from hibana_op.provider import Provider
from hibana_op.records.keyring import JWKS_MAX_AGE

LOCALES = ("ja", "en")
# A name may be there in its usual script and as it is read; other variants are given where people have them.
CLAIMS_LOCALES = (*LOCALES, "ja-Hani-JP", "ja-Kana-JP")
# The pages fit a window of any size.
DISPLAYS = ("page", "popup", "touch")
_LOGOUT = {
    "frontchannel_logout_supported": True,
    "frontchannel_logout_session_supported": True,
    "backchannel_logout_supported": True,
    "backchannel_logout_session_supported": True,
}


async def metadata(op: Provider) -> Reply:
    """The discovery document; the same one answers at both well-known addresses."""
    body = await op.remembered.made("discovery", lambda: _encoded(op))
    return Reply(body=body, headers={"Cache-Control": f"public, max-age={JWKS_MAX_AGE}"})


async def jwks(op: Provider) -> Reply:
    """The keys that verify our signatures (RFC 7517)."""
    keyring = await op.remembered.keyring()
    return Reply(body=keyring.jwks(op.now()), headers={"Cache-Control": f"public, max-age={JWKS_MAX_AGE}"})


async def _encoded(op: Provider) -> bytes:
    return json.dumps(await document(op), separators=(",", ":")).encode()


async def document(op: Provider) -> dict[str, Any]:
    """The metadata as a mapping."""
    return {
        **_endpoints(op),
        **_authorization(op),
        **_signatures(op),
        **_client_authentication(),
        **_LOGOUT,
        **await _claims(op),
    }


def _endpoints(op: Provider) -> dict[str, Any]:
    issuer = op.issuer
    endpoints = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "end_session_endpoint": f"{issuer}/logout",
        "check_session_iframe": f"{issuer}{CHECK_SESSION_PATH}",
    }
    if op.settings.registration != "off":
        endpoints["registration_endpoint"] = f"{issuer}{registration.PATH}"
    return endpoints


def _authorization(op: Provider) -> dict[str, Any]:
    """What may be asked for; in a strict deployment no token passes through the browser."""
    types = [each for each in RESPONSE_TYPES.values() if op.settings.profile == "oidc" or not each.is_front_channel]
    grants = [*GRANTS, *(["implicit"] if any(each.is_front_channel for each in types) else [])]
    return {
        "response_types_supported": [each.name for each in types],
        "response_modes_supported": list(MODES),
        "grant_types_supported": grants,
        "code_challenge_methods_supported": list(pkce.METHODS),
        "acr_values_supported": list(ACR_VALUES),
        "display_values_supported": list(DISPLAYS),
        "prompt_values_supported": list(PROMPTS),
        "ui_locales_supported": list(LOCALES),
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
    }


def _signatures(op: Provider) -> dict[str, Any]:
    """How tokens are signed and encrypted; nothing goes unsigned in a strict deployment."""
    signing = list(jose.SIGNING_ALGORITHMS)
    with_none = [*signing, NONE] if op.settings.profile == "oidc" else signing
    encryption: dict[str, Any] = {}
    for kind in ("id_token", "userinfo", "request_object"):
        encryption[f"{kind}_encryption_alg_values_supported"] = list(jose.KEY_MANAGEMENT)
        encryption[f"{kind}_encryption_enc_values_supported"] = list(jose.CONTENT_ENCRYPTION)
    return {
        "id_token_signing_alg_values_supported": with_none,
        "userinfo_signing_alg_values_supported": signing,
        "request_object_signing_alg_values_supported": with_none,
        **encryption,
    }


def _client_authentication() -> dict[str, Any]:
    algorithms = [*jose.SIGNING_ALGORITHMS, *jose.SECRET_ALGORITHMS]
    confidential = [name for name in METHODS if name != "none"]
    found: dict[str, Any] = {}
    for endpoint, methods in (("token", list(METHODS)), ("introspection", confidential), ("revocation", list(METHODS))):
        found[f"{endpoint}_endpoint_auth_methods_supported"] = methods
        found[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = algorithms
    return found


async def _claims(op: Provider) -> dict[str, Any]:
    mappings = await op.remembered.mappings()
    # Which APIs a tenant has is nobody else's business.
    resources = [each for each in await op.remembered.every_resource() if each.tenant_id is None]
    of_account = await account_scopes(op)
    found: dict[str, Any] = {
        "scopes_supported": [scope for scope in supported_scopes(mappings) if scope in of_account],
        "subject_types_supported": list(subjects.TYPES),
        "claim_types_supported": ["normal"],
        "claims_supported": supported_claims(mappings),
        "claims_locales_supported": list(CLAIMS_LOCALES),
    }
    if resources:
        found["protected_resources"] = [resource.identifier for resource in resources]
    return found
