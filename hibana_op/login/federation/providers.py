"""What administrators do with other providers: add, enable, disable, remove, and choose which ones an app shows."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from hibana_op.foundation.errors import InvalidRecord, NotFound
from hibana_op.foundation.events import (
    IdentityProviderCreated,
    IdentityProviderDeleted,
    IdentityProviderDisabled,
    IdentityProviderEnabled,
    IdentityProvidersChosen,
)
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.login.federation import configuration, discovery
from hibana_op.login.federation.configuration import FROM_SETTINGS, GOOGLE, OPENID
from hibana_op.login.federation.discovery import UpstreamFailed
from hibana_op.provider import Provider
from hibana_op.records import clients, identity_providers
from hibana_op.records.identity_providers import IdentityProvider
from hibana_op.storage.database import Session

_LONGEST_SECRET = 1024


async def create(
    op: Provider,
    *,
    slug: str,
    name: str,
    provider_type: str,
    config: Mapping[str, Any],
    client_secret: str | None,
    domains: Sequence[str],
    origin: Origin,
) -> IdentityProvider:
    """Add a provider; one of type oidc is asked at once who it is, so that a wrong issuer shows here."""
    provider_id, now = uuid7(), op.now()
    made = IdentityProvider(
        id=provider_id,
        slug=configuration.check_slug(slug),
        name=configuration.check_name(name),
        provider_type=provider_type,
        config=configuration.check(provider_type, config),
        secret_sealed=_sealed(op, provider_id, client_secret),
        created_at=now,
        updated_at=now,
    )
    kept = list(dict.fromkeys(configuration.check_domain(each) for each in domains))
    if made.config.get("create_people") and not made.config.get("trust_email") and not kept:
        raise InvalidRecord(
            "accounts are made only with addresses that count as confirmed: add --trust-email, or --domain for its own"
        )
    if provider_type == OPENID:
        issuer = made.config["issuer"]
        try:
            endpoints = discovery.read(issuer, await discovery.fetched(op, issuer))
        except UpstreamFailed as failed:
            raise InvalidRecord(f"{issuer} cannot be used: {failed}") from None
        made.config["authorization_endpoint"] = endpoints.authorization

    async def write(tx: Session) -> None:
        await identity_providers.insert(tx, made, domains=kept)
        await op.emit(tx, IdentityProviderCreated(target_id=made.id, provider=made.slug), origin)

    await op.db.transact(write)
    return made


def _sealed(op: Provider, provider_id: str, secret: str | None) -> str | None:
    if secret is None:
        return None
    if not 0 < len(secret) <= _LONGEST_SECRET or not secret.isprintable():
        raise InvalidRecord(f"a client secret has 1 to {_LONGEST_SECRET} printable characters")
    return op.vault.seal(secret.encode(), identity_providers.sealed_name(provider_id))


async def ensure_google(op: Provider) -> None:
    """Keep a record of Google once the settings say who we are there; identities and choices hang on it."""
    if op.settings.google is None or await identity_providers.find_by_slug(op.db, GOOGLE) is not None:
        return
    now = op.now()
    made = IdentityProvider(
        id=uuid7(),
        slug=GOOGLE,
        name="Google",
        provider_type=OPENID,
        config=dict(FROM_SETTINGS),
        created_at=now,
        updated_at=now,
    )
    origin = Origin(None, None, secrets.token_hex(16))

    async def write(tx: Session) -> None:
        if await identity_providers.insert_once(tx, made):
            await op.emit(tx, IdentityProviderCreated(target_id=made.id, provider=made.slug), origin)

    await op.db.transact(write)


async def set_enabled(op: Provider, slug: str, *, enabled: bool, origin: Origin) -> IdentityProvider:
    """Let people sign in with a provider, or not; whoever is on the way through it finds it closed at once."""

    async def write(tx: Session) -> IdentityProvider:
        found = await identity_providers.get_by_slug(tx, slug)
        await identity_providers.set_enabled(tx, found.id, enabled=enabled, now=op.now())
        kind = IdentityProviderEnabled if enabled else IdentityProviderDisabled
        await op.emit(tx, kind(target_id=found.id, provider=slug), origin)
        return await identity_providers.get_by_slug(tx, slug)

    return await op.db.transact(write)


async def delete(op: Provider, slug: str, origin: Origin) -> IdentityProvider:
    """Remove a provider, with every link to it."""
    if slug == GOOGLE and op.settings.google is not None:
        raise InvalidRecord("google comes from the settings; take HIBANA_GOOGLE__CLIENT_ID away first, or disable it")

    async def write(tx: Session) -> IdentityProvider:
        found = await identity_providers.get_by_slug(tx, slug)
        await identity_providers.delete(tx, found.id)
        await op.emit(tx, IdentityProviderDeleted(target_id=found.id, provider=slug), origin)
        return found

    return await op.db.transact(write)


async def choose(op: Provider, client_id: str, slugs: Sequence[str], origin: Origin) -> None:
    """Let an app show these providers only; none means all again."""

    async def write(tx: Session) -> None:
        if await clients.find(tx, client_id) is None:
            raise NotFound(f"no client has the id {client_id}")
        chosen = [await identity_providers.get_by_slug(tx, slug) for slug in dict.fromkeys(slugs)]
        await identity_providers.choose_for(tx, client_id, [each.id for each in chosen])
        event = IdentityProvidersChosen(target_id=client_id, providers=tuple(each.slug for each in chosen))
        await op.emit(tx, event, origin)

    await op.db.transact(write)
