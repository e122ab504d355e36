"""`/client-grants`: the most that an app may get for an API. Of our own API a grant gives everything there is."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, in_named_tenant, tenant_named
from hibana_op.api.shapes import Given, Id, OfTenant, Taken, told_of
from hibana_op.foundation.errors import NotFound
from hibana_op.oauth import resource_registry as registry
from hibana_op.provider import Provider
from hibana_op.records import client_grants, clients
from hibana_op.records.client_grants import ClientGrant
from hibana_op.tenancy import apps
from hibana_op.tenancy.access import Where, may

GrantScopes = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=128)], ...], Meta(max_length=200)]


class ClientGrantShown(Given, frozen=True, kw_only=True):
    """What an app may get for an API at most; `tenant_id` is that of the app."""

    id: str
    client_id: str
    resource_id: str
    tenant_id: str | None
    scopes: list[str]
    created_at: datetime


class NewClientGrant(Taken, frozen=True, kw_only=True):
    """What an app may get for an API at most: these scopes, or all of them when none is named."""

    client_id: Id
    resource_id: Id
    scopes: GrantScopes = ()


class ClientGrantChanged(Taken, frozen=True, kw_only=True):
    """The scopes that take the place of those before."""

    scopes: Annotated[GrantScopes, Meta(min_length=1)]


class ClientGrantsAsked(OfTenant, frozen=True, kw_only=True):
    """Which grants."""

    client_id: Annotated[str, Meta(max_length=255)] = ""
    resource_id: Annotated[str, Meta(max_length=255)] = ""


async def place(op: Provider, asked: Asked) -> Where:
    """The tenant of the grant's client, or the deployment."""
    return Where(tenant_id=(await client_grants.get(op.db, asked.id)).tenant_id)


async def place_of_client(op: Provider, asked: Asked) -> Where:
    """The tenant of the client that is named; one that is none of the caller's business is not there."""
    where = Where(tenant_id=(await clients.get(op.db, asked.body.client_id)).tenant_id)
    if not may(asked.actor, "client-grants:create", where):
        raise NotFound(f"no client has the id {asked.body.client_id}")
    return where


async def list_grants(op: Provider, asked: Asked) -> Page:
    """Grants to clients of the deployment, or of a tenant."""
    query: ClientGrantsAsked = asked.query

    async def read(after: str, limit: int) -> list[ClientGrant]:
        return await client_grants.page(
            op.db,
            tenant_id=tenant_named(asked),
            client_id=query.client_id,
            resource_id=query.resource_id,
            after=after,
            limit=limit,
        )

    return await paging.page(op, query, read, of="client-grants", key=lambda each: each.id, told=_shown)


async def show(op: Provider, asked: Asked) -> ClientGrantShown:
    """One grant."""
    return _shown(await client_grants.get(op.db, asked.id))


async def create(op: Provider, asked: Asked) -> ClientGrantShown:
    """Set what a client may get for a resource."""
    return await _allow(op, asked, "client-grants:create", asked.body)


async def change(op: Provider, asked: Asked) -> ClientGrantShown:
    """Set other scopes."""
    grant = await client_grants.get(op.db, asked.id)
    wanted = NewClientGrant(client_id=grant.client_id, resource_id=grant.resource_id, scopes=asked.body.scopes)
    return await _allow(op, asked, "client-grants:update", wanted)


async def _allow(op: Provider, asked: Asked, permission: str, wanted: NewClientGrant) -> ClientGrantShown:
    resource = await registry.allow(
        op,
        wanted.resource_id,
        client_id=wanted.client_id,
        scopes=wanted.scopes,
        origin=asked.origin,
        guard=apps.of_grants(op, asked.actor, permission),
    )
    made = await client_grants.of(op.db, wanted.client_id, resource.id)
    if made is None:
        raise NotFound("the grant was taken away a moment ago")
    return _shown(made)


async def remove(op: Provider, asked: Asked) -> None:
    """Take a grant away."""
    grant = await client_grants.get(op.db, asked.id)
    guard = apps.of_grants(op, asked.actor, "client-grants:delete")
    await registry.disallow(op, grant.resource_id, client_id=grant.client_id, origin=asked.origin, guard=guard)


def _shown(each: ClientGrant) -> ClientGrantShown:
    shown: ClientGrantShown = told_of(each, ClientGrantShown, scopes=list(each.scopes))
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/client-grants",
        permission="client-grants:read",
        summary="List what apps may get for APIs",
        handler=list_grants,
        where=in_named_tenant,
        query=ClientGrantsAsked,
        gives=ClientGrantShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/client-grants",
        permission="client-grants:create",
        summary="Set the most that an app may get for an API; what it had before is replaced",
        handler=create,
        where=place_of_client,
        takes=NewClientGrant,
        gives=ClientGrantShown,
        status=201,
    ),
    Operation(
        method="GET",
        path="/client-grants/{id}",
        permission="client-grants:read",
        summary="Show a grant",
        handler=show,
        where=place,
        gives=ClientGrantShown,
    ),
    Operation(
        method="PATCH",
        path="/client-grants/{id}",
        permission="client-grants:update",
        summary="Change the scopes of a grant",
        handler=change,
        where=place,
        takes=ClientGrantChanged,
        gives=ClientGrantShown,
    ),
    Operation(
        method="DELETE",
        path="/client-grants/{id}",
        permission="client-grants:delete",
        summary="Take a grant away; the next token is without it",
        handler=remove,
        where=place,
        status=204,
    ),
)
