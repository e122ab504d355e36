"""The members that a client may have, in one table: RFC 7591 §2, OpenID Connect Registration §2, the logout
specifications, RFC 9101 §10.5."""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from hibana_op.foundation import jose
from hibana_op.foundation.errors import InvalidClientMetadata
from hibana_op.oauth import subjects
from hibana_op.oauth.client_auth import METHODS
from hibana_op.oauth.grants import GRANTS
from hibana_op.oauth.metadata.keys import key_set
from hibana_op.oauth.metadata.readers import (
    LONGEST_URI,
    MOST_ENTRIES,
    Read,
    array,
    boolean,
    email,
    fetched_uri,
    https_uri,
    logo,
    logout_uri,
    one_of,
    refuse,
    request_uri,
    response_type,
    scope,
    some,
    text,
    web_uri,
    whole,
)
from hibana_op.oauth.response_modes import MODES
from hibana_op.records.clients import Client

LONGEST_NAME = 200
LONGEST_LIFETIME = 86400
LONGEST_REFRESH = 10 * 365 * 86400
LONGEST_LEEWAY = 10
UNNAMED = "Unnamed client"
NONE = "none"  # the algorithm of what is not signed
IMPLICIT = "implicit"  # a grant without a token request of its own (RFC 6749 §4.2)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")

_encryption_alg = one_of(*jose.KEY_MANAGEMENT)
_encryption_enc = one_of(*jose.CONTENT_ENCRYPTION)

# What a client may say of itself: member → how its value is read.
MEMBERS: Mapping[str, Read] = {
    "client_name": text(LONGEST_NAME),
    "application_type": one_of("web", "native"),
    "redirect_uris": array(text(LONGEST_URI)),
    "post_logout_redirect_uris": array(text(LONGEST_URI)),
    "grant_types": array(one_of(*GRANTS, IMPLICIT)),
    "response_types": array(response_type),
    "response_modes": some(one_of(*MODES)),
    "scope": scope,
    "logo_uri": https_uri,
    "client_uri": https_uri,
    "policy_uri": https_uri,
    "tos_uri": https_uri,
    "contacts": array(email),
    "jwks": key_set,
    "jwks_uri": fetched_uri,
    "subject_type": one_of(*subjects.TYPES),
    "sector_identifier_uri": fetched_uri,
    "token_endpoint_auth_method": one_of(*METHODS),
    "token_endpoint_auth_signing_alg": one_of(*jose.SIGNING_ALGORITHMS, *jose.SECRET_ALGORITHMS),
    "id_token_signed_response_alg": one_of(*jose.SIGNING_ALGORITHMS, NONE),
    "id_token_encrypted_response_alg": _encryption_alg,
    "id_token_encrypted_response_enc": _encryption_enc,
    "userinfo_signed_response_alg": one_of(*jose.SIGNING_ALGORITHMS),
    "userinfo_encrypted_response_alg": _encryption_alg,
    "userinfo_encrypted_response_enc": _encryption_enc,
    "request_object_signing_alg": one_of(*jose.SIGNING_ALGORITHMS, NONE),
    "request_object_encryption_alg": _encryption_alg,
    "request_object_encryption_enc": _encryption_enc,
    "require_signed_request_object": boolean,
    "request_uris": array(request_uri),
    "default_max_age": whole(0, 10**9),
    "require_auth_time": boolean,
    "default_acr_values": array(text(200)),
    "initiate_login_uri": https_uri,
    "frontchannel_logout_uri": logout_uri,
    "frontchannel_logout_session_required": boolean,
    "backchannel_logout_uri": fetched_uri,
    "backchannel_logout_session_required": boolean,
    "software_id": text(200),
    "software_version": text(100),
}
# What only an administrator decides.
POLICY: Mapping[str, Read] = {
    "first_party": boolean,
    "verified": boolean,
    "require_pkce": boolean,
    "profile": one_of("oidc", "oauth21"),
    "access_token_lifetime": whole(1, LONGEST_LIFETIME),
    "id_token_lifetime": whole(1, LONGEST_LIFETIME),
    "refresh_token_rotation": boolean,
    "refresh_token_leeway": whole(0, LONGEST_LEEWAY),
    "refresh_token_idle_lifetime": whole(1, LONGEST_REFRESH),
    "refresh_token_lifetime": whole(1, LONGEST_REFRESH),
}
# An administrator may also lead people to an app on this machine, and give an image itself.
_LINKS: Mapping[str, Read] = {"logo_uri": logo, **dict.fromkeys(("client_uri", "policy_uri", "tos_uri"), web_uri)}
_OF_ADMINISTRATORS: Mapping[str, Read] = {**MEMBERS, **POLICY, **_LINKS}
# Human-readable members that may come in several languages (RFC 7591 §2.2).
LOCALIZED = ("client_name", "logo_uri", "client_uri", "policy_uri", "tos_uri")

_DEFAULTS = {
    field.name: () if field.default_factory is not dataclasses.MISSING else field.default
    for field in dataclasses.fields(Client)
} | {"client_name": UNNAMED}


def read_members(values: Mapping[str, Any], *, by_administrator: bool) -> dict[str, Any]:
    """The members that Hibana honours, each checked; unknown ones are ignored, null counts as absent (RFC 7591 §2)."""
    known = _OF_ADMINISTRATORS if by_administrator else MEMBERS
    found: dict[str, Any] = {}
    localized: dict[str, Any] = {}
    for name, value in values.items():
        base, tagged, language = name.partition("#")
        if value is None:
            continue
        if tagged and base in LOCALIZED:
            if not _LANGUAGE.fullmatch(language):
                raise refuse(base, "has a language tag that is none (BCP 47)")
            localized[name] = known[base](name, value)
        elif name in known:
            found[name] = known[name](name, value)
    if len(localized) > MOST_ENTRIES:
        raise InvalidClientMetadata(f"more than {MOST_ENTRIES} members carry a language tag")
    return {**found, "localized": localized} if localized else found


def absent() -> dict[str, Any]:
    """Every member that a client may have, as it is when it was not given."""
    return {**{name: _DEFAULTS[name] for name in MEMBERS}, "localized": {}}


def read_changes(values: Mapping[str, Any], before: Client) -> dict[str, Any]:
    """An administrator's changes to a client: null takes a member back to its default."""
    found = read_members(values, by_administrator=True)
    emptied = {name for name, value in values.items() if value is None}
    cleared = {name: _DEFAULTS[name] for name in _OF_ADMINISTRATORS if name in emptied}
    localized = {name: value for name, value in before.localized.items() if name not in emptied}
    return {**found, **cleared, "localized": {**localized, **found.get("localized", {})}}


def information(client: Client, *, secret: str | None = None, to_administrator: bool = True) -> dict[str, Any]:
    """The client information response (RFC 7591 §3.2.1); a secret stands in it only when it was made just now."""
    body: dict[str, Any] = {"client_id": client.client_id, "client_id_issued_at": client.created_at}
    if secret is not None:
        body |= {"client_secret": secret, "client_secret_expires_at": 0}
    for name in (*MEMBERS, *(POLICY if to_administrator else ())):
        value = getattr(client, name)
        if value is None or value == ():
            continue
        body[name] = list(value) if isinstance(value, tuple) else value
    if client.software_statement is not None:
        body["software_statement"] = client.software_statement
    if to_administrator:
        body["registration"] = client.registration
    return {**body, **client.localized}
