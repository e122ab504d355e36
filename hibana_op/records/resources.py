"""Protected resources (RFC 8707): what an access token is for, its scopes, and which clients may ask for them."""

from dataclasses import dataclass, fields
from typing import Any

from hibana_op.foundation.errors import Conflict, InvalidRecord, NotFound
from hibana_op.foundation.ids import uuid7
from hibana_op.records import registry
from hibana_op.records.ordering import Order, by, orders
from hibana_op.records.tenants import OWNER_IS_OPEN, containing
from hibana_op.storage.database import ConstraintBroken, Row, Session

# The management API is a resource of its own, which nobody registers and nobody removes.
OWN_API, OWN_SCOPE = "management-api", "hibana:admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceServer:
    """An API that accepts our access tokens."""

    id: str
    identifier: str
    name: str
    signing_alg: str = "RS256"
    token_format: str = "jwt"  # noqa: S105 - the name of a format
    token_lifetime: int | None = None
    allow_offline_access: bool = True
    skip_consent: bool = True
    client_id: str | None = None
    tenant_id: str | None = None
    scopes: tuple[tuple[str, str], ...] = ()
    created_at: int
    updated_at: int

    @property
    def is_own(self) -> bool:
        """Whether this is the management API."""
        return self.id == OWN_API

    @property
    def scope_values(self) -> frozenset[str]:
        """The scopes a token for this resource can carry."""
        return frozenset(value for value, _ in self.scopes)

    def describe(self, scope: str) -> str:
        """What a scope allows, in the words of whoever registered the resource."""
        return dict(self.scopes).get(scope, scope)


async def find(db: Session, resource_id: str) -> ResourceServer | None:
    """The resource with this id."""
    row = await db.one("SELECT * FROM resource_servers WHERE id = :id", id=resource_id)
    return await _with_scopes(db, row) if row else None


async def find_by_identifier(db: Session, identifier: str, *, now: int) -> ResourceServer | None:
    """The resource that a `resource` parameter names, while its tenant is open."""
    row = await db.one(
        f"SELECT * FROM resource_servers WHERE identifier = :identifier AND {OWNER_IS_OPEN}",  # noqa: S608
        identifier=identifier,
        now=now,
    )
    return await _with_scopes(db, row) if row else None


async def get(db: Session, id_or_identifier: str) -> ResourceServer:
    """The resource with this id or identifier, or NotFound."""
    row = await db.one("SELECT * FROM resource_servers WHERE id = :key OR identifier = :key", key=id_or_identifier)
    if row is None:
        raise NotFound(f"no resource is registered as {id_or_identifier}")
    return await _with_scopes(db, row)


async def every(db: Session) -> list[ResourceServer]:
    """All resources, by identifier."""
    rows = await db.all("SELECT * FROM resource_servers ORDER BY identifier")
    return [await _with_scopes(db, row) for row in rows]


ORDERS = orders(
    "resource_servers.id",
    created_at=None,
    identifier=by("resource_servers.identifier", is_unique=True),
    name=by("resource_servers.name", is_folded=True, is_quick=False),
)


async def page(
    db: Session,
    *,
    tenant_id: str | None = None,
    search: str = "",
    order: Order = ORDERS["created_at"],
    after: str = "",
    limit: int = 100,
) -> list[ResourceServer]:
    """Resources, from the one after `after`; with a tenant those of that tenant."""
    beyond, end = order.beyond(after)
    rows = await db.all(
        f"""
        SELECT * FROM resource_servers
        WHERE {beyond} AND (:tenant_id = '' OR tenant_id = :tenant_id)
          AND (:search = '' OR LOWER(name) LIKE :pattern ESCAPE '\\' OR LOWER(identifier) LIKE :pattern ESCAPE '\\')
        ORDER BY {order.clause} LIMIT :limit""",  # noqa: S608 - the text stands in the code
        **end,
        tenant_id=tenant_id or "",
        search=search,
        pattern=containing(search),
        limit=limit,
    )
    return [await _with_scopes(db, row) for row in rows]


_FIXED = frozenset({"identifier", "tenant_id", "created_at"})
_INSERT = """
    INSERT INTO resource_servers (id, identifier, name, signing_alg, token_format, token_lifetime,
                                  allow_offline_access, skip_consent, client_id, tenant_id, created_at, updated_at)
    VALUES (:id, :identifier, :name, :signing_alg, :token_format, :token_lifetime, :allow_offline_access,
            :skip_consent, :client_id, :tenant_id, :created_at, :updated_at)"""


async def insert(db: Session, resource: ResourceServer) -> None:
    """Register a resource with its scopes; Conflict when the identifier is taken."""
    try:
        await db.run(_INSERT, **_columns(resource))
    except ConstraintBroken as broken:
        if broken.kind == "unique":
            raise Conflict(f"a resource is already registered as {resource.identifier}") from broken
        raise InvalidRecord(f"a resource cannot have this value: {broken}") from broken
    await _insert_scopes(db, resource)
    await registry.advance(db)


