"""Who may change apps and what they may ask of APIs: whoever holds that where they are, and never a stronger app."""

from collections.abc import Awaitable, Callable

from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records.clients import Client
from hibana_op.records.resources import ResourceServer
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, Where, may, require
from hibana_op.tenancy.machines import require_everything, require_no_weaker

ClientGuard = Callable[[Session, Client | None, Client | None], Awaitable[None]]
ResourceGuard = Callable[[Session, ResourceServer], Awaitable[None]]
GrantGuard = Callable[[Session, Client, ResourceServer], Awaitable[None]]


def of_clients(op: Provider, actor: Actor, permission: str) -> ClientGuard:
    """Whether somebody may turn a client into another; people trust what is verified, so no tenant says so itself."""

    async def check(tx: Session, before: Client | None, after: Client | None) -> None:
        acting = await actors.renewed(tx, actor, now=op.now())
        for client in (before, after):
            if client is not None:
                require(acting, permission, Where(tenant_id=client.tenant_id))
                await require_no_weaker(tx, acting, client)
        if after is not None and _is_trusted_more(before, after):
            require(acting, permission, IN_DEPLOYMENT)

    return check


def _is_trusted_more(before: Client | None, after: Client) -> bool:
    first_party, verified = (before.first_party, before.verified) if before else (False, True)
    return (after.first_party and not first_party) or (after.verified and not verified)


def of_resources(op: Provider, actor: Actor, permission: str) -> ResourceGuard:
    """Whether somebody may change an API."""

    async def check(tx: Session, resource: ResourceServer) -> None:
        acting = await actors.renewed(tx, actor, now=op.now())
        require(acting, permission, Where(tenant_id=resource.tenant_id))

    return check


def of_grants(op: Provider, actor: Actor, permission: str) -> GrantGuard:
    """Whether somebody may say what a client gets at an API: they need to hold that where either of them is.

    Of our own API a grant gives everything, so only whoever may do everything gives it.
    """

    async def check(tx: Session, client: Client, resource: ResourceServer) -> None:
        acting = await actors.renewed(tx, actor, now=op.now())
        require(acting, permission, Where(tenant_id=client.tenant_id))
        if resource.is_own:
            require_everything(acting, client.tenant_id)
        elif resource.tenant_id != client.tenant_id:
            _require_there(acting, permission, resource)

    return check


def _require_there(actor: Actor, permission: str, resource: ResourceServer) -> None:
    if not may(actor, permission, Where(tenant_id=resource.tenant_id)):
        raise NotFound(f"no resource is registered as {resource.id}")
