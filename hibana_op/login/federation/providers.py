"""What administrators do with other providers: add, enable, disable, remove, and choose which ones an app shows."""

import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hibana_op.foundation.errors import InvalidRecord, NotFound
from hibana_op.foundation.events import (
    IdentityProviderCertificatesChanged,
    IdentityProviderCreated,
    IdentityProviderDeleted,
    IdentityProviderDisabled,
    IdentityProviderEnabled,
    IdentityProvidersChosen,
    IdentityProviderUpdated,
)
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.login.federation import configuration
from hibana_op.login.federation.configuration import FROM_SETTINGS, GOOGLE
from hibana_op.login.federation.types import TYPES, oidc
from hibana_op.provider import Provider
from hibana_op.records import clients, identity_providers, tenant_domains
from hibana_op.records.clients import Client
from hibana_op.records.identity_providers import IdentityProvider
from hibana_op.storage.database import Session

# Whether whoever acts may: raises a refusal, in the transaction of the change. With domains, the provider could say
# anew who the people are whose addresses are in them or whose accounts are linked; None: it could not.
Guard = Callable[[Session, IdentityProvider, Collection[str] | None], Awaitable[None]]
ChoiceGuard = Callable[[Session, Client | None, Client | None], Awaitable[None]]

_LONGEST_SECRET = 1024
CHANGEABLE = frozenset({"name", "enabled", "client_secret", "domains", "certificates"})


async def everybody(tx: Session, provider: IdentityProvider, domains: Collection[str] | None) -> None:
    """The guard of commands: whoever has a shell on the machine may."""


async def anything(tx: Session, before: Client | None, after: Client | None) -> None:
    """The same where providers are chosen for an app."""


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
    tenant_id: str | None = None,
    guard: Guard = everybody,
) -> IdentityProvider:
    """Add a provider, perhaps of a tenant; one that can be asked who it is is asked at once."""
    provider_id, now = uuid7(), op.now()
    made = IdentityProvider(
        id=provider_id,
        slug=configuration.check_slug(slug),
        name=configuration.check_name(name),
        provider_type=provider_type,
        config=configuration.check(provider_type, config),
        secret_sealed=_sealed(op, provider_id, client_secret),
        tenant_id=tenant_id,
        created_at=now,
        updated_at=now,
    )
    kept = _domains(made, domains)
    if tenant_id is not None and made.config.get("trust_email"):
        raise InvalidRecord("a tenant's provider confirms the addresses of the tenant's own domains alone")
    await op.db.glance(lambda tx: guard(tx, made, None))
    kind = TYPES[provider_type]
    if kind.needs_secret and client_secret is None:
        raise InvalidRecord(f"a provider of type {provider_type} needs a secret: add --client-secret-stdin")
    if kind.complete is not None:
        made = replace(made, config=await kind.complete(op, made.config))

    async def write(tx: Session) -> None:
        await guard(tx, made, kept)
        await _check_own(tx, made, kept)
        await identity_providers.insert(tx, made, domains=kept)
        event = IdentityProviderCreated(target_id=made.id, tenant_id=made.tenant_id, provider=made.slug)
        await op.emit(tx, event, origin)

    await op.db.transact(write)
    return made


def _domains(provider: IdentityProvider, domains: Sequence[str]) -> list[str]:
    kept = list(dict.fromkeys(configuration.check_domain(each) for each in domains))
    if provider.config.get("create_people") and not provider.config.get("trust_email") and not kept:
        raise InvalidRecord(
            "accounts are made only with addresses that count as confirmed: add --trust-email, or --domain for its own"
        )
    return kept


async def _check_own(tx: Session, provider: IdentityProvider, domains: Collection[str]) -> None:
    """A tenant's provider answers for domains that the tenant has shown to be its own."""
    if provider.tenant_id is None:
        return
    own = {each.domain for each in await tenant_domains.of_tenant(tx, provider.tenant_id) if each.verified_at}
    for domain in domains:
        if domain not in own:
            raise InvalidRecord(f"{domain} is not a verified domain of the tenant")


