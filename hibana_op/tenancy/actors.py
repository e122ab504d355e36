"""Who is acting: people with all that they hold, and whoever has a shell on the machine."""

from hibana_op.provider import Provider
from hibana_op.records import permissions, roles
from hibana_op.storage.database import Session
from hibana_op.tenancy.access import Actor


async def command(op: Provider) -> Actor:
    """Whoever runs a command on the server has the database in their hands already."""
    return Actor(catalogue=await op.remembered.catalogue(), is_command=True)


async def person(
    tx: Session,
    user_id: str,
    *,
    now: int,
    client_id: str | None = None,
    tenant_id: str | None = None,
    ceiling: tuple[str, ...] | None = None,
) -> Actor:
    """A person, with what they hold at this moment."""
    return Actor(
        catalogue=await permissions.catalogue(tx),
        user_id=user_id,
        client_id=client_id,
        granted=tuple(await roles.granted_to(tx, user_id, now=now)),
        tenant_id=tenant_id,
        ceiling=ceiling,
    )
