"""Client metadata as it comes in and goes out: RFC 7591 §2 and OpenID Connect Registration §2."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from hibana_op.foundation import jose
from hibana_op.foundation.errors import InvalidClientMetadata, InvalidRedirectUri, InvalidScope
from hibana_op.oauth import redirect_uris
from hibana_op.oauth.authorization_checks import RESPONSE_TYPES
from hibana_op.oauth.client_auth import METHODS
from hibana_op.oauth.grants import GRANTS
from hibana_op.oauth.targets import split_scope
from hibana_op.records.clients import Client

LONGEST_NAME = 200
LONGEST_URI = 2048
MOST_ENTRIES = 50
LONGEST_LIFETIME = 86400
LONGEST_REFRESH = 10 * 365 * 86400
LONGEST_LEEWAY = 10
LONGEST_IMAGE = 64 * 1024
_EMAIL = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]{1,255}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")

Read = Callable[[str, Any], Any]


def _refuse(name: str, why: str) -> InvalidClientMetadata:
    return InvalidClientMetadata(f"{name} {why}")


def text(longest: int) -> Read:
    """A string that is not blank and not too long."""

    def read(name: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            raise _refuse(name, f"must be a string of 1 to {longest} characters")
        if not value.isprintable():
            raise _refuse(name, "must not hold control characters")
        return value

    return read


def one_of(*choices: str) -> Read:
    """One of a few words."""

    def read(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise _refuse(name, f"must be one of: {', '.join(choices)}")
        return value

    return read


def whole(least: int, most: int) -> Read:
    """A whole number within bounds."""

    def read(name: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise _refuse(name, f"must be a whole number from {least} to {most}")
        return value

    return read


def boolean(name: str, value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise _refuse(name, "must be true or false")
    return value


def array(each: Read) -> Read:
    """A list without repetition, each entry read by `each`."""

    def read(name: str, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or len(value) > MOST_ENTRIES:
            raise _refuse(name, f"must be a list of at most {MOST_ENTRIES} entries")
        return tuple(dict.fromkeys(each(name, entry) for entry in value))

    return read


def web_uri(name: str, value: Any) -> str:
    """An address a person may be sent to."""
    uri: str = text(LONGEST_URI)(name, value)
    fault = redirect_uris.fault(uri.partition("#")[0], application_type="web")
    if fault is not None:
        raise _refuse(name, fault)
    return uri


def logo(name: str, value: Any) -> str:
    """An image address; one inside the value itself may be longer."""
    if not isinstance(value, str) or not value.startswith("data:image/"):
        return web_uri(name, value)
    if len(value) > LONGEST_IMAGE or not value.isascii() or not value.isprintable():
        raise _refuse(name, f"must hold an image in at most {LONGEST_IMAGE} plain ASCII characters")
    return value


def email(name: str, value: Any) -> str:
    """An e-mail address, by form."""
    found: str = text(320)(name, value)
    if not _EMAIL.fullmatch(found):
        raise _refuse(name, "must hold e-mail addresses")
    return found


def scope(name: str, value: Any) -> str:
    """Scope values separated by spaces."""
    found: str = text(2048)(name, value)
    try:
        return " ".join(split_scope(found))
    except InvalidScope as fault:  # here it is the metadata that is wrong, not a request's scope
        raise InvalidClientMetadata(str(fault)) from None


# What a client may say of itself: member → how its value is read.
MEMBERS: Mapping[str, Read] = {
    "client_name": text(LONGEST_NAME),
    "application_type": one_of("web", "native"),
    "redirect_uris": array(text(LONGEST_URI)),
    "post_logout_redirect_uris": array(text(LONGEST_URI)),
    "grant_types": array(one_of(*GRANTS)),
    "response_types": array(one_of(*RESPONSE_TYPES)),
    "scope": scope,
    "logo_uri": logo,
    "client_uri": web_uri,
    "policy_uri": web_uri,
    "tos_uri": web_uri,
    "contacts": array(email),
    "subject_type": one_of("public"),
    "token_endpoint_auth_method": one_of(*METHODS),
    "id_token_signed_response_alg": one_of(*jose.SIGNING_ALGORITHMS),
    "default_max_age": whole(0, 10**9),
    "require_auth_time": boolean,
    "default_acr_values": array(text(200)),
    "software_id": text(200),
    "software_version": text(100),
}
# What only an administrator decides.
POLICY: Mapping[str, Read] = {
    "first_party": boolean,
    "require_pkce": boolean,
    "profile": one_of("oidc", "oauth21"),
    "access_token_lifetime": whole(1, LONGEST_LIFETIME),
    "id_token_lifetime": whole(1, LONGEST_LIFETIME),
    "refresh_token_rotation": boolean,
    "refresh_token_leeway": whole(0, LONGEST_LEEWAY),
    "refresh_token_idle_lifetime": whole(1, LONGEST_REFRESH),
    "refresh_token_lifetime": whole(1, LONGEST_REFRESH),
}
# Human-readable members that may come in several languages (RFC 7591 §2.2).
LOCALIZED = ("client_name", "logo_uri", "client_uri", "policy_uri", "tos_uri")


def read_members(values: Mapping[str, Any], *, by_administrator: bool) -> dict[str, Any]:
    """The members that Hibana honours, each checked; unknown ones are ignored, null counts as absent (RFC 7591 §2)."""
    known = {**MEMBERS, **POLICY} if by_administrator else dict(MEMBERS)
    found: dict[str, Any] = {}
    localized: dict[str, Any] = {}
    for name, value in values.items():
        base, tagged, language = name.partition("#")
        if value is None:
            continue
        if tagged and base in LOCALIZED:
            if not _LANGUAGE.fullmatch(language):
                raise _refuse(base, "has a language tag that is none (BCP 47)")
            localized[name] = MEMBERS[base](name, value)
        elif name in known:
            found[name] = known[name](name, value)
    if len(localized) > MOST_ENTRIES:
        raise InvalidClientMetadata(f"more than {MOST_ENTRIES} members carry a language tag")
    return {**found, "localized": localized} if localized else found


def check_together(client: Client) -> Client:
    """The client, once its members are known to fit each other."""
    with_code = "authorization_code" in client.grant_types
    if with_code != ("code" in client.response_types):
        raise InvalidClientMetadata("grant_types authorization_code and response_types code belong together")
    if with_code and not client.redirect_uris:
        raise InvalidRedirectUri("redirect_uris must name at least one URI for the authorization_code grant")
    if "refresh_token" in client.grant_types and not with_code:
        raise InvalidClientMetadata("grant_types refresh_token needs authorization_code")
    if client.is_public and "client_credentials" in client.grant_types:
        raise InvalidClientMetadata("grant_types client_credentials needs a client that authenticates")
    if not client.grant_types:
        raise InvalidClientMetadata("grant_types must name at least one grant")
    if not client.require_pkce and (client.is_public or client.profile != "oidc"):
        raise InvalidClientMetadata("require_pkce can be false only for a confidential client of the profile oidc")
    if client.scope and "offline_access" in client.scope.split() and "refresh_token" not in client.grant_types:
        raise InvalidClientMetadata("scope offline_access needs the grant_types refresh_token")
    for member in ("redirect_uris", "post_logout_redirect_uris"):
        for uri in getattr(client, member):
            fault = redirect_uris.fault(uri, application_type=client.application_type)
            if fault is not None:
                raise InvalidRedirectUri(f"{member}: {uri[:200]} {fault}")
    return client


def information(client: Client, *, secret: str | None = None) -> dict[str, Any]:
    """The client information response (RFC 7591 §3.2.1); a secret stands in it only when it was made just now."""
    body: dict[str, Any] = {"client_id": client.client_id, "client_id_issued_at": client.created_at}
    if secret is not None:
        body |= {"client_secret": secret, "client_secret_expires_at": 0}
    for name in (*MEMBERS, *POLICY):
        value = getattr(client, name)
        if value is None or value == ():
            continue
        body[name] = list(value) if isinstance(value, tuple) else value
    return {**body, **client.localized}
