"""`/tenant-domains`: the e-mail domains of tenants, and whether their people may join by an address alone."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, in_named_tenant, require_tenant
from hibana_op.api.shapes import Given, Id, OfTenant, Taken, told_of
from hibana_op.provider import Provider
from hibana_op.records import tenant_domains
from hibana_op.records.tenant_domains import TenantDomain
from hibana_op.tenancy import domains as rules
from hibana_op.tenancy.access import Where


class TenantDomainShown(Given, frozen=True, kw_only=True):
    """A domain; it is verified once `proof_url` shows the line `proof`."""

    id: str
    tenant_id: str
    domain: str
    proof: str
    proof_url: str
    verified_at: datetime | None
    may_join: bool
    created_at: datetime | None


class NewTenantDomain(Taken, frozen=True, kw_only=True):
    """A domain that a tenant says is its own."""

    tenant_id: Id
    domain: Annotated[str, Meta(min_length=1, max_length=253)]


class TenantDomainChanged(Taken, frozen=True, kw_only=True):
    """Whether people with a confirmed address of the domain may join without being invited."""

    may_join: bool | UnsetType = UNSET


class TenantDomainsAsked(OfTenant, frozen=True, kw_only=True):
    """Which domains."""


async def place(op: Provider, asked: Asked) -> Where:
    """The tenant of the domain."""
    return Where(tenant_id=(await tenant_domains.locate(op.db, asked.id)).tenant_id)


async def list_domains(op: Provider, asked: Asked) -> Page:
    """The domains of a tenant, by name."""
    tenant_id = require_tenant(asked)

    async def read(after: str, limit: int) -> list[TenantDomain]:
        every = await tenant_domains.of_tenant(op.db, tenant_id)
        return sorted((each for each in every if each.domain > after), key=lambda each: each.domain)[:limit]

    return await paging.page(op, asked.query, read, of="tenant-domains", key=lambda each: each.domain, told=_shown)


async def show(op: Provider, asked: Asked) -> TenantDomainShown:
    """One domain."""
    return _shown(await tenant_domains.locate(op.db, asked.id))


async def create(op: Provider, asked: Asked) -> TenantDomainShown:
    """Say that a domain is a tenant's own."""
    body: NewTenantDomain = asked.body
    return _shown(await rules.add(op, asked.actor, body.tenant_id, domain=body.domain, origin=asked.origin))


async def change(op: Provider, asked: Asked) -> TenantDomainShown:
    """Say who may join."""
    found, may_join = await tenant_domains.locate(op.db, asked.id), asked.body.may_join
    if may_join is UNSET or may_join == found.may_join:
        return _shown(found)
    changed = await rules.set_may_join(
        op, asked.actor, found.tenant_id, found.id, may_join=may_join, origin=asked.origin
    )
    return _shown(changed)


async def remove(op: Provider, asked: Asked) -> None:
    """Take a domain away."""
    found = await tenant_domains.locate(op.db, asked.id)
    await rules.remove(op, asked.actor, found.tenant_id, found.id, origin=asked.origin)


async def verify(op: Provider, asked: Asked) -> TenantDomainShown:
    """Look whether a domain is the tenant's."""
    found = await tenant_domains.locate(op.db, asked.id)
    return _shown(await rules.verify(op, asked.actor, found.tenant_id, found.id, origin=asked.origin))


async def vouch(op: Provider, asked: Asked) -> TenantDomainShown:
    """Say, as the deployment, that a domain is the tenant's."""
    found = await tenant_domains.locate(op.db, asked.id)
    return _shown(await rules.verify(op, asked.actor, found.tenant_id, found.id, is_known=True, origin=asked.origin))


def _shown(domain: TenantDomain) -> TenantDomainShown:
    shown: TenantDomainShown = told_of(
        domain, TenantDomainShown, proof=rules.proof(domain), proof_url=rules.ADDRESS.format(domain=domain.domain)
    )
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/tenant-domains",
        permission="domains:read",
        summary="List the domains of a tenant",
        handler=list_domains,
        where=in_named_tenant,
        query=TenantDomainsAsked,
        gives=TenantDomainShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/tenant-domains",
        permission="domains:create",
        summary="Say that a domain is a tenant's own; it counts once it is verified",
        handler=create,
        where=in_named_tenant,
        takes=NewTenantDomain,
        gives=TenantDomainShown,
        status=201,
    ),
    Operation(
        method="GET",
        path="/tenant-domains/{id}",
        permission="domains:read",
        summary="Show a domain",
        handler=show,
        where=place,
        gives=TenantDomainShown,
    ),
    Operation(
        method="PATCH",
        path="/tenant-domains/{id}",
        permission="domains:update",
        summary="Say whether people with an address of the domain may join without being invited",
        handler=change,
        where=place,
        takes=TenantDomainChanged,
        gives=TenantDomainShown,
    ),
    Operation(
        method="DELETE",
        path="/tenant-domains/{id}",
        permission="domains:delete",
        summary="Take a domain away; whoever joined by it stays",
        handler=remove,
        where=place,
        status=204,
    ),
    Operation(
        method="POST",
        path="/tenant-domains/{id}/verify",
        permission="domains:update",
        summary="Look whether the domain's web server shows the proof",
        handler=verify,
        where=place,
        gives=TenantDomainShown,
    ),
    Operation(
        method="POST",
        path="/tenant-domains/{id}/vouch",
        permission="domains:update",
        summary="Say, as an administrator of the deployment, that the domain is the tenant's",
        handler=vouch,
        gives=TenantDomainShown,
    ),
)
