"""How strong people are, whether it counts at this moment or not, and what keeps the last of them in office."""

from collections.abc import Collection

from hibana_op.records.roles import Granted, permissions_of
from hibana_op.storage.database import Session

SUPER_ADMIN = "role-super-admin"


async def strength(db: Session, user_id: str) -> list[Granted]:
    """All that a person holds; what is suspended (they, their membership, a unit) would be back in a moment."""
    rows = await db.all(
        """
        SELECT roles.name, roles.permissions_json, roles.requires_acr, user_roles.tenant_id,
               COALESCE(organization_units.path, '') AS unit_path
        FROM user_roles JOIN roles ON roles.id = user_roles.role_id
        LEFT JOIN organization_units ON organization_units.tenant_id = user_roles.tenant_id
          AND organization_units.id = user_roles.scope_id
        WHERE user_roles.user_id = :user_id
        UNION ALL
        SELECT roles.name, roles.permissions_json, roles.requires_acr, tenant_memberships.tenant_id, '' AS unit_path
        FROM tenant_memberships JOIN roles ON roles.tenant_id = tenant_memberships.tenant_id
          AND roles.name = CASE tenant_memberships.role
            WHEN 'owner' THEN 'tenant_owner' WHEN 'admin' THEN 'tenant_admin' ELSE 'user' END
        WHERE tenant_memberships.user_id = :user_id AND tenant_memberships.status <> 'left'""",
        user_id=user_id,
    )
    return [
        Granted(
            role=row["name"],
            permissions=permissions_of(row["permissions_json"]),
            tenant_id=row["tenant_id"],
            unit_path=row["unit_path"],
            requires_acr=row["requires_acr"],
        )
        for row in rows
    ]


async def reached_by(db: Session, provider_id: str, domains: Collection[str]) -> list[str]:
    """Whoever holds a role and is linked to another provider, or has an address in one of these domains."""
    rows = await db.all(
        """
        SELECT users.id, users.email_key FROM users
        WHERE users.id IN (
          SELECT user_id FROM user_roles
          UNION SELECT user_id FROM tenant_memberships WHERE role <> 'member' AND status <> 'left')
        ORDER BY users.id"""
    )
    linked = await db.all("SELECT user_id FROM user_identities WHERE provider_id = :id", id=provider_id)
    ids = {row["user_id"] for row in linked}
    return [row["id"] for row in rows if row["id"] in ids or str(row["email_key"]).rpartition("@")[2] in domains]


async def hold(db: Session, *user_ids: str | None) -> None:
    """Keep what these people hold from changing before this transaction ends."""
    for user_id in sorted({each for each in user_ids if each is not None}):
        await db.run("UPDATE users SET updated_at = updated_at WHERE id = :id", id=user_id)


async def hold_member(db: Session, tenant_id: str, user_id: str) -> bool:
    """Keep somebody in a tenant before this transaction ends; False when they are no active member of it."""
    held = await db.run(
        """
        UPDATE tenant_memberships SET updated_at = updated_at
        WHERE tenant_id = :tenant_id AND user_id = :user_id AND status = 'active'""",
        tenant_id=tenant_id,
        user_id=user_id,
    )
    return held > 0


async def hold_role(db: Session, role_id: str) -> None:
    """Keep a role as it is before this transaction ends."""
    await db.run("UPDATE roles SET updated_at = updated_at WHERE id = :id", id=role_id)


async def is_anybody(db: Session) -> bool:
    """Whether somebody could administer the deployment at this moment."""
    row = await db.one(
        """
        SELECT 1 AS one FROM user_roles JOIN users ON users.id = user_roles.user_id
        WHERE user_roles.role_id = :role_id AND user_roles.scope_type = 'deployment' AND users.status = 'active'
        LIMIT 1""",
        role_id=SUPER_ADMIN,
    )
    return row is not None


async def is_last_super_admin(db: Session, *user_ids: str) -> bool:
    """Whether nobody beside these could administer the deployment; the answer holds until this transaction ends."""
    await hold_role(db, SUPER_ADMIN)
    these, values = _among(user_ids)
    row = await db.one(
        f"""
        SELECT SUM(CASE WHEN users.id IN ({these}) THEN 1 ELSE 0 END) AS own,
               SUM(CASE WHEN users.id NOT IN ({these}) AND users.status = 'active' THEN 1 ELSE 0 END) AS others
        FROM user_roles JOIN users ON users.id = user_roles.user_id
        WHERE user_roles.role_id = :role_id AND user_roles.scope_type = 'deployment'""",  # noqa: S608
        role_id=SUPER_ADMIN,
        **values,
    )
    return row is not None and bool(row["own"]) and not row["others"]


async def is_last_owner(db: Session, *user_ids: str) -> bool:
    """Whether a tenant would be nobody's without these people; the answer holds until this transaction ends."""
    these, values = _among(user_ids)
    owned = f"""
        SELECT tenant_id FROM tenant_memberships
        WHERE user_id IN ({these}) AND role = 'owner' AND status = 'active'"""  # noqa: S608
    for row in await db.all(f"{owned} ORDER BY tenant_id", **values):
        await db.run("UPDATE tenants SET updated_at = updated_at WHERE id = :id", id=row["tenant_id"])
    alone = await db.one(
        f"""
        SELECT id FROM tenants WHERE status <> 'deleted' AND id IN ({owned}) AND NOT EXISTS (
          SELECT 1 FROM tenant_memberships JOIN users ON users.id = tenant_memberships.user_id
          WHERE tenant_memberships.tenant_id = tenants.id AND tenant_memberships.role = 'owner'
            AND tenant_memberships.status = 'active' AND users.status = 'active'
            AND users.id NOT IN ({these}))""",  # noqa: S608
        **values,
    )
    return alone is not None


def _among(user_ids: Collection[str]) -> tuple[str, dict[str, str]]:
    """A list of people for a statement, and the values of its names."""
    values = {f"user_{at}": user_id for at, user_id in enumerate(user_ids)}
    return ", ".join(f":{name}" for name in values), values
