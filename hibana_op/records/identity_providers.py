"""Other providers that people may sign in with, the e-mail domains they answer for, and where they are shown."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from hibana_op.foundation.errors import Conflict, NotFound
from hibana_op.records.memberships import COUNTS
from hibana_op.records.ordering import Order, by, orders
from hibana_op.records.row import as_columns, as_json, as_record, as_record_or_none, insert_into
from hibana_op.records.tenants import IS_OPEN, containing
from hibana_op.storage.database import ConstraintBroken, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProvider:
    """Another provider. What `config` holds depends on the type; login/federation/configuration.py reads it."""

    id: str
    slug: str
    name: str
    provider_type: str
    config: dict[str, Any]
    secret_sealed: str | None = None
    enabled: bool = True
    tenant_id: str | None = None
    created_at: int
    updated_at: int


_INSERT = insert_into("identity_providers", IdentityProvider)
_WRITTEN = ("id", "name", "config_json", "secret_sealed", "enabled", "updated_at")
_UPDATE = """
    UPDATE identity_providers SET name = :name, config_json = :config_json, secret_sealed = :secret_sealed,
      enabled = :enabled, updated_at = :updated_at
    WHERE id = :id"""
# A tenant's provider answers for no other domains than those that are the tenant's at this moment.
_COUNTS = """
    (identity_providers.tenant_id IS NULL OR EXISTS (
      SELECT 1 FROM tenant_domains WHERE tenant_domains.tenant_id = identity_providers.tenant_id
        AND tenant_domains.domain = identity_provider_domains.domain AND tenant_domains.verified_at IS NOT NULL))"""

_LET_GO = f"""
    DELETE FROM identity_provider_domains WHERE domain = :domain AND NOT EXISTS (
      SELECT 1 FROM identity_providers
      WHERE identity_providers.id = identity_provider_domains.provider_id AND {_COUNTS})"""  # noqa: S608

# It counts while its tenant is open.
_IS_OPEN = f"""
    (identity_providers.tenant_id IS NULL OR EXISTS (
      SELECT 1 FROM tenants WHERE tenants.id = identity_providers.tenant_id AND {IS_OPEN}))"""  # noqa: S608


def sealed_name(provider_id: str) -> str:
    """What binds a provider's sealed client secret to its row."""
    return f"identity_providers:secret_sealed:{provider_id}"


async def insert(db: Session, provider: IdentityProvider, *, domains: Iterable[str] = ()) -> None:
    """Add a provider; Conflict when its name in addresses or one of its domains is taken."""
    try:
        await db.run(_INSERT, **as_columns(provider))
    except ConstraintBroken as broken:
        raise Conflict(f"another provider has the slug {provider.slug}") from broken
    await set_domains(db, provider.id, domains)


async def set_domains(db: Session, provider_id: str, domains: Iterable[str]) -> None:
    """Say which e-mail domains a provider answers for; Conflict when another one answers for one of them."""
    await db.run("DELETE FROM identity_provider_domains WHERE provider_id = :id", id=provider_id)
    try:
        for domain in domains:
            # A tenant that lost the domain keeps nobody from having it.
            await db.run(_LET_GO, domain=domain)
            await db.run(
                "INSERT INTO identity_provider_domains (domain, provider_id) VALUES (:domain, :id)",
                domain=domain,
                id=provider_id,
            )
    except ConstraintBroken as broken:
        raise Conflict("another provider has one of its domains") from broken


async def update(db: Session, provider: IdentityProvider) -> bool:
    """Write what may change of a provider; False when there is no such provider."""
    return await db.run(_UPDATE, **{name: as_columns(provider)[name] for name in _WRITTEN}) > 0


async def insert_once(db: Session, provider: IdentityProvider) -> bool:
    """Add a provider unless there is one with its slug; whether it was added."""
    return await db.run(f"{_INSERT} ON CONFLICT (slug) DO NOTHING", **as_columns(provider)) > 0


