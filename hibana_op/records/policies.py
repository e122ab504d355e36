"""What the deployment, tenants and roles ask of a person's sign-in, as it stands in the database now."""

from dataclasses import dataclass

from hibana_op.records import tenant_settings
from hibana_op.records.memberships import COUNTS
from hibana_op.records.tenant_settings import TenantSettings
from hibana_op.storage.database import Row, Session

_DEPLOYMENT = "SELECT 'deployment' AS kind, settings_json AS value FROM tenants WHERE id = 'system'"
_APP = """
  SELECT 'tenant' AS kind, tenants.settings_json AS value
  FROM oauth_clients JOIN tenants ON tenants.id = oauth_clients.tenant_id
  WHERE oauth_clients.client_id = :client_id"""
# Like choices fall together (UNION), and of roles only those that ask for something are read. What roles somebody
# holds, and where these count, is as in roles.granted_to.
_PERSON = f"""
  SELECT 'tenant' AS kind, tenants.settings_json AS value
  FROM tenant_memberships JOIN tenants ON tenants.id = tenant_memberships.tenant_id
  WHERE tenant_memberships.user_id = :user_id AND {COUNTS}
  UNION
  SELECT 'role' AS kind, roles.requires_acr AS value
  FROM user_roles JOIN roles ON roles.id = user_roles.role_id
  WHERE user_roles.user_id = :user_id AND user_roles.scope_type = 'deployment' AND roles.requires_acr IS NOT NULL
  UNION
  SELECT 'role' AS kind, roles.requires_acr AS value
  FROM user_roles JOIN roles ON roles.id = user_roles.role_id AND roles.requires_acr IS NOT NULL
  JOIN tenant_memberships ON tenant_memberships.tenant_id = user_roles.tenant_id
    AND tenant_memberships.user_id = user_roles.user_id
  JOIN tenants ON tenants.id = user_roles.tenant_id
  LEFT JOIN organization_units ON organization_units.tenant_id = user_roles.tenant_id
    AND organization_units.id = user_roles.scope_id
  WHERE user_roles.user_id = :user_id AND {COUNTS}
    AND (user_roles.scope_type = 'tenant' OR organization_units.status = 'active')
  UNION
  SELECT 'role' AS kind, roles.requires_acr AS value
  FROM tenant_memberships JOIN tenants ON tenants.id = tenant_memberships.tenant_id
  JOIN roles ON roles.tenant_id = tenants.id AND roles.requires_acr IS NOT NULL
    AND roles.name = CASE tenant_memberships.role
      WHEN 'owner' THEN 'tenant_owner' WHEN 'admin' THEN 'tenant_admin' ELSE 'user' END
  WHERE tenant_memberships.user_id = :user_id AND {COUNTS}"""  # noqa: S608 - the text stands in the code


@dataclass(frozen=True, slots=True)
class Chosen:
    """The deployment's choices, those of each tenant that counts, and the classes that roles ask for."""

    deployment: TenantSettings
    tenants: tuple[TenantSettings, ...] = ()
    classes: tuple[str, ...] = ()


async def of_person(db: Session, user_id: str, *, client_id: str | None, now: int) -> Chosen:
    """What counts for a person on the way to an app: their tenants, their roles, and the tenant that has the app."""
    rows = await db.all(
        f"{_DEPLOYMENT} UNION {_APP} UNION {_PERSON}", user_id=user_id, client_id=client_id or "", now=now
    )
    return _read(rows)


async def of_app(db: Session, client_id: str | None) -> Chosen:
    """What counts for everybody on the way to an app, whoever they are."""
    return _read(await db.all(f"{_DEPLOYMENT} UNION {_APP}", client_id=client_id or ""))


def _read(rows: list[Row]) -> Chosen:
    found: dict[str, list[str]] = {"deployment": [], "tenant": [], "role": []}
    for row in rows:
        found[row["kind"]].append(row["value"])
    deployment = found["deployment"] or ["{}"]
    return Chosen(
        deployment=tenant_settings.of_column(deployment[0]),
        tenants=tuple(tenant_settings.of_column(text) for text in sorted(found["tenant"])),
        classes=tuple(sorted(found["role"])),
    )
