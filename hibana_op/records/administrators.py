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


async def is_last_super_admin(db: Session, user_id: str) -> bool:
    """Whether nobody else could administer the deployment; the answer holds until this transaction ends."""
    await hold_role(db, SUPER_ADMIN)
    row = await db.one(
        """
        SELECT SUM(CASE WHEN user_roles.user_id = :user_id THEN 1 ELSE 0 END) AS own,
               SUM(CASE WHEN user_roles.user_id <> :user_id AND users.status = 'active' THEN 1 ELSE 0 END) AS others
        FROM user_roles JOIN users ON users.id = user_roles.user_id
        WHERE user_roles.role_id = :role_id AND user_roles.scope_type = 'deployment'""",
        user_id=user_id,
        role_id=SUPER_ADMIN,
    )
    return row is not None and bool(row["own"]) and not row["others"]


async def is_last_owner(db: Session, user_id: str) -> bool:
    """Whether a tenant would be nobody's without this person; the answer holds until this transaction ends."""
    owned = """
        SELECT tenant_id FROM tenant_memberships
        WHERE user_id = :user_id AND role = 'owner' AND status = 'active'"""
    for row in await db.all(f"{owned} ORDER BY tenant_id", user_id=user_id):
        await db.run("UPDATE tenants SET updated_at = updated_at WHERE id = :id", id=row["tenant_id"])
    alone = await db.one(
        f"""
        SELECT id FROM tenants WHERE status <> 'deleted' AND id IN ({owned}) AND NOT EXISTS (
          SELECT 1 FROM tenant_memberships JOIN users ON users.id = tenant_memberships.user_id
          WHERE tenant_memberships.tenant_id = tenants.id AND tenant_memberships.role = 'owner'
            AND tenant_memberships.status = 'active' AND users.status = 'active' AND users.id <> :user_id)""",  # noqa: S608
        user_id=user_id,
    )
    return alone is not None