async def find(db: Session, provider_id: str) -> IdentityProvider | None:
    """The provider with this id."""
    row = await db.one("SELECT * FROM identity_providers WHERE id = :id", id=provider_id)
    return as_record_or_none(IdentityProvider, row)


async def get(db: Session, provider_id: str) -> IdentityProvider:
    """The provider with this id, or NotFound."""
    found = await find(db, provider_id)
    if found is None:
        raise NotFound(f"no provider has the id {provider_id}")
    return found


async def find_by_slug(db: Session, slug: str) -> IdentityProvider | None:
    """The provider that addresses and forms call so."""
    row = await db.one("SELECT * FROM identity_providers WHERE slug = :slug", slug=slug)
    return as_record_or_none(IdentityProvider, row)


async def get_by_slug(db: Session, slug: str) -> IdentityProvider:
    """The same, or NotFound."""
    found = await find_by_slug(db, slug)
    if found is None:
        raise NotFound(f"no provider has the slug {slug}")
    return found


async def every(db: Session) -> list[IdentityProvider]:
    """All providers, in the order in which they were added."""
    rows = await db.all("SELECT * FROM identity_providers ORDER BY id")
    return [as_record(IdentityProvider, row) for row in rows]


ORDERS = orders(
    "identity_providers.id",
    created_at=None,
    slug=by("identity_providers.slug", is_unique=True),
    name=by("identity_providers.name", is_folded=True, is_quick=False),
)


async def page(
    db: Session,
    *,
    tenant_id: str | None = None,
    search: str = "",
    order: Order = ORDERS["created_at"],
    after: str = "",
    limit: int = 100,
) -> list[IdentityProvider]:
    """Providers, from the one after `after`; with a tenant those of that tenant."""
    beyond, end = order.beyond(after)
    rows = await db.all(
        f"""
        SELECT * FROM identity_providers
        WHERE {beyond} AND (:tenant_id = '' OR tenant_id = :tenant_id)
          AND (:search = '' OR LOWER(name) LIKE :pattern ESCAPE '\\' OR slug LIKE :pattern ESCAPE '\\')
        ORDER BY {order.clause} LIMIT :limit""",  # noqa: S608 - the text stands in the code
        **end,
        tenant_id=tenant_id or "",
        search=search,
        pattern=containing(search),
        limit=limit,
    )
    return [as_record(IdentityProvider, row) for row in rows]


async def shown_by(db: Session, client_id: str | None, *, now: int) -> list[IdentityProvider]:
    """The enabled providers that an app shows: those chosen for it, or all where none are."""
    rows = await db.all(
        f"""
        SELECT * FROM identity_providers WHERE enabled AND {_IS_OPEN} AND (
          id IN (SELECT provider_id FROM client_identity_providers WHERE client_id = :client_id)
          OR NOT EXISTS (SELECT 1 FROM client_identity_providers WHERE client_id = :client_id))
          AND (tenant_id IS NULL
               OR tenant_id = (SELECT tenant_id FROM oauth_clients WHERE client_id = :client_id))
        ORDER BY id""",  # noqa: S608 - our own text
        client_id=client_id or "",
        now=now,
    )
    return [as_record(IdentityProvider, row) for row in rows]


async def of_tenants_of(db: Session, user_id: str, *, now: int) -> list[IdentityProvider]:
    """The enabled providers of the tenants that a person belongs to, and may enter now."""
    rows = await db.all(
        f"""
        SELECT identity_providers.* FROM identity_providers
        JOIN tenants ON tenants.id = identity_providers.tenant_id
        JOIN tenant_memberships ON tenant_memberships.tenant_id = tenants.id
        WHERE enabled AND tenant_memberships.user_id = :user_id AND {COUNTS}
        ORDER BY identity_providers.id""",  # noqa: S608 - our own text
        user_id=user_id,
        now=now,
    )
    return [as_record(IdentityProvider, row) for row in rows]


