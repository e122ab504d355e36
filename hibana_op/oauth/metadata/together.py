"""Whether the members of a client fit each other (OpenID Connect Registration §2, RFC 7591 §2.1)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from hibana_op.foundation import jose
from hibana_op.foundation.errors import InvalidClientMetadata, InvalidRedirectUri
from hibana_op.foundation.explanation import Explanation
from hibana_op.oauth import redirect_uris
from hibana_op.oauth.client_tokens import DEFAULT_ENCRYPTION
from hibana_op.oauth.metadata.keys import check_keys
from hibana_op.oauth.metadata.members import IMPLICIT, NONE, UNNAMED
from hibana_op.oauth.response_types import RESPONSE_TYPES, ResponseType
from hibana_op.records.clients import Client

_ENCRYPTED = ("id_token_encrypted_response", "userinfo_encrypted_response", "request_object_encryption")


def check_together(client: Client) -> Client:
    """The client, once its members are known to fit each other, with the defaults that one calls for in another."""
    kinds = [RESPONSE_TYPES[name] for name in client.response_types]
    _check_grants(client, kinds)
    _check_modes(client, kinds)
    _check_policy(client, kinds)
    _check_redirect_uris(client, kinds)
    _check_signatures(client, kinds)
    check_keys(client)
    _check_logout(client)
    return _with_encryption(client)


def complete(members: Mapping[str, Any], *, with_refresh: bool) -> dict[str, Any]:
    """The members of a new client, with the defaults of RFC 7591 §2 for what is left out.

    Of grant types and response types the one follows from the other, where only one is given.
    """
    found = {"client_name": UNNAMED, **members}
    grants, kinds = found.get("grant_types"), found.get("response_types")
    if kinds is None:
        found["response_types"] = ("code",) if grants is None or "authorization_code" in grants else ()
    if grants is None:
        needed = _grants_of(found["response_types"])
        offline = with_refresh and "authorization_code" in needed
        found["grant_types"] = (*needed, "refresh_token") if offline else needed
    return found


def _grants_of(response_types: Iterable[str]) -> tuple[str, ...]:
    needed = frozenset[str]().union(*(RESPONSE_TYPES[name].grant_types for name in response_types))
    return tuple(name for name in ("authorization_code", IMPLICIT) if name in needed)


def _check_grants(client: Client, kinds: list[ResponseType]) -> None:
    for kind in kinds:
        for grant in kind.grant_types:
            if grant not in client.grant_types:
                raise InvalidClientMetadata(f"response_types {kind.name} needs the grant_types {grant}")
    with_code = "authorization_code" in client.grant_types
    if with_code and not any(kind.code for kind in kinds):
        raise InvalidClientMetadata("grant_types authorization_code and response_types with code belong together")
    if IMPLICIT in client.grant_types and not any(kind.is_front_channel for kind in kinds):
        raise InvalidClientMetadata("grant_types implicit needs response_types with id_token or token")
    if "refresh_token" in client.grant_types and not with_code:
        raise InvalidClientMetadata("grant_types refresh_token needs authorization_code")
    if client.is_public and "client_credentials" in client.grant_types:
        raise InvalidClientMetadata("grant_types client_credentials needs a client that authenticates")
    if not client.grant_types and not kinds:
        raise InvalidClientMetadata("grant_types must name at least one grant")
    if client.scope and "offline_access" in client.scope.split() and "refresh_token" not in client.grant_types:
        raise InvalidClientMetadata("scope offline_access needs the grant_types refresh_token")


def _check_modes(client: Client, kinds: list[ResponseType]) -> None:
    if client.response_modes == ("query",) and any(kind.is_front_channel for kind in kinds):
        raise InvalidClientMetadata("response_types with id_token or token need response_modes fragment or form_post")


def _check_policy(client: Client, kinds: list[ResponseType]) -> None:
    if not client.require_pkce and (client.is_public or client.profile != "oidc"):
        raise InvalidClientMetadata("require_pkce can be false only for a confidential client of the profile oidc")
    if client.profile != "oidc" and any(kind.is_front_channel for kind in kinds):
        raise InvalidClientMetadata("response_types with id_token or token are for clients of the profile oidc")


def _check_redirect_uris(client: Client, kinds: list[ResponseType]) -> None:
    if kinds and not client.redirect_uris:
        raise InvalidRedirectUri("redirect_uris must name at least one URI for these response_types")
    for member in ("redirect_uris", "post_logout_redirect_uris"):
        for uri in getattr(client, member):
            fault = redirect_uris.fault(uri, application_type=client.application_type)
            if fault is not None:
                because = Explanation("redirect_uri_not_registrable", (fault,), uri, member)
                raise InvalidRedirectUri(f"{member}: {uri[:200]} {fault}", because=because)
    if client.application_type == "web" and IMPLICIT in client.grant_types:
        for uri in client.redirect_uris:
            if not uri.lower().startswith("https:"):
                raise InvalidRedirectUri("redirect_uris must use https for the implicit grant")


def _check_signatures(client: Client, kinds: list[ResponseType]) -> None:
    algorithm, method = client.token_endpoint_auth_signing_alg, client.token_endpoint_auth_method
    signs_with_secret = {"private_key_jwt": False, "client_secret_jwt": True}.get(method)
    if algorithm is not None and signs_with_secret not in (None, algorithm in jose.SECRET_ALGORITHMS):
        raise InvalidClientMetadata(
            f"token_endpoint_auth_signing_alg {algorithm} does not go with the token_endpoint_auth_method {method}"
        )
    if client.id_token_signed_response_alg == NONE:
        if client.profile != "oidc" or any(kind.id_token for kind in kinds):
            raise InvalidClientMetadata(
                "id_token_signed_response_alg none is for clients of the profile oidc that get ID tokens "
                "from the token endpoint only"
            )
        if client.id_token_encrypted_response_alg is not None:
            raise InvalidClientMetadata("id_token_signed_response_alg none leaves nothing to encrypt")
    unsigned = client.request_object_signing_alg == NONE
    if unsigned and (client.profile != "oidc" or client.require_signed_request_object):
        raise InvalidClientMetadata(
            "request_object_signing_alg none is for clients of the profile oidc without require_signed_request_object"
        )


def _check_logout(client: Client) -> None:
    """The frame that a provider opens at logout belongs to where the client lives (Front-Channel Logout §2)."""
    uri = client.frontchannel_logout_uri
    if uri is not None and _origin(uri) not in {_origin(each) for each in client.redirect_uris}:
        raise InvalidClientMetadata("frontchannel_logout_uri must have the scheme, host and port of a redirect URI")


def _origin(uri: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(uri)
    return parts.scheme.lower(), parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme.lower())


def _with_encryption(client: Client) -> Client:
    named: dict[str, Any] = {}
    for member in _ENCRYPTED:
        algorithm, encryption = getattr(client, f"{member}_alg"), getattr(client, f"{member}_enc")
        if algorithm is None and encryption is not None:
            raise InvalidClientMetadata(f"{member}_enc needs {member}_alg")
        if algorithm is not None and encryption is None:
            named[f"{member}_enc"] = DEFAULT_ENCRYPTION
    return replace(client, **named) if named else client
