"""`/api-keys`: keys of programs. Each is its owner's, and never for more than the owner may do."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, in_named_tenant, tenant_named
from hibana_op.api.shapes import Given, Moment, Name, SearchingTenant, Taken, seconds, told_of
from hibana_op.provider import Provider
from hibana_op.records import api_keys
from hibana_op.records.api_keys import ApiKey
from hibana_op.tenancy import api_keys as rules
from hibana_op.tenancy.access import Where


class ApiKeyShown(Given, frozen=True, kw_only=True):
    """A key, without the key itself."""

    id: str
    name: str
    prefix: str
    user_id: str
    tenant_id: str | None
    scopes: list[str]
    cidrs: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class ApiKeyMade(ApiKeyShown, frozen=True, kw_only=True):
    """A new key; `key` is shown this once."""

    key: str


class NewApiKey(Taken, frozen=True, kw_only=True):
    """A key for oneself; without a time it counts for ninety days."""

    name: Name
    scopes: Annotated[list[Annotated[str, Meta(max_length=100)]], Meta(min_length=1, max_length=100)]
    tenant_id: Annotated[str, Meta(max_length=255)] | None = None
    expires_at: Moment | None = None
    cidrs: Annotated[tuple[Annotated[str, Meta(max_length=64)], ...], Meta(max_length=50)] = ()


class ApiKeysAsked(SearchingTenant, frozen=True, kw_only=True):
    """Which keys; by their names or last use those of one tenant or person."""

    user_id: Annotated[str, Meta(max_length=255, description="Whose.")] = ""
    sort: Literal["created_at", "-created_at", "name", "-name", "last_used_at", "-last_used_at"] = "created_at"


async def place(op: Provider, asked: Asked) -> Where:
    """The tenant of the key, or the deployment."""
    return Where(tenant_id=(await api_keys.get(op.db, asked.id)).tenant_id)


async def list_keys(op: Provider, asked: Asked) -> Page:
    """Keys, without the keys themselves."""
    query: ApiKeysAsked = asked.query
    tenant_id = tenant_named(asked)
    order = paging.order(api_keys.ORDERS, query.sort, is_bounded=tenant_id is not None or query.user_id != "")

    async def read(after: str, limit: int) -> list[ApiKey]:
        return await api_keys.page(
            op.db, tenant_id=tenant_id, user_id=query.user_id, q=query.q, order=order, after=after, limit=limit
        )

    return await paging.page(op, query, read, of="api-keys", key=order.key, told=_shown)


async def show(op: Provider, asked: Asked) -> ApiKeyShown:
    """One key."""
    return _shown(await api_keys.get(op.db, asked.id))


async def create(op: Provider, asked: Asked) -> ApiKeyMade:
    """Make a key of the caller."""
    body: NewApiKey = asked.body
    key, text = await rules.create(
        op,
        asked.actor,
        name=body.name,
        scopes=body.scopes,
        tenant_id=tenant_named(asked),
        expires_at=seconds(body.expires_at),
        cidrs=body.cidrs,
        origin=asked.origin,
    )
    made: ApiKeyMade = told_of(key, ApiKeyMade, key=text, scopes=list(key.scopes), cidrs=list(key.cidrs))
    return made


async def revoke(op: Provider, asked: Asked) -> None:
    """End a key."""
    await rules.revoke(op, asked.actor, asked.id, origin=asked.origin)


def _shown(key: ApiKey) -> ApiKeyShown:
    shown: ApiKeyShown = told_of(key, ApiKeyShown, scopes=list(key.scopes), cidrs=list(key.cidrs))
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/api-keys",
        permission="api-keys:read",
        summary="List API keys",
        handler=list_keys,
        where=in_named_tenant,
        query=ApiKeysAsked,
        gives=ApiKeyShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/api-keys",
        permission="api-keys:create",
        summary="Make an API key of your own; it is shown this once",
        handler=create,
        where=in_named_tenant,
        takes=NewApiKey,
        gives=ApiKeyMade,
        status=201,
    ),
    Operation(
        method="GET",
        path="/api-keys/{id}",
        permission="api-keys:read",
        summary="Show an API key, without the key itself",
        handler=show,
        where=place,
        gives=ApiKeyShown,
    ),
    Operation(
        method="DELETE",
        path="/api-keys/{id}",
        permission="api-keys:delete",
        summary="Revoke an API key at once",
        handler=revoke,
        where=place,
        status=204,
    ),
)
