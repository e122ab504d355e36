"""What the deployment, tenants and roles ask of a person's sign-in, as it stands in the database now."""

from dataclasses import dataclass

from hibana_op.records import tenant_settings
from hibana_op.records.memberships import UNIT_COUNTS
from hibana_op.records.tenant_settings import TenantSettings
from hibana_op.records.tenants import IS_OPEN
from hibana_op.storage.database import Row, Session

_DEPLOYMENT = "SELECT 'deployment' AS kind, settings_json AS value FROM tenants WHERE id = 'system'"
_APP = """
  SELECT 'entered' AS kind, tenants.settings_json AS value
  FROM oauth_clients JOIN tenants ON tenants.id = oauth_clients.tenant_id
  WHERE oauth_clients.client_id = :client_id"""
# A tenant asks while it is open, and its owners for longer: when its plan ran out, they can still look into it.
_ASKS = f"""
  tenant_memberships.status = 'active' AND tenants.status = 'active'
  AND (tenant_memberships.role = 'owner' OR ({IS_OPEN}))"""
# Where the sign-in leads: to an app of the tenant, to the tenant by its id or name, or to a membership of the person.
_IS_ENTERED = """
  tenant_memberships.id = :membership_id OR tenants.id = :tenant OR tenants.slug = :tenant
  OR tenants.id = (SELECT tenant_id FROM oauth_clients WHERE client_id = :client_id)"""
# Like choices fall together (UNION), and of roles only those that ask for something are read. What roles somebody
# holds, and where these count, is as in roles.granted_to.
_PERSON = f"""
  SELECT CASE WHEN {_IS_ENTERED} THEN 'entered' ELSE 'tenant' END AS kind, tenants.settings_json AS value
  FROM tenant_memberships JOIN tenants ON tenants.id = tenant_memberships.tenant_id
  WHERE tenant_memberships.user_id = :user_id AND {_ASKS}
  UNION
  SELECT 'role' AS kind, roles.requires_acr AS value
  FROM user_roles JOIN roles ON roles.id = user_roles.role_id
  WHERE user_roles.user_id = :user_id AND user_roles.scope_type = 'deployment' AND roles.requires_acr IS NOT NULL
  UNION
  SELECT CASE WHEN {_IS_ENTERED} THEN 'role' ELSE 'role_elsewhere' END AS kind, roles.requires_acr AS value
  FROM user_roles JOIN roles ON roles.id = user_roles.role_id AND roles.requires_acr IS NOT NULL
  JOIN tenant_memberships ON tenant_memberships.tenant_id = user_roles.tenant_id
    AND tenant_memberships.user_id = user_roles.user_id
  JOIN tenants ON tenants.id = user_roles.tenant_id
  LEFT JOIN organization_units ON organization_units.tenant_id = user_roles.tenant_id
    AND organization_units.id = user_roles.scope_id
  WHERE user_roles.user_id = :user_id AND {_ASKS}
    AND (user_roles.scope_type = 'tenant' OR ({UNIT_COUNTS}))
  UNION
  SELECT CASE WHEN {_IS_ENTERED} THEN 'role' ELSE 'role_elsewhere' END AS kind, roles.requires_acr AS value
  FROM tenant_memberships JOIN tenants ON tenants.id = tenant_memberships.tenant_id
  JOIN roles ON roles.tenant_id = tenants.id AND roles.requires_acr IS NOT NULL
    AND roles.name = CASE tenant_memberships.role
      WHEN 'owner' THEN 'tenant_owner' WHEN 'admin' THEN 'tenant_admin' ELSE 'user' END
  WHERE tenant_memberships.user_id = :user_id AND {_ASKS}"""  # noqa: S608 - the text stands in the code


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a sign-in leads, as far as it is known: an app, a tenant by its id or slug, a membership of the person."""

    client_id: str | None = None
    tenant: str | None = None
    membership_id: str | None = None


OWN_ACCOUNT = Destination()


@dataclass(frozen=True, slots=True)
class Chosen:
    """The deployment's choices, those of tenants that are entered and of the person's others, and classes of roles.

    `classes`: what the roles ask for that count where the sign-in leads; `elsewhere`: what the person's others ask for.
    """

    deployment: TenantSettings
    entered: tuple[TenantSettings, ...] = ()
    others: tuple[TenantSettings, ...] = ()
    classes: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


async def of_person(db: Session, user_id: str, *, to: Destination, now: int) -> Chosen:
    """What counts for a person on the way somewhere: their tenants, their roles, and the tenant that has the app."""
    rows = await db.all(
        f"{_DEPLOYMENT} UNION {_APP} UNION {_PERSON}",
        user_id=user_id,
        client_id=to.client_id or "",
        tenant=to.tenant or "",
        membership_id=to.membership_id or "",
        now=now,
    )
    return _read(rows)


async def classes_of_tenants(db: Session, user_id: str) -> dict[str, str]:
    """The classes that a person's tenants ask of a sign-in, by the tenant's id."""
    rows = await db.all(
        """
        SELECT tenants.id, tenants.settings_json
        FROM tenant_memberships JOIN tenants ON tenants.id = tenant_memberships.tenant_id
        WHERE tenant_memberships.user_id = :user_id AND tenant_memberships.status = 'active'
          AND tenants.settings_json <> '{}'""",
        user_id=user_id,
    )
    found = {row["id"]: tenant_settings.of_column(row["settings_json"]).sign_in.acr for row in rows}
    return {tenant_id: wanted for tenant_id, wanted in found.items() if wanted is not None}


async def of_app(db: Session, client_id: str | None) -> Chosen:
    """What counts for everybody on the way to an app, whoever they are."""
    return _read(await db.all(f"{_DEPLOYMENT} UNION {_APP}", client_id=client_id or ""))


async def of_tenant(db: Session, tenant_id: str) -> Chosen:
    """What counts for everybody who joins a tenant."""
    own = "SELECT 'entered' AS kind, settings_json AS value FROM tenants WHERE id = :tenant_id"
    return _read(await db.all(f"{_DEPLOYMENT} UNION {own}", tenant_id=tenant_id))


async def every_choice(db: Session) -> list[TenantSettings]:
    """What the deployment and its tenants have chosen; like choices once."""
    rows = await db.all("SELECT DISTINCT settings_json FROM tenants")
    return [tenant_settings.of_column(row["settings_json"]) for row in rows]


def _read(rows: list[Row]) -> Chosen:
    found: dict[str, list[str]] = {"deployment": [], "entered": [], "tenant": [], "role": [], "role_elsewhere": []}
    for row in rows:
        found[row["kind"]].append(row["value"])
    deployment = found["deployment"] or ["{}"]
    return Chosen(
        deployment=tenant_settings.of_column(deployment[0]),
        entered=tuple(tenant_settings.of_column(text) for text in sorted(found["entered"])),
        others=tuple(tenant_settings.of_column(text) for text in sorted(found["tenant"])),
        classes=tuple(sorted(found["role"])),
        elsewhere=tuple(sorted(found["role_elsewhere"])),
    )
