"""`/clients`: the apps that sign people in and the machines that act on their own."""

from typing import Annotated, Literal

from msgspec import Meta

from hibana_op.api import paging
from hibana_op.api.client_members import ClientChanged, ClientMade, ClientShown, NewClient, given, made, shown
from hibana_op.api.operation import Asked, Operation, Page, in_named_tenant, tenant_named
from hibana_op.api.shapes import Given, Id, SearchingTenant, Taken
from hibana_op.login.federation import providers
from hibana_op.oauth import client_registry as registry
from hibana_op.oauth.client_registry import LONGEST_OVERLAP
from hibana_op.provider import Provider
from hibana_op.records import clients, identity_providers
from hibana_op.records.clients import Client
from hibana_op.tenancy import apps
from hibana_op.tenancy.access import Where


class SecretWanted(Taken, frozen=True, kw_only=True):
    """How many seconds the secret from before goes on counting."""

    overlap: Annotated[int, Meta(ge=0, le=LONGEST_OVERLAP)] = 0


class ProvidersChosen(Taken, frozen=True, kw_only=True):
    """The other providers that a client shows; none means all there are for it."""

    identity_provider_ids: Annotated[list[Id], Meta(max_length=50)]


class ProvidersOfClient(Given, frozen=True, kw_only=True):
    """The other providers that were chosen for a client; none means that it shows all."""

    identity_provider_ids: list[str]


class ClientsAsked(SearchingTenant, frozen=True, kw_only=True):
    """Which apps; by their names those of one tenant."""

    sort: Literal["client_id", "-client_id", "created_at", "-created_at", "client_name", "-client_name"] = "client_id"


async def place(op: Provider, asked: Asked) -> Where:
    """The tenant of the client, or the deployment."""
    return Where(tenant_id=(await clients.get(op.db, asked.id)).tenant_id)


async def list_clients(op: Provider, asked: Asked) -> Page:
    """Clients of the deployment, or of a tenant."""
    query: ClientsAsked = asked.query
    tenant_id = tenant_named(asked)
    order = paging.order(clients.ORDERS, query.sort, is_bounded=tenant_id is not None)

    async def read(after: str, limit: int) -> list[Client]:
        return await clients.page(op.db, tenant_id=tenant_id, search=query.q, order=order, after=after, limit=limit)

    return await paging.page(op, query, read, of="clients", key=order.key, told=shown)


async def show(op: Provider, asked: Asked) -> ClientShown:
    """One client."""
    return shown(await clients.get(op.db, asked.id))


async def create(op: Provider, asked: Asked) -> ClientMade:
    """Register a client."""
    guard = apps.of_clients(op, asked.actor, "clients:create")
    client, secret = await registry.create(
        op, given(asked.body), asked.origin, tenant_id=tenant_named(asked), guard=guard
    )
    return made(client, secret)


async def change(op: Provider, asked: Asked) -> ClientShown:
    """Change a client."""
    guard = apps.of_clients(op, asked.actor, "clients:update")
    return shown(await registry.update(op, asked.id, given(asked.body), asked.origin, guard=guard))


async def remove(op: Provider, asked: Asked) -> None:
    """Remove a client."""
    await registry.delete(op, asked.id, asked.origin, guard=apps.of_clients(op, asked.actor, "clients:delete"))


async def rotate(op: Provider, asked: Asked) -> ClientMade:
    """Give a client a new secret."""
    body: SecretWanted = asked.body
    guard = apps.of_clients(op, asked.actor, "clients:rotate")
    _, secret = await registry.rotate_secret(op, asked.id, overlap=body.overlap, origin=asked.origin, guard=guard)
    return made(await clients.get(op.db, asked.id), secret)


async def show_providers(op: Provider, asked: Asked) -> ProvidersOfClient:
    """The providers that were chosen for a client."""
    await clients.get(op.db, asked.id)
    return ProvidersOfClient(identity_provider_ids=await identity_providers.chosen_ids(op.db, asked.id))


async def choose_providers(op: Provider, asked: Asked) -> ProvidersOfClient:
    """Choose the providers of a client."""
    body: ProvidersChosen = asked.body
    guard = apps.of_clients(op, asked.actor, "clients:update")
    await providers.choose(op, asked.id, body.identity_provider_ids, asked.origin, guard=guard)
    return await show_providers(op, asked)


OPERATIONS = (
    Operation(
        method="GET",
        path="/clients",
        permission="clients:read",
        summary="List apps",
        handler=list_clients,
        where=in_named_tenant,
        query=ClientsAsked,
        gives=ClientShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/clients",
        permission="clients:create",
        summary="Register an app; its secret is shown this once",
        handler=create,
        where=in_named_tenant,
        takes=NewClient,
        gives=ClientMade,
        status=201,
        location="/clients/{client_id}",
    ),
    Operation(
        method="GET",
        path="/clients/{id}",
        permission="clients:read",
        summary="Show an app",
        handler=show,
        where=place,
        gives=ClientShown,
    ),
    Operation(
        method="PATCH",
        path="/clients/{id}",
        permission="clients:update",
        summary="Change an app; null takes a member back to its default",
        handler=change,
        where=place,
        takes=ClientChanged,
        gives=ClientShown,
    ),
    Operation(
        method="DELETE",
        path="/clients/{id}",
        permission="clients:delete",
        summary="Remove an app and everything that was issued to it",
        handler=remove,
        where=place,
        status=204,
    ),
    Operation(
        method="POST",
        path="/clients/{id}/rotate-secret",
        permission="clients:rotate",
        summary="Give an app a new secret; it is shown this once",
        handler=rotate,
        where=place,
        takes=SecretWanted,
        gives=ClientMade,
    ),
    Operation(
        method="GET",
        path="/clients/{id}/identity-providers",
        permission="clients:read",
        summary="Show which other providers were chosen for an app",
        handler=show_providers,
        where=place,
        gives=ProvidersOfClient,
    ),
    Operation(
        method="PUT",
        path="/clients/{id}/identity-providers",
        permission="clients:update",
        summary="Choose the other providers that an app shows; none means all",
        handler=choose_providers,
        where=place,
        takes=ProvidersChosen,
        gives=ProvidersOfClient,
    ),
)
