"""Clients that reach the management API: whoever has one in their hands may do what it may do."""

from hibana_op.records.clients import Client
from hibana_op.records.machines import reaches_own_api
from hibana_op.storage.database import Session
from hibana_op.tenancy.access import Actor, Where, check_may_grant


async def require_no_weaker(db: Session, actor: Actor, client: Client) -> None:
    """Forbidden to touch such a client, or to make one of it, for who may not do everything where it is."""
    if await reaches_own_api(db, client):
        require_everything(actor, client.tenant_id)


def require_everything(actor: Actor, tenant_id: str | None) -> None:
    """Forbidden for whoever may not do everything in a tenant, or with None in the deployment."""
    check_may_grant(actor, ("*",), Where(tenant_id=tenant_id))
