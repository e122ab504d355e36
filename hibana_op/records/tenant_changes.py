"""What was done to tenants, with the values before and after; what needs a second person waits here for them."""

from dataclasses import dataclass, field
from typing import Any

from hibana_op.records.row import as_columns, as_record, as_record_or_none, insert_into
from hibana_op.storage.database import Session

ACTIONS = ("created", "updated", "suspended", "resumed", "deleted", "plan_changed")


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantChange:
    """One change: done, waiting for a second person, or rejected by one."""

    id: str
    tenant_id: str
    action_type: str
    performed_by: str | None = None
    old_values: dict[str, Any] = field(default_factory=dict)
    new_values: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None
    status: str = "done"
    approval_required: bool = False
    approved_by: str | None = None
    approved_at: int | None = None
    created_at: int


_INSERT = insert_into("tenant_management_logs", TenantChange)


async def insert(db: Session, change: TenantChange) -> None:
    """Write a change down."""
    await db.run(_INSERT, **as_columns(change))


async def find(db: Session, change_id: str) -> TenantChange | None:
    """One change."""
    return as_record_or_none(
        TenantChange, await db.one("SELECT * FROM tenant_management_logs WHERE id = :id", id=change_id)
    )


async def page(
    db: Session, *, tenant_id: str = "", status: str = "", before: str = "", limit: int = 50
) -> list[TenantChange]:
    """Changes of a tenant or of all, the newest first."""
    rows = await db.all(
        """
        SELECT * FROM tenant_management_logs
        WHERE (:tenant_id = '' OR tenant_id = :tenant_id) AND (:status = '' OR status = :status)
          AND (:before = '' OR id < :before)
        ORDER BY id DESC LIMIT :limit""",
        tenant_id=tenant_id,
        status=status,
        before=before,
        limit=limit,
    )
    return [as_record(TenantChange, row) for row in rows]


async def has_waiting(db: Session, tenant_id: str, action_type: str) -> bool:
    """Whether a change of this kind to a tenant waits for somebody."""
    row = await db.one(
        """
        SELECT id FROM tenant_management_logs
        WHERE tenant_id = :tenant_id AND action_type = :action_type AND status = 'waiting' LIMIT 1""",
        tenant_id=tenant_id,
        action_type=action_type,
    )
    return row is not None


async def decide(db: Session, change_id: str, *, status: str, by: str, now: int) -> TenantChange | None:
    """End the waiting of a change, once, by somebody else than who asked for it; None when that cannot be."""
    row = await db.one(
        """
        UPDATE tenant_management_logs SET status = :status, approved_by = :by, approved_at = :now
        WHERE id = :id AND status = 'waiting' AND (performed_by IS NULL OR performed_by <> :by)
        RETURNING *""",
        id=change_id,
        status=status,
        by=by,
        now=now,
    )
    return as_record_or_none(TenantChange, row)


async def drop_waiting(db: Session, tenant_id: str, *, now: int) -> None:
    """Nothing waits any more for a tenant that was deleted."""
    await db.run(
        """
        UPDATE tenant_management_logs SET status = 'rejected', approved_at = :now
        WHERE tenant_id = :id AND status = 'waiting'""",
        id=tenant_id,
        now=now,
    )