def _columns(resource: ResourceServer) -> dict[str, Any]:
    return {each.name: getattr(resource, each.name) for each in fields(resource) if each.name != "scopes"}


async def _insert_scopes(db: Session, resource: ResourceServer) -> None:
    for value, description in resource.scopes:
        await db.run(
            "INSERT INTO resource_scopes (resource_id, value, description) VALUES (:id, :value, :description)",
            id=resource.id,
            value=value,
            description=description,
        )


async def update(db: Session, resource: ResourceServer) -> None:
    """Write what may change of a resource, and its scopes."""
    written = await db.run(
        """
        UPDATE resource_servers SET name = :name, signing_alg = :signing_alg, token_format = :token_format,
          token_lifetime = :token_lifetime, allow_offline_access = :allow_offline_access,
          skip_consent = :skip_consent, client_id = :client_id, updated_at = :updated_at
        WHERE id = :id""",
        **{name: value for name, value in _columns(resource).items() if name not in _FIXED},
    )
    if not written:
        raise NotFound(f"no resource is registered as {resource.id}")
    await db.run("DELETE FROM resource_scopes WHERE resource_id = :id", id=resource.id)
    await _insert_scopes(db, resource)
    await registry.advance(db)


async def ensure_own(db: Session, own: ResourceServer) -> bool:
    """Register the management API, or note its new address; False when another resource has that already."""
    known = await find(db, own.id)
    if known is None:
        # Two processes may begin at once; one of them writes.
        if await db.run(f"{_INSERT} ON CONFLICT DO NOTHING", **_columns(own)):
            await _insert_scopes(db, own)
            await registry.advance(db)
        return await find(db, own.id) is not None
    if known.identifier != own.identifier:
        taken = await db.one("SELECT id FROM resource_servers WHERE identifier = :uri", uri=own.identifier)
        if taken is not None:
            return False
        await db.run(
            "UPDATE resource_servers SET identifier = :identifier, updated_at = :now WHERE id = :id",
            identifier=own.identifier,
            now=own.updated_at,
            id=own.id,
        )
        await registry.advance(db)
    return True


async def delete(db: Session, resource_id: str) -> bool:
    """Remove a resource, its scopes and the grants for it."""
    removed = await db.run("DELETE FROM resource_servers WHERE id = :id", id=resource_id) > 0
    if removed:
        await registry.advance(db)
    return removed


async def grant(db: Session, client_id: str, resource_id: str, *, scopes: frozenset[str], now: int) -> None:
    """Set the ceiling of what a client may get for a resource."""
    row = await db.one(
        """
        INSERT INTO client_grants (id, client_id, resource_id, created_at)
        VALUES (:id, :client_id, :resource_id, :now)
        ON CONFLICT (client_id, resource_id) DO UPDATE SET created_at = client_grants.created_at
        RETURNING id""",
        id=uuid7(),
        client_id=client_id,
        resource_id=resource_id,
        now=now,
    )
    grant_id = row["id"] if row else ""
    await db.run("DELETE FROM client_grant_scopes WHERE client_grant_id = :id", id=grant_id)
    for scope in sorted(scopes):
        await db.run(
            "INSERT INTO client_grant_scopes (client_grant_id, scope) VALUES (:id, :scope)",
            id=grant_id,
            scope=scope,
        )
    await registry.advance(db)


async def revoke_grant(db: Session, client_id: str, resource_id: str) -> bool:
    """Take a client's grant for a resource away."""
    removed = (
        await db.run(
            "DELETE FROM client_grants WHERE client_id = :client_id AND resource_id = :resource_id",
            client_id=client_id,
            resource_id=resource_id,
        )
        > 0
    )
    if removed:
        await registry.advance(db)
    return removed


async def grants_of(db: Session, client_id: str) -> dict[str, frozenset[str]]:
    """The ceilings of a client, by the id of the resource."""
    rows = await db.all(
        """
        SELECT client_grants.resource_id, client_grant_scopes.scope FROM client_grants
        LEFT JOIN client_grant_scopes ON client_grant_scopes.client_grant_id = client_grants.id
        WHERE client_grants.client_id = :client_id""",
        client_id=client_id,
    )
    found: dict[str, frozenset[str]] = {}
    for row in rows:
        scope = frozenset([row["scope"]]) if row["scope"] else frozenset()
        found[row["resource_id"]] = found.get(row["resource_id"], frozenset()) | scope
    return found


async def _with_scopes(db: Session, row: Row) -> ResourceServer:
    scopes = await db.all(
        "SELECT value, description FROM resource_scopes WHERE resource_id = :id ORDER BY value", id=row["id"]
    )
    return ResourceServer(
        id=row["id"],
        identifier=row["identifier"],
        name=row["name"],
        signing_alg=row["signing_alg"],
        token_format=row["token_format"],
        token_lifetime=row["token_lifetime"],
        allow_offline_access=bool(row["allow_offline_access"]),
        skip_consent=bool(row["skip_consent"]),
        client_id=row["client_id"],
        tenant_id=row["tenant_id"],
        scopes=tuple((scope["value"], scope["description"]) for scope in scopes),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
