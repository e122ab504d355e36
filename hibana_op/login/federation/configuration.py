"""What a provider's record says, read into what a sign-in needs; that of Google is filled in from the settings."""

import re
from typing import Any

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.foundation.printable import is_line
from hibana_op.foundation.secrets import Secret
from hibana_op.login.federation.shapes import Config, Upstream
from hibana_op.login.federation.types import TYPES
from hibana_op.provider import Provider
from hibana_op.records import identity_providers
from hibana_op.records.identity_providers import IdentityProvider

GOOGLE = "google"
FROM_SETTINGS = {"from_settings": True}
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+")
_LONGEST_NAME = 100


def is_configured(op: Provider, provider: IdentityProvider) -> bool:
    """Whether a provider can be used; Google's can only where the settings say who we are there."""
    return provider.config != FROM_SETTINGS or op.settings.google is not None


def upstream(op: Provider, provider: IdentityProvider) -> Upstream | None:
    """How to call a provider; None when it is not configured."""
    config = _config(op, provider)
    if config is None:
        return None
    secret: Secret | None = None
    if provider.config == FROM_SETTINGS:
        secret = op.settings.google.client_secret if op.settings.google else None
    elif provider.secret_sealed is not None:
        row = identity_providers.sealed_name(provider.id)
        secret = Secret(op.vault.open(provider.secret_sealed, row).decode())
    return Upstream(
        id=provider.id,
        slug=provider.slug,
        name=provider.name,
        type=provider.provider_type,
        client_id=config.get("client_id", ""),
        client_secret=secret,
        issuer=TYPES[provider.provider_type].issuer(config),
        create_people=config.get("create_people", False),
        trust_email=config.get("trust_email", False),
        config=config,
        tenant_id=provider.tenant_id,
    )


def _config(op: Provider, provider: IdentityProvider) -> Config | None:
    if provider.config != FROM_SETTINGS:
        return provider.config
    google = op.settings.google
    if google is None:
        return None
    # Google confirms the addresses that it says are confirmed.
    return {"issuer": google.issuer, "client_id": google.client_id, "trust_email": True}


def form_target(op: Provider, provider: IdentityProvider) -> str | None:
    """An address at the origin to which a form with the provider's button leads in the end."""
    config = _config(op, provider)
    return TYPES[provider.provider_type].leads_to(config) if config is not None else None


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
    if not 0 < len(name.strip()) <= _LONGEST_NAME or not is_line(name):
        raise InvalidRecord(f"a name has 1 to {_LONGEST_NAME} printable characters")
    return name.strip()


def check_domain(domain: str) -> str:
    """An e-mail domain, as it is compared."""
    plain = domain.strip().lower()
    if not _DOMAIN.fullmatch(plain):
        raise InvalidRecord(f"{domain[:80]!r} is not an e-mail domain; write it like example.com, or xn--… for others")
    return plain


def check(provider_type: str, config: Config) -> dict[str, Any]:
    """The configuration of a provider, each member by its own form; None counts as absent."""
    given = {name: value for name, value in config.items() if value is not None}
    kind = TYPES.get(provider_type)
    if kind is None:
        raise InvalidRecord(f"the type of a provider is one of: {', '.join(TYPES)}")
    for name in given:
        if name not in kind.members:
            raise InvalidRecord(f"a provider of type {provider_type} has no {name[:40]}")
    for name in kind.needed:
        if name not in given:
            raise InvalidRecord(f"a provider of type {provider_type} needs {name}")
    return {name: kind.members[name](name, value) for name, value in given.items()}
