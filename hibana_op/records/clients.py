"""Relying parties: RFC 7591 §2 and OpenID Connect Registration §2 metadata, and Hibana's own policy for each."""

from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from hibana_op.foundation.errors import NotFound
from hibana_op.records import registry
from hibana_op.records.ordering import Order, by, orders
from hibana_op.records.row import as_columns, as_record, as_record_or_none, assignments, insert_into
from hibana_op.records.tenants import OWNER_IS_OPEN, containing
from hibana_op.storage.database import Session

USED_TO_THE = 3600  # seconds: how exactly `last_used_at` is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A registered client."""

    client_id: str
    client_secret_hash: str | None = None
    client_secret_sealed: str | None = None
    previous_secret_hash: str | None = None
    previous_secret_sealed: str | None = None
    previous_secret_expires_at: int | None = None
    client_name: str
    application_type: str = "web"
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ("authorization_code",)
    response_types: tuple[str, ...] = ("code",)
    response_modes: tuple[str, ...] | None = None
    scope: str | None = None
    logo_uri: str | None = None
    client_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    contacts: tuple[str, ...] = ()
    localized: dict[str, Any] = field(default_factory=dict)
    subject_type: str = "public"
    sector_identifier_uri: str | None = None
    token_endpoint_auth_method: str = "client_secret_basic"  # noqa: S105 - the name of a method
    id_token_signed_response_alg: str = "RS256"  # noqa: S105 - the name of an algorithm
    default_max_age: int | None = None
    require_auth_time: bool = False
    default_acr_values: tuple[str, ...] = ()
    software_id: str | None = None
    software_version: str | None = None
    software_statement: str | None = None
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None
    initiate_login_uri: str | None = None
    request_uris: tuple[str, ...] = ()
    request_object_signing_alg: str | None = None
    request_object_encryption_alg: str | None = None
    request_object_encryption_enc: str | None = None
    require_signed_request_object: bool = False
    token_endpoint_auth_signing_alg: str | None = None
    id_token_encrypted_response_alg: str | None = None
    id_token_encrypted_response_enc: str | None = None
    userinfo_signed_response_alg: str | None = None
    userinfo_encrypted_response_alg: str | None = None
    userinfo_encrypted_response_enc: str | None = None
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    registration: str = "static"
    registration_token_hash: str | None = None
    initial_access_token_id: str | None = None
    verified: bool = True
    profile: str = "oidc"
    first_party: bool = False
    require_pkce: bool = True
    access_token_lifetime: int = 3600
    id_token_lifetime: int = 3600
    refresh_token_rotation: bool = True
    refresh_token_leeway: int = 0
    refresh_token_idle_lifetime: int = 30 * 86400
    refresh_token_lifetime: int = 365 * 86400
    created_at: int
    updated_at: int
    last_used_at: int | None = None
    tenant_id: str | None = None

    @property
    def is_public(self) -> bool:
        """Whether this client cannot keep a secret (RFC 6749 §2.1)."""
        return self.token_endpoint_auth_method == "none"  # noqa: S105 - the name of a method


async def find(db: Session, client_id: str) -> Client | None:
    """The client with this id."""
    row = await db.one("SELECT * FROM oauth_clients WHERE client_id = :id", id=client_id)
    return as_record_or_none(Client, row)


async def find_usable(db: Session, client_id: str, *, now: int) -> Client | None:
    """The same, while its tenant is open."""
    row = await db.one(
        f"SELECT * FROM oauth_clients WHERE client_id = :id AND {OWNER_IS_OPEN}",  # noqa: S608 - our own text
        id=client_id,
        now=now,
    )
    return as_record_or_none(Client, row)


async def get(db: Session, client_id: str) -> Client:
    """The client with this id, or NotFound."""
    client = await find(db, client_id)
    if client is None:
        raise NotFound(f"no client has the id {client_id}")
    return client


async def has_any(db: Session) -> bool:
    """Whether any client is registered."""
    return await db.one("SELECT client_id FROM oauth_clients LIMIT 1") is not None


_INSERT = insert_into("oauth_clients", Client)
# Secrets have functions of their own; how a client came about stays as it is.
_KEPT = frozenset(
    {
        "client_id",
        "client_secret_hash",
        "client_secret_sealed",
        "previous_secret_hash",
        "previous_secret_sealed",
        "previous_secret_expires_at",
        "registration_token_hash",
        "registration",
        "initial_access_token_id",
        "created_at",
        "last_used_at",
        "tenant_id",
    }
)
_UPDATE = f"UPDATE oauth_clients SET {assignments(Client, without=_KEPT)} WHERE client_id = :client_id"  # noqa: S608


