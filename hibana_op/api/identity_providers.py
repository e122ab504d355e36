"""`/identity-providers`: other providers that people may sign in with. Never a secret of theirs."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, in_named_tenant, tenant_named
from hibana_op.api.shapes import Given, Id, SearchingTenant, Taken, at, changes
from hibana_op.login.federation import providers
from hibana_op.login.federation.configuration import is_configured, upstream
from hibana_op.login.federation.registering import to_register
from hibana_op.provider import Provider
from hibana_op.records import identity_providers
from hibana_op.records.identity_providers import IdentityProvider
from hibana_op.tenancy import other_providers
from hibana_op.tenancy.access import Where

Secret = Annotated[str, Meta(min_length=1, max_length=1024)]
ProviderName = Annotated[str, Meta(min_length=1, max_length=100)]
Domains = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=253)], ...], Meta(max_length=100)]
Certificates = Annotated[list[Annotated[str, Meta(max_length=16384)]], Meta(min_length=1, max_length=10)]


class IdentityProviderShown(Given, frozen=True, kw_only=True):
    """Another provider, with what to register there and without its secret."""

    id: str
    slug: str
    name: str
    type: str
    tenant_id: str | None
    enabled: bool
    configured: bool
    has_secret: bool
    domains: list[str]
    config: dict[str, Any]
    redirect_uri: str | None
    our_entity_id: str | None
    our_acs_url: str | None
    created_at: datetime
    updated_at: datetime


class NewIdentityProvider(Taken, frozen=True, kw_only=True):
    """A provider that is to be. `config` holds what its type needs, as `hibana provider create` names it."""

    slug: Annotated[str, Meta(min_length=1, max_length=31)]
    name: ProviderName
    type: Literal["oidc", "oauth", "saml", "ldap"] = "oidc"
    config: dict[str, Any]
    client_secret: Secret | None = None
    domains: Domains = ()
    tenant_id: Id | None = None


class IdentityProviderChanged(Taken, frozen=True, kw_only=True):
    """What changes of a provider; who it is stays. `certificates` are those of SAML, in PEM form."""

    name: ProviderName | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    client_secret: Secret | UnsetType = UNSET
    domains: Domains | UnsetType = UNSET
    certificates: Certificates | UnsetType = UNSET


class IdentityProvidersAsked(SearchingTenant, frozen=True, kw_only=True):
    """Which other providers; by their names those of one tenant."""

    sort: Literal["created_at", "-created_at", "slug", "-slug", "name", "-name"] = "created_at"


async def place(op: Provider, asked: Asked) -> Where:
    """The tenant of the provider, or the deployment."""
    return Where(tenant_id=(await identity_providers.get(op.db, asked.id)).tenant_id)


async def list_providers(op: Provider, asked: Asked) -> Page:
    """Providers of the deployment, or of a tenant."""
    query: IdentityProvidersAsked = asked.query
    tenant_id = tenant_named(asked)
    order = paging.order(identity_providers.ORDERS, query.sort, is_bounded=tenant_id is not None)

    told: dict[str, IdentityProviderShown] = {}

    async def read(after: str, limit: int) -> list[IdentityProvider]:
        found = await identity_providers.page(
            op.db, tenant_id=tenant_id, search=query.q, order=order, after=after, limit=limit
        )
        for each in found:
            told[each.id] = await _shown(op, each)
        return found

    return await paging.page(op, query, read, of="identity-providers", key=order.key, told=lambda each: told[each.id])


async def show(op: Provider, asked: Asked) -> IdentityProviderShown:
    """One provider."""
    return await _shown(op, await identity_providers.get(op.db, asked.id))


async def create(op: Provider, asked: Asked) -> IdentityProviderShown:
    """Add a provider."""
    body: NewIdentityProvider = asked.body
    made = await providers.create(
        op,
        slug=body.slug,
        name=body.name,
        provider_type=body.type,
        config=body.config,
        client_secret=body.client_secret,
        domains=body.domains,
        origin=asked.origin,
        tenant_id=tenant_named(asked),
        guard=other_providers.guard(op, asked.actor, "identity-providers:create"),
    )
    return await _shown(op, made)


async def change(op: Provider, asked: Asked) -> IdentityProviderShown:
    """Change a provider."""
    guard = other_providers.guard(op, asked.actor, "identity-providers:update")
    return await _shown(op, await providers.update(op, asked.id, changes(asked.body), asked.origin, guard=guard))


async def remove(op: Provider, asked: Asked) -> None:
    """Remove a provider."""
    found = await identity_providers.get(op.db, asked.id)
    guard = other_providers.guard(op, asked.actor, "identity-providers:delete")
    await providers.delete(op, found.slug, asked.origin, guard=guard)


async def _shown(op: Provider, each: IdentityProvider) -> IdentityProviderShown:
    known, ours = upstream(op, each), to_register(op, each)
    return IdentityProviderShown(
        id=each.id,
        slug=each.slug,
        name=each.name,
        type=each.provider_type,
        tenant_id=each.tenant_id,
        enabled=each.enabled,
        configured=is_configured(op, each),
        has_secret=known is not None and known.client_secret is not None,
        domains=await identity_providers.domains_of(op.db, each.id),
        config=each.config,
        redirect_uri=ours.get("redirect_uri"),
        our_entity_id=ours.get("our_entity_id"),
        our_acs_url=ours.get("our_acs_url"),
        created_at=at(each.created_at),
        updated_at=at(each.updated_at),
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/identity-providers",
        permission="identity-providers:read",
        summary="List other providers",
        handler=list_providers,
        where=in_named_tenant,
        query=IdentityProvidersAsked,
        gives=IdentityProviderShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/identity-providers",
        permission="identity-providers:create",
        summary="Add another provider; one of type oidc is asked at once who it is",
        handler=create,
        where=in_named_tenant,
        takes=NewIdentityProvider,
        gives=IdentityProviderShown,
        status=201,
    ),
    Operation(
        method="GET",
        path="/identity-providers/{id}",
        permission="identity-providers:read",
        summary="Show another provider, with what to register there",
        handler=show,
        where=place,
        gives=IdentityProviderShown,
    ),
    Operation(
        method="PATCH",
        path="/identity-providers/{id}",
        permission="identity-providers:update",
        summary="Change another provider: its name, secret, domains or certificates, and whether it is enabled",
        handler=change,
        where=place,
        takes=IdentityProviderChanged,
        gives=IdentityProviderShown,
    ),
    Operation(
        method="DELETE",
        path="/identity-providers/{id}",
        permission="identity-providers:delete",
        summary="Remove another provider, and every link to an account there",
        handler=remove,
        where=place,
        status=204,
    ),
)
