"""What a provider's record says, read into what a sign-in needs; that of Google is filled in from the settings."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hibana_op.foundation import addresses
from hibana_op.foundation.errors import InvalidRecord
from hibana_op.foundation.secrets import Secret
from hibana_op.provider import Provider
from hibana_op.records import identity_providers
from hibana_op.records.identity_providers import IdentityProvider

OPENID, OAUTH = "oidc", "oauth"
TYPES = (OPENID, OAUTH)
GOOGLE = "google"
FROM_SETTINGS = {"from_settings": True}
OPENID_SCOPES = ("openid", "email", "profile")
# What a userinfo endpoint of an OAuth provider calls our members.
CLAIMS = {"sub": "id", "email": "email", "email_verified": "email_verified", "name": "name"}
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")  # RFC 6749 §3.3
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """A provider as we call it.

    `create_people`: whoever it knows may have an account here even where nobody can sign up. `trust_email`: its word
    that an address is confirmed is enough for a new account; it never links one that is there.
    """

    id: str
    slug: str
    name: str
    type: str
    client_id: str
    client_secret: Secret | None
    issuer: str
    scopes: tuple[str, ...]
    create_people: bool
    trust_email: bool
    config: Mapping[str, Any]  # what only one of the types has


def is_configured(op: Provider, provider: IdentityProvider) -> bool:
    """Whether a provider can be used; Google's can only where the settings say who we are there."""
    return provider.config != FROM_SETTINGS or op.settings.google is not None


def upstream(op: Provider, provider: IdentityProvider) -> Upstream | None:
    """How to call a provider; None when it is not configured."""
    config: Mapping[str, Any] = provider.config
    secret: Secret | None = None
    if config == FROM_SETTINGS:
        google = op.settings.google
        if google is None:
            return None
        # Google confirms the addresses that it says are confirmed.
        config = {"issuer": google.issuer, "client_id": google.client_id, "trust_email": True}
        secret = google.client_secret
    elif provider.secret_sealed is not None:
        row = identity_providers.sealed_name(provider.id)
        secret = Secret(op.vault.open(provider.secret_sealed, row).decode())
    return Upstream(
        id=provider.id,
        slug=provider.slug,
        name=provider.name,
        type=provider.provider_type,
        client_id=config["client_id"],
        client_secret=secret,
        # OAuth 2.0 alone has no issuers: where people are sent stands for the provider.
        issuer=config.get("issuer") or config["authorization_endpoint"],
        scopes=tuple(config.get("scopes") or (OPENID_SCOPES if provider.provider_type == OPENID else ())),
        create_people=config.get("create_people", False),
        trust_email=config.get("trust_email", False),
        config=config,
    )


def form_target(op: Provider, provider: IdentityProvider) -> str | None:
    """An address at the origin to which a form with the provider's button leads in the end."""
    if provider.config == FROM_SETTINGS:
        return op.settings.google.issuer if op.settings.google else None
    target: str = provider.config.get("authorization_endpoint") or provider.config["issuer"]
    return target


def check_slug(slug: str) -> str:
    """The name of a provider in addresses and forms."""
    if not _SLUG.fullmatch(slug):
        raise InvalidRecord("a slug has 1 to 31 small letters, digits and hyphens, such as acme-login")
    if slug == GOOGLE:
        raise InvalidRecord(
            "the provider google comes from the settings HIBANA_GOOGLE__CLIENT_ID and HIBANA_GOOGLE__CLIENT_SECRET"
        )
    return slug


def check_name(name: str) -> str:
    """What people read on the button."""
    if not 0 < len(name.strip()) <= _LONGEST_NAME or not name.isprintable():
        raise InvalidRecord(f"a name has 1 to {_LONGEST_NAME} printable characters")
    return name.strip()


def check_domain(domain: str) -> str:
    """An e-mail domain, as it is compared."""
    plain = domain.strip().lower()
    if not _DOMAIN.fullmatch(plain):
        raise InvalidRecord(f"{domain[:80]!r} is not an e-mail domain; write it like example.com, or xn--… for others")
    return plain


def check(provider_type: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of a provider, each member by its own form; None counts as absent."""
    given = {name: value for name, value in config.items() if value is not None}
    readers = _MEMBERS.get(provider_type)
    if readers is None:
        raise InvalidRecord(f"the type of a provider is one of: {', '.join(TYPES)}")
    for name in given:
        if name not in readers:
            raise InvalidRecord(f"a provider of type {provider_type} has no {name[:40]}")
    for name in _NEEDED[provider_type]:
        if name not in given:
            raise InvalidRecord(f"a provider of type {provider_type} needs {name}")
    checked = {name: readers[name](name, value) for name, value in given.items()}
    if provider_type == OPENID and "openid" not in checked.get("scopes", OPENID_SCOPES):
        raise InvalidRecord("the scopes of a provider of type oidc include openid")
    return checked


def _url(name: str, value: Any) -> str:
    try:
        if not isinstance(value, str):
            raise ValueError("the URL is not text")  # noqa: TRY301, TRY004 -- one kind of error for whatever it is
        addresses.parse(value, plain_here=True)
    except ValueError as fault:
        raise InvalidRecord(f"{name}: {fault}") from None
    return value


def _issuer(name: str, value: Any) -> str:
    if "?" in (issuer := _url(name, value)):
        raise InvalidRecord(f"{name}: an issuer has no query")
    return issuer


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 255 or not value.isprintable():
        raise InvalidRecord(f"{name} is text of 1 to 255 characters")
    return value


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidRecord(f"{name} is true or false")
    return value


def _scopes(name: str, value: Any) -> list[str]:
    if not isinstance(value, list | tuple) or not all(
        isinstance(each, str) and _SCOPE.fullmatch(each) for each in value
    ):
        raise InvalidRecord(f"{name} is a list of scopes")
    return list(dict.fromkeys(value))


def _claims(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not value.keys() <= CLAIMS.keys():
        raise InvalidRecord(f"{name} says what the provider calls: {', '.join(CLAIMS)}")
    return {ours: _text(name, theirs) for ours, theirs in value.items()}


_SHARED: Mapping[str, Callable[[str, Any], Any]] = {
    "client_id": _text,
    "scopes": _scopes,
    "create_people": _flag,
    "trust_email": _flag,
    "authorization_endpoint": _url,
}
_MEMBERS: Mapping[str, Mapping[str, Callable[[str, Any], Any]]] = {
    OPENID: {**_SHARED, "issuer": _issuer},
    OAUTH: {
        **_SHARED,
        "token_endpoint": _url,
        "userinfo_endpoint": _url,
        "emails_endpoint": _url,
        "claims": _claims,
    },
}
_NEEDED = {
    OPENID: ("issuer", "client_id"),
    OAUTH: ("client_id", "authorization_endpoint", "token_endpoint", "userinfo_endpoint"),
}
