"""Examples of what the API takes and gives, made from the schemas that describe it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_MEMBERS = 4  # of a body, unless it needs more
_ID = "01981f6e-7a3c-7d21-9f0a-6b1f5c3e8d42"
_MOMENT = "2026-04-01T09:00:00Z"
_LOOK = "https://id.example/branding/acme"
_URL = "https://app.example.com/callback"
# What has not happened to the thing that is shown.
_ABSENT = frozenset(
    {
        *("deleted_at", "disabled_at", "left_at", "revoked_at", "failure", "fault"),
        *("next_cursor", "replacement", "waiting_change_id", "software_statement", "software_version"),
        *("id_token_encrypted_response_alg", "id_token_encrypted_response_enc", "request_object_encryption_alg"),
        *("request_object_encryption_enc", "request_object_signing_alg", "token_endpoint_auth_signing_alg"),
        *("userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc", "userinfo_signed_response_alg"),
    }
)
# By the name of a member, or of the list that it is in.
_WORDS: Mapping[str, Any] = {
    "aaguids": "ee882879-721c-4913-9775-3dfcce97072a",
    "acr": "urn:hibana:loa:2",
    "action": "user:account:created",
    "action_type": "plan_changed",
    "actor_kind": "user",
    "address": {"country": "JP", "region": "東京都"},
    "algorithm": "ES256",
    "amr": "pwd",
    "application_type": "web",
    "approvals": "deleted",
    "auth_type": "mfa",
    "back": "primary_strong",
    "background": _ID,
    "birthdate": "1990-01-31",
    "certificates": "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----",
    "cidr": "192.0.2.0/24",
    "cidrs": "192.0.2.0/24",
    "claim": "department",
    "claim_name": "department",
    "client_name": "My app",
    "client_secret": "…",
    "code": "TOKYO-1",
    "company_size": "medium",
    "config": {"issuer": "https://accounts.example.com", "client_id": "hibana"},
    "contacts": "alice@example.com",
    "default_acr_values": "urn:hibana:loa:2",
    "description": "What it is for.",
    "detail": "what is wrong with it",
    "display_name": "Support",
    "domain": "example.com",
    "domains": "example.com",
    "email": "alice@example.com",
    "emails": "alice@example.com",
    "endpoint": "/authorize",
    "error": "invalid_request",
    "expected": "https://app.example.com/callback",
    "family_name": "Adams",
    "favicon": _ID,
    "field": "email",
    "font_family": "Georgia",
    "footer": _ID,
    "front": "on_primary",
    "gender": "female",
    "given_name": "Alice",
    "grant_types": "authorization_code",
    "header": _ID,
    "held_in": "tenant",
    "id_token_signed_response_alg": "RS256",
    "identifier": "https://orders.example.com",
    "ip_address": "192.0.2.10",
    "issuer": "https://accounts.example.com",
    "key": "hib_3f9c1a2b4d5e_…",
    "kind": "human",
    "label": "Spring",
    "language": "ja",
    "length": 20,
    "license_type": "paid",
    "links": {"terms": "https://acme.example/terms"},
    "locale": "ja-JP",
    "logo": _ID,
    "logo_dark": _ID,
    "localized": {"name#ja": "アリス"},
    "meaning": "The address is not registered.",
    "membership": "free",
    "membership_role": "member",
    "membership_status": "active",
    "mend": "Register the address that the app sends.",
    "method": "GET",
    "methods": "passkey",
    "middle_name": "Jane",
    "name": "Alice Adams",
    "nickname": "Al",
    "outcome": "success",
    "parameter": "redirect_uri",
    "path": "id_token",
    "permission": "reports:read",
    "permissions": "users:read",
    "permissions_in_units": "users:read",
    "phone_number": "+81312345678",
    "plan": "standard",
    "preferred_username": "alice",
    "primary_color": "#7c3aed",
    "prefix": "hib_3f9c1a2b4d5e",
    "proof": "hibana-domain=…",
    "reason": "The contract begins.",
    "registration": "static",
    "removed": "totp",
    "requires_acr": "urn:hibana:loa:2",
    "resource": "https://orders.example.com",
    "resource_pattern": "reports/*",
    "resource_type": "user",
    "response_modes": "query",
    "response_types": "code",
    "role": "member",
    "roles": "member",
    "rule": "redirect_uri",
    "scope": "openid profile email",
    "scopes": "users:read",
    "second_factor": "required",
    "secondary_color": "#fde047",
    "sent": "https://app.example.com/other",
    "signing_alg": "ES256",
    "slug": "acme",
    "source": "users.email",
    "source_column": "department",
    "source_table": "user_custom_fields",
    "spec": "RFC 6749 section 3.1.2",
    "state": "active",
    "status": "active",
    "stylesheet": _ID,
    "subject_type": "public",
    "tenant": "acme",
    "tenant_name": "Acme",
    "tenant_type": "logistics",
    "theme": "system",
    "title": "Unprocessable Content",
    "token_endpoint_auth_method": "client_secret_basic",
    "trace_id": "6f2c1b7e9a4d4c0e",
    "transformation": "none",
    "type": "oidc",
    "unit_path": f"{_ID}/",
    "user_agent": "Mozilla/5.0",
    "value": "orders:read",
    "website": "https://alice.example.com",
    "zoneinfo": "Asia/Tokyo",
}
# What the same names mean in one collection.
_IN_COLLECTION: Mapping[str, Mapping[str, Any]] = {
    "api-keys": {"name": "Nightly import"},
    "branding": {
        **{"name": "Acme", "theme": "light", "stylesheet_url": f"{_LOOK}/3f9c1a2b4d5e6f70.css"},
        **dict.fromkeys(("logo_url", "logo_dark_url", "favicon_url"), f"{_LOOK}/{_ID}.png"),
    },
    "branding-files": {"content": "<p>Call 03-0000-0000</p>", "media_type": "text/html"},
    "client-grants": {"scopes": "orders:read"},
    "groups": {"name": "Drivers"},
    "identity-providers": {"name": "Example", "slug": "example"},
    "invitations": {"status": "pending"},
    "jobs": {"kind": "people", "status": "done"},
    "join-codes": {"code": "H7KQ-2MZP", "status": "live"},
    "resource-servers": {"name": "Orders", "description": "Read orders"},
    "roles": {"name": "support"},
    "scope-mappings": {"scope": "profile", "condition": {"op": "exists", "field": "department"}},
    "settings": {"attestation": "none"},
    "tenants": {"name": "Acme"},
    "traces": {"name": "redirect_uri", "value": "https://app.example.com/other"},
    "units": {"name": "Tokyo", "path": _ID, "type": "branch"},
    "users": {"action": "suspend"},
}
_TIMES = ("_at", "_time", "_until", "_from", "ends_in")
_IDS = ("id", "_id", "_by", "_ids", "kid")
_ADDRESSES = ("_uri", "_uris", "_url", "picture", "profile")


@dataclass(frozen=True, slots=True)
class Examples:
    """Values that schemas allow, in the words of one collection."""

    schemas: Mapping[str, Mapping[str, Any]]
    collection: str = ""
    is_body: bool = False  # which has its main members alone

    def of(self, schema: Mapping[str, Any], name: str = "") -> Any:
        """A value for what is called `name`."""
        if "$ref" in schema:
            return self.of(self.schemas[schema["$ref"].rpartition("/")[2]], name)
        if "anyOf" in schema:
            present = [each for each in schema["anyOf"] if each.get("type") != "null"]
            is_absent = name in _ABSENT and len(present) < len(schema["anyOf"])
            return None if is_absent else self.of(present[0], name)
        if "enum" in schema:
            known = self._word(name)
            return known if known in schema["enum"] else next(each for each in schema["enum"] if each)
        return self._of_kind(schema, name)

    def _of_kind(self, schema: Mapping[str, Any], name: str) -> Any:
        kind = schema.get("type")
        if kind == "array":
            return [self.of(schema["items"], name)]
        if kind == "object":
            return self._object(schema, name)
        if kind == "integer":
            return _number(schema, name)
        if kind == "number":
            return 4.5
        return True if kind == "boolean" else self._text(schema, name)

    def _object(self, schema: Mapping[str, Any], name: str) -> Any:
        if "properties" not in schema:
            known = self._word(name)
            return known if isinstance(known, dict) else {}
        members: Mapping[str, Any] = schema["properties"]
        chosen = list(members)
        if self.is_body:
            needed = [each for each in members if each in schema.get("required", ())]
            others = [each for each in members if each not in needed and not each.endswith(_IDS)]
            chosen = [*needed, *others[: max(0, MOST_MEMBERS - len(needed))]] or chosen
        return {each: self.of(members[each], each) for each in chosen}

    def _text(self, schema: Mapping[str, Any], name: str) -> str:
        if schema.get("format") == "date-time" or name.endswith(_TIMES):
            return _MOMENT
        if isinstance(known := self._word(name), str):
            return known
        if name.endswith(_ADDRESSES):
            return _URL
        return _ID if name.endswith(_IDS) else "text"

    def _word(self, name: str) -> Any:
        return _IN_COLLECTION.get(self.collection, {}).get(name, _WORDS.get(name))


def _number(schema: Mapping[str, Any], name: str) -> int:
    wanted = 3600 if name.endswith(("_lifetime", "_seconds", "overlap")) else 1
    number: int = max(schema.get("minimum", 0), min(wanted, schema.get("maximum", wanted)))
    return number