async def update(
    op: Provider, provider_id: str, changes: Mapping[str, Any], origin: Origin, *, guard: Guard = everybody
) -> IdentityProvider:
    """Change what may change of a provider: CHANGEABLE. Who it is stays, because people's accounts hang on it."""
    for name in changes.keys() - CHANGEABLE:
        raise InvalidRecord(f"{name} cannot be changed")
    before = await identity_providers.get(op.db, provider_id)
    after = replace(_changed(op, before, changes), updated_at=op.now())
    domains = _domains(after, changes["domains"]) if "domains" in changes else None

    async def write(tx: Session) -> None:
        present = await identity_providers.domains_of(tx, before.id)
        anew = "certificates" in changes or not set(domains or ()) <= set(present)
        await guard(tx, before, {*present, *(domains or ())} if anew else None)
        if domains is not None:
            await _check_own(tx, after, domains)
            await identity_providers.set_domains(tx, before.id, domains)
        if not await identity_providers.update(tx, after):
            raise NotFound(f"no provider has the id {provider_id}")
        event = IdentityProviderUpdated(
            target_id=after.id, tenant_id=after.tenant_id, provider=after.slug, fields=tuple(sorted(changes))
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)
    return after


def _changed(op: Provider, before: IdentityProvider, changes: Mapping[str, Any]) -> IdentityProvider:
    after = replace(before, enabled=changes.get("enabled", before.enabled))
    if "name" in changes:
        after = replace(after, name=configuration.check_name(changes["name"]))
    if "client_secret" in changes:
        if before.config == FROM_SETTINGS:
            raise InvalidRecord(f"the client secret of {before.slug} comes from the settings")
        after = replace(after, secret_sealed=_sealed(op, before.id, changes["client_secret"]))
    if "certificates" in changes:
        if "certificates" not in before.config:
            raise InvalidRecord(f"{before.slug} signs nothing that is checked with certificates")
        config = {**before.config, "certificates": changes["certificates"]}
        after = replace(after, config=configuration.check(before.provider_type, config))
    return after


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
        provider_type=oidc.TYPE.name,
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
        await op.emit(tx, kind(target_id=found.id, tenant_id=found.tenant_id, provider=slug), origin)
        return await identity_providers.get_by_slug(tx, slug)

    return await op.db.transact(write)


async def set_certificates(op: Provider, slug: str, told: Mapping[str, Any], origin: Origin) -> IdentityProvider:
    """Check a provider's signatures with other certificates; what else a metadata file told must be of it, too."""

    async def write(tx: Session) -> IdentityProvider:
        found = await identity_providers.get_by_slug(tx, slug)
        if "certificates" not in found.config:
            raise InvalidRecord(f"{slug} signs nothing that is checked with certificates")
        if told.get("entity_id", found.config["entity_id"]) != found.config["entity_id"]:
            raise InvalidRecord(f"the metadata is of another provider than {slug}")
        changed = configuration.check(
            found.provider_type, {**found.config, "certificates": told.get("certificates", ())}
        )
        await identity_providers.set_config(tx, found.id, changed, now=op.now())
        await op.emit(tx, IdentityProviderCertificatesChanged(target_id=found.id, provider=slug), origin)
        return await identity_providers.get_by_slug(tx, slug)

    return await op.db.transact(write)


async def delete(op: Provider, slug: str, origin: Origin, *, guard: Guard = everybody) -> IdentityProvider:
    """Remove a provider, with every link to it."""
    if slug == GOOGLE and op.settings.google is not None:
        raise InvalidRecord("google comes from the settings; take HIBANA_GOOGLE__CLIENT_ID away first, or disable it")

    async def write(tx: Session) -> IdentityProvider:
        found = await identity_providers.get_by_slug(tx, slug)
        await guard(tx, found, None)
        await identity_providers.delete(tx, found.id)
        event = IdentityProviderDeleted(target_id=found.id, tenant_id=found.tenant_id, provider=slug)
        await op.emit(tx, event, origin)
        return found

    return await op.db.transact(write)


async def choose(
    op: Provider, client_id: str, names: Sequence[str], origin: Origin, *, guard: ChoiceGuard = anything
) -> None:
    """Let an app show these providers only, by slug or id; none means all again."""

    async def write(tx: Session) -> None:
        client = await clients.get(tx, client_id)
        await guard(tx, client, client)
        chosen = [await _for_client(tx, client, name) for name in dict.fromkeys(names)]
        await identity_providers.choose_for(tx, client_id, list(dict.fromkeys(each.id for each in chosen)))
        event = IdentityProvidersChosen(
            target_id=client_id, tenant_id=client.tenant_id, providers=tuple(each.slug for each in chosen)
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)


async def _for_client(tx: Session, client: Client, name: str) -> IdentityProvider:
    """A provider that an app may show: one of the deployment, or of its own tenant."""
    found = await identity_providers.find(tx, name) or await identity_providers.find_by_slug(tx, name)
    if found is None or found.tenant_id not in (None, client.tenant_id):
        raise NotFound(f"no provider has the slug {name}")
    return found
