"""Client grants one by one: the most that a client may get for a resource, whoever it acts for."""

from collections.abc import Iterable
from dataclasses import dataclass

from hibana_op.foundation.errors import NotFound
from hibana_op.storage.database import Row, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientGrant:
    """One grant; `tenant_id` is that of the client."""

    id: str
    client_id: str
    resource_id: str
    tenant_id: str | None
    scopes: tuple[str, ...]
    created_at: int


_SELECT = """
    SELECT client_grants.*, oauth_clients.tenant_id, client_grant_scopes.scope AS granted
    FROM client_grants JOIN oauth_clients ON oauth_clients.client_id = client_grants.client_id
    LEFT JOIN client_grant_scopes ON client_grant_scopes.client_grant_id = client_grants.id"""


async def get(db: Session, grant_id: str) -> ClientGrant:
    """The grant with this id, or NotFound."""
    found = _grants(await db.all(f"{_SELECT} WHERE client_grants.id = :id ORDER BY granted", id=grant_id))
    if not found:
        raise NotFound(f"no grant has the id {grant_id}")
    return found[0]


async def of(db: Session, client_id: str, resource_id: str) -> ClientGrant | None:
    """What a client was granted for a resource."""
    rows = await db.all(
        f"{_SELECT} WHERE client_grants.client_id = :client_id AND resource_id = :resource_id ORDER BY granted",
        client_id=client_id,
        resource_id=resource_id,
    )
    return next(iter(_grants(rows)), None)


async def page(
    db: Session,
    *,
    tenant_id: str | None = None,
    client_id: str = "",
    resource_id: str = "",
    after: str = "",
    limit: int = 100,
) -> list[ClientGrant]:
    """Grants by id, from the one after `after`; with a tenant those of its clients."""
    rows = await db.all(
        f"""
        {_SELECT} WHERE client_grants.id IN (
          SELECT client_grants.id FROM client_grants
          JOIN oauth_clients ON oauth_clients.client_id = client_grants.client_id
          WHERE client_grants.id > :after AND (:tenant_id = '' OR oauth_clients.tenant_id = :tenant_id)
            AND (:client_id = '' OR client_grants.client_id = :client_id)
            AND (:resource_id = '' OR resource_id = :resource_id)
          ORDER BY client_grants.id LIMIT :limit)
        ORDER BY client_grants.id, granted""",  # noqa: S608 - the text stands in the code
        tenant_id=tenant_id or "",
        client_id=client_id,
        resource_id=resource_id,
        after=after,
        limit=limit,
    )
    return _grants(rows)


def _grants(rows: Iterable[Row]) -> list[ClientGrant]:
    scopes: dict[str, list[str]] = {}
    heads: dict[str, Row] = {}
    for row in rows:
        heads.setdefault(row["id"], row)
        scopes.setdefault(row["id"], []).extend([row["granted"]] if row["granted"] else [])
    return [
        ClientGrant(
            id=row["id"],
            client_id=row["client_id"],
            resource_id=row["resource_id"],
            tenant_id=row["tenant_id"],
            scopes=tuple(scopes[row["id"]]),
            created_at=row["created_at"],
        )
        for row in heads.values()
    ]
