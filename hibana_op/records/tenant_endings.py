"""What ends with a membership or a tenant: the sessions that are in it, and everything that was issued there."""

from hibana_op.records import logout_deliveries
from hibana_op.storage.database import Session


async def of_membership(db: Session, membership_id: str, user_id: str, *, now: int) -> None:
    """End what stands on a membership, the sessions that are in it included."""
    await _end_families(db, membership_id, now=now)
    await db.run(
        """
        UPDATE sessions SET revoked_at = :now
        WHERE active_membership_id = :id AND revoked_at IS NULL""",
        id=membership_id,
        now=now,
    )
    await logout_deliveries.queue_of_user(db, user_id, now=now)


async def step_out(db: Session, membership_id: str, *, now: int) -> None:
    """End what stands on a membership; the person stays signed in, in none of their tenants."""
    await _end_families(db, membership_id, now=now)
    await db.run("UPDATE sessions SET active_membership_id = NULL WHERE active_membership_id = :id", id=membership_id)


async def of_tenant(db: Session, tenant_id: str, *, now: int) -> None:
    """End everything that stands on the memberships of a tenant, or was issued in it."""
    await db.run(
        "UPDATE token_families SET revoked_at = :now WHERE tenant_id = :id AND revoked_at IS NULL",
        id=tenant_id,
        now=now,
    )
    ended = await db.run(
        """
        UPDATE sessions SET revoked_at = :now
        WHERE revoked_at IS NULL AND active_membership_id IN (
          SELECT id FROM tenant_memberships WHERE tenant_id = :id)""",
        id=tenant_id,
        now=now,
    )
    if ended:
        await logout_deliveries.queue_of_tenant(db, tenant_id, now=now)


async def forget_access(db: Session, tenant_id: str, *, now: int) -> None:
    """A deleted tenant leaves no keys, no roles and no pictures behind, and its domains are free for others."""
    await db.run(
        "UPDATE api_keys SET revoked_at = :now WHERE tenant_id = :id AND revoked_at IS NULL", id=tenant_id, now=now
    )
    await db.run("DELETE FROM user_roles WHERE tenant_id = :id", id=tenant_id)
    await db.run("DELETE FROM tenant_domains WHERE tenant_id = :id", id=tenant_id)
    await db.run("DELETE FROM branding_files WHERE tenant_id = :id", id=tenant_id)


async def _end_families(db: Session, membership_id: str, *, now: int) -> None:
    await db.run(
        "UPDATE token_families SET revoked_at = :now WHERE membership_id = :id AND revoked_at IS NULL",
        id=membership_id,
        now=now,
    )
