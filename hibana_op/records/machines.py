"""Clients that may ask for tokens of the management API, and act there in their own name."""

from hibana_op.records import clients, resources
from hibana_op.records.clients import Client
from hibana_op.records.resources import OWN_API, OWN_SCOPE
from hibana_op.storage.database import Session


async def reaches_own_api(db: Session, client: Client) -> bool:
    """Whether a client was given the scope of the management API, by its registration or by a grant."""
    granted = (await resources.grants_of(db, client.client_id)).get(OWN_API, frozenset())
    return OWN_SCOPE in granted or OWN_SCOPE in (client.scope or "").split()


async def acts(db: Session, client: Client) -> bool:
    """Whether a client acts there as nobody but itself."""
    return "client_credentials" in client.grant_types and await reaches_own_api(db, client)


async def may_act(db: Session, client_id: str, *, now: int) -> bool:
    """The same of the client with this id, as it is now; its tenant is open."""
    client = await clients.find_usable(db, client_id, now=now)
    return client is not None and await acts(db, client)