async def insert(db: Session, client: Client) -> None:
    """Register a client."""
    await db.run(_INSERT, **as_columns(client))
    await registry.advance(db)


async def update(db: Session, client: Client) -> None:
    """Write the metadata and policy of a client."""
    columns = {name: value for name, value in as_columns(client).items() if name == "client_id" or name not in _KEPT}
    if not await db.run(_UPDATE, **columns):
        raise NotFound(f"no client has the id {client.client_id}")
    await registry.advance(db)


async def set_secret(
    db: Session,
    client_id: str,
    *,
    secret_hash: str | None,
    sealed: str | None = None,
    previous_expires_at: int | None,
    now: int,
) -> None:
    """Give a client a new secret (or none); the one before counts until `previous_expires_at`, if that is given."""
    touched = await db.run(
        """
        UPDATE oauth_clients SET
          previous_secret_hash = CASE WHEN CAST(:expires AS BIGINT) IS NULL THEN NULL ELSE client_secret_hash END,
          previous_secret_sealed =
            CASE WHEN CAST(:expires AS BIGINT) IS NULL THEN NULL ELSE client_secret_sealed END,
          previous_secret_expires_at = :expires, client_secret_hash = :secret_hash, client_secret_sealed = :sealed,
          updated_at = :now
        WHERE client_id = :id""",
        id=client_id,
        secret_hash=secret_hash,
        sealed=sealed,
        expires=previous_expires_at,
        now=now,
    )
    if not touched:
        raise NotFound(f"no client has the id {client_id}")
    await registry.advance(db)


def sealed_name(client_id: str) -> str:
    """What binds a client's sealed secrets, the present one and the one before, to its row."""
    return f"oauth_clients:client_secret_sealed:{client_id}"


async def sealed_secrets(db: Session) -> list[tuple[str, str | None, str | None]]:
    """Each client that has sealed secrets: its id, the present one and the one before."""
    rows = await db.all(
        """
        SELECT client_id, client_secret_sealed, previous_secret_sealed FROM oauth_clients
        WHERE client_secret_sealed IS NOT NULL OR previous_secret_sealed IS NOT NULL ORDER BY client_id"""
    )
    return [(row["client_id"], row["client_secret_sealed"], row["previous_secret_sealed"]) for row in rows]


async def reseal(db: Session, client_id: str, *, present: str | None, previous: str | None) -> None:
    """Replace a client's sealed secrets by the same ones under another master key."""
    await db.run(
        """
        UPDATE oauth_clients SET client_secret_sealed = :present, previous_secret_sealed = :previous
        WHERE client_id = :id""",
        id=client_id,
        present=present,
        previous=previous,
    )
    await registry.advance(db)


async def note_used(db: Session, client_id: str, *, now: int) -> None:
    """Remember, to the hour, when a client was last served."""
    touched = await db.run(
        """
        UPDATE oauth_clients SET last_used_at = :now
        WHERE client_id = :id AND (last_used_at IS NULL OR last_used_at <= :before)""",
        id=client_id,
        now=now,
        before=now - USED_TO_THE,
    )
    if touched:
        await registry.advance(db)


async def delete(db: Session, client_id: str) -> bool:
    """Remove a client and everything that was issued to it."""
    removed = await db.run("DELETE FROM oauth_clients WHERE client_id = :id", id=client_id) > 0
    if removed:
        await registry.advance(db)
    return removed


ORDERS = orders(
    "oauth_clients.client_id",
    identified=attrgetter("client_id"),
    client_id=None,
    created_at=by("oauth_clients.created_at"),
    client_name=by("oauth_clients.client_name", is_folded=True, is_quick=False),
)


async def page(
    db: Session,
    *,
    tenant_id: str | None = None,
    search: str = "",
    order: Order = ORDERS["client_id"],
    after: str = "",
    limit: int = 100,
) -> list[Client]:
    """Clients, from the one after `after`; with a tenant those of that tenant, and by part of their names."""
    beyond, end = order.beyond(after)
    rows = await db.all(
        f"""
        SELECT * FROM oauth_clients
        WHERE {beyond} AND (:tenant_id = '' OR tenant_id = :tenant_id)
          AND (:search = '' OR LOWER(client_name) LIKE :pattern ESCAPE '\\')
        ORDER BY {order.clause} LIMIT :limit""",  # noqa: S608 - the text stands in the code
        **end,
        tenant_id=tenant_id or "",
        search=search,
        pattern=containing(search),
        limit=limit,
    )
    return [as_record(Client, row) for row in rows]
