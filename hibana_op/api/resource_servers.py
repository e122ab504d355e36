"""`/resource-servers`: the APIs that accept our access tokens (RFC 8707)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, in_named_tenant, tenant_named
from hibana_op.api.shapes import Given, Id, Name, SearchingTenant, Taken, changes, told_of
from hibana_op.foundation.ids import uuid7
from hibana_op.oauth import resource_registry as registry
from hibana_op.provider import Provider
from hibana_op.records import resources
from hibana_op.records.resources import ResourceServer
from hibana_op.tenancy import apps
from hibana_op.tenancy.access import Where

Algorithm = Annotated[str, Meta(max_length=20)]
Lifetime = Annotated[int, Meta(ge=1, le=86400)]


class ResourceScope(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scope of an API, and what it allows in words that people read."""

    value: Annotated[str, Meta(min_length=1, max_length=128)]
    description: Annotated[str, Meta(max_length=500)]


Scopes = Annotated[tuple[ResourceScope, ...], Meta(max_length=registry.MOST_SCOPES)]


class ResourceServerShown(Given, frozen=True, kw_only=True):
    """An API. `client_id` is the client that may introspect its tokens."""

    id: str
    tenant_id: str | None
    identifier: str
    name: str
    scopes: list[ResourceScope]
    signing_alg: str
    token_format: Literal["jwt", "opaque"]
    token_lifetime: int | None
    allow_offline_access: bool
    skip_consent: bool
    client_id: str | None
    created_at: datetime
    updated_at: datetime


class NewResourceServer(Taken, frozen=True, kw_only=True):
    """An API that is to be; without a tenant it belongs to the deployment."""

    identifier: Annotated[str, Meta(min_length=1, max_length=2048)]
    name: Name
    scopes: Scopes = ()
    signing_alg: Algorithm = "RS256"
    token_format: Literal["jwt", "opaque"] = "jwt"  # noqa: S105 - the name of a format
    token_lifetime: Lifetime | None = None
    allow_offline_access: bool = True
    skip_consent: bool = True
    client_id: Id | None = None
    tenant_id: Id | None = None


class ResourceServerChanged(Taken, frozen=True, kw_only=True):
    """What changes of an API; what apps name it by stays. A list of scopes takes the place of the one before."""

    name: Name | UnsetType = UNSET
    scopes: Scopes | UnsetType = UNSET
    signing_alg: Algorithm | UnsetType = UNSET
    token_format: Literal["jwt", "opaque"] | UnsetType = UNSET
    token_lifetime: Lifetime | UnsetType | None = UNSET
    allow_offline_access: bool | UnsetType = UNSET
    skip_consent: bool | UnsetType = UNSET
    client_id: Id | UnsetType | None = UNSET


class ResourceServersAsked(SearchingTenant, frozen=True, kw_only=True):
    """Which APIs; by their names those of one tenant."""

    sort: Literal["created_at", "-created_at", "identifier", "-identifier", "name", "-name"] = "created_at"


async def place(op: Provider, asked: Asked) -> Where:
    """The tenant of the API, or the deployment."""
    return Where(tenant_id=(await resources.get(op.db, asked.id)).tenant_id)


async def list_resources(op: Provider, asked: Asked) -> Page:
    """APIs of the deployment, or of a tenant."""
    query: ResourceServersAsked = asked.query
    tenant_id = tenant_named(asked)
    order = paging.order(resources.ORDERS, query.sort, is_bounded=tenant_id is not None)

    async def read(after: str, limit: int) -> list[ResourceServer]:
        return await resources.page(op.db, tenant_id=tenant_id, search=query.q, order=order, after=after, limit=limit)

    return await paging.page(op, query, read, of="resource-servers", key=order.key, told=_shown)


async def show(op: Provider, asked: Asked) -> ResourceServerShown:
    """One API."""
    return _shown(await resources.get(op.db, asked.id))


async def create(op: Provider, asked: Asked) -> ResourceServerShown:
    """Register an API."""
    now = op.now()
    members = _members(asked.body) | {"tenant_id": tenant_named(asked)}
    new = ResourceServer(id=uuid7(), created_at=now, updated_at=now, **members)
    guard = apps.of_resources(op, asked.actor, "resource-servers:create")
    return _shown(await registry.create(op, new, asked.origin, guard=guard))


async def change(op: Provider, asked: Asked) -> ResourceServerShown:
    """Change an API."""
    resource = await resources.get(op.db, asked.id)
    guard = apps.of_resources(op, asked.actor, "resource-servers:update")
    return _shown(await registry.update(op, resource.id, _members(asked.body), asked.origin, guard=guard))


async def remove(op: Provider, asked: Asked) -> None:
    """Remove an API."""
    guard = apps.of_resources(op, asked.actor, "resource-servers:delete")
    await registry.delete(op, asked.id, asked.origin, guard=guard)


def _members(body: Struct) -> dict[str, Any]:
    members = changes(body)
    if "scopes" in members:
        members["scopes"] = tuple((each.value, each.description) for each in members["scopes"])
    return members


def _shown(each: ResourceServer) -> ResourceServerShown:
    scopes = [ResourceScope(value=value, description=description) for value, description in each.scopes]
    shown: ResourceServerShown = told_of(each, ResourceServerShown, scopes=scopes)
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/resource-servers",
        permission="resource-servers:read",
        summary="List APIs",
        handler=list_resources,
        where=in_named_tenant,
        query=ResourceServersAsked,
        gives=ResourceServerShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/resource-servers",
        permission="resource-servers:create",
        summary="Register an API with its scopes",
        handler=create,
        where=in_named_tenant,
        takes=NewResourceServer,
        gives=ResourceServerShown,
        status=201,
    ),
    Operation(
        method="GET",
        path="/resource-servers/{id}",
        permission="resource-servers:read",
        summary="Show an API",
        handler=show,
        where=place,
        gives=ResourceServerShown,
    ),
    Operation(
        method="PATCH",
        path="/resource-servers/{id}",
        permission="resource-servers:update",
        summary="Change an API; what apps name it by stays",
        handler=change,
        where=place,
        takes=ResourceServerChanged,
        gives=ResourceServerShown,
    ),
    Operation(
        method="DELETE",
        path="/resource-servers/{id}",
        permission="resource-servers:delete",
        summary="Remove an API; no token for it can be had any more",
        handler=remove,
        where=place,
        status=204,
    ),
)