async def chosen_for(db: Session, client_id: str) -> list[str]:
    """The slugs of the providers that were chosen for an app; none means that it shows all."""
    rows = await db.all(
        """
        SELECT slug FROM identity_providers JOIN client_identity_providers ON provider_id = id
        WHERE client_id = :client_id ORDER BY id""",
        client_id=client_id,
    )
    return [str(row["slug"]) for row in rows]


async def chosen_ids(db: Session, client_id: str) -> list[str]:
    """The ids of the same."""
    rows = await db.all(
        "SELECT provider_id FROM client_identity_providers WHERE client_id = :client_id ORDER BY provider_id",
        client_id=client_id,
    )
    return [str(row["provider_id"]) for row in rows]


async def choose_for(db: Session, client_id: str, provider_ids: Collection[str]) -> None:
    """Let an app show these providers only, or all of them again."""
    await db.run("DELETE FROM client_identity_providers WHERE client_id = :client_id", client_id=client_id)
    for provider_id in provider_ids:
        await db.run(
            "INSERT INTO client_identity_providers (client_id, provider_id) VALUES (:client_id, :provider_id)",
            client_id=client_id,
            provider_id=provider_id,
        )


async def find_by_domain(db: Session, domain: str, *, now: int) -> IdentityProvider | None:
    """The enabled provider that answers for the addresses of an e-mail domain."""
    row = await db.one(
        f"""
        SELECT identity_providers.* FROM identity_providers
        JOIN identity_provider_domains ON identity_provider_domains.provider_id = identity_providers.id
        WHERE enabled AND identity_provider_domains.domain = :domain AND {_COUNTS} AND {_IS_OPEN}""",  # noqa: S608
        domain=domain,
        now=now,
    )
    return as_record_or_none(IdentityProvider, row)


async def domains_of(db: Session, provider_id: str) -> list[str]:
    """The e-mail domains that a provider answers for."""
    rows = await db.all(
        f"""
        SELECT identity_provider_domains.domain FROM identity_provider_domains
        JOIN identity_providers ON identity_providers.id = identity_provider_domains.provider_id
        WHERE provider_id = :id AND {_COUNTS} ORDER BY identity_provider_domains.domain""",  # noqa: S608 - our own text
        id=provider_id,
    )
    return [str(row["domain"]) for row in rows]


async def set_enabled(db: Session, provider_id: str, *, enabled: bool, now: int) -> bool:
    """Let people sign in with a provider, or not; False when there is no such provider."""
    return (
        await db.run(
            "UPDATE identity_providers SET enabled = :enabled, updated_at = :now WHERE id = :id",
            id=provider_id,
            enabled=enabled,
            now=now,
        )
        > 0
    )


async def set_config(db: Session, provider_id: str, config: dict[str, Any], *, now: int) -> None:
    """Keep another configuration of a provider."""
    await db.run(
        "UPDATE identity_providers SET config_json = :config, updated_at = :now WHERE id = :id",
        id=provider_id,
        config=as_json(config),
        now=now,
    )


async def hold_enabled(db: Session, provider_id: str, *, now: int) -> bool:
    """Keep a provider from being disabled or removed before this transaction ends; False when it is already."""
    statement = f"UPDATE identity_providers SET enabled = TRUE WHERE id = :id AND enabled AND {_IS_OPEN}"  # noqa: S608
    return await db.run(statement, id=provider_id, now=now) > 0


async def delete(db: Session, provider_id: str) -> bool:
    """Remove a provider, with every link to it."""
    return await db.run("DELETE FROM identity_providers WHERE id = :id", id=provider_id) > 0


async def sealed_secrets(db: Session) -> list[tuple[str, str]]:
    """The id and the sealed client secret of every provider that has one."""
    rows = await db.all("SELECT id, secret_sealed FROM identity_providers WHERE secret_sealed IS NOT NULL")
    return [(str(row["id"]), str(row["secret_sealed"])) for row in rows]


async def reseal(db: Session, provider_id: str, *, sealed: str) -> None:
    """Keep the same client secret under another master key."""
    await db.run("UPDATE identity_providers SET secret_sealed = :sealed WHERE id = :id", id=provider_id, sealed=sealed)
