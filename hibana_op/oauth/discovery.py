"""Metadata of the provider: OpenID Connect Discovery §3 and RFC 8414, derived from the tables of the code."""

import json
from typing import Any

from hibana_op.foundation.acr import ACR_VALUES
from hibana_op.oauth import pkce
from hibana_op.oauth.authorization_checks import PROMPTS, RESPONSE_TYPES
from hibana_op.oauth.call import Reply
from hibana_op.oauth.claims import supported_claims, supported_scopes
from hibana_op.oauth.client_auth import METHODS
from hibana_op.oauth.grants import GRANTS
from hibana_op.oauth.response_modes import MODES
from hibana_op.provider import Provider
from hibana_op.records.keyring import JWKS_MAX_AGE

LOCALES = ["ja", "en"]


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
    issuer = op.issuer
    keyring = await op.remembered.keyring()
    mappings = await op.remembered.mappings()
    resources = await op.remembered.every_resource()
    algorithms = list(keyring.algorithms())
    confidential = [name for name in METHODS if name != "none"]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "end_session_endpoint": f"{issuer}/logout",
        "scopes_supported": list(supported_scopes(mappings)),
        "response_types_supported": list(RESPONSE_TYPES),
        "response_modes_supported": list(MODES),
        "grant_types_supported": list(GRANTS),
        "acr_values_supported": list(ACR_VALUES),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
        "token_endpoint_auth_methods_supported": list(METHODS),
        "introspection_endpoint_auth_methods_supported": confidential,
        "revocation_endpoint_auth_methods_supported": list(METHODS),
        "display_values_supported": ["page"],
        "claim_types_supported": ["normal"],
        "claims_supported": list(supported_claims(mappings)),
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "ui_locales_supported": LOCALES,
        "prompt_values_supported": list(PROMPTS),
        "code_challenge_methods_supported": list(pkce.METHODS),
        "authorization_response_iss_parameter_supported": True,
    } | ({"protected_resources": [resource.identifier for resource in resources]} if resources else {})
