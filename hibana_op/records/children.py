"""Accounts that belong to another person's, such as their agents. Who suspended one says who may resume it."""

from dataclasses import dataclass

from hibana_op.records.row import as_record
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """An account as the person sees it whom it belongs to."""

    id: str
    email: str
    name: str | None
    kind: str
    status: str
    suspended_by_parent: bool
    last_login_at: int | None

    @property
    def is_resumable(self) -> bool:
        """Whether the parent may let it act again: only what they suspended, or what was suspended with them."""
        return self.status == "suspended" and self.suspended_by_parent


async def of_parent(db: Session, parent_id: str) -> list[Child]:
    """The accounts of a person, in the order in which they were made."""
    rows = await db.all("SELECT * FROM users WHERE parent_user_id = :parent_id ORDER BY id", parent_id=parent_id)
    return [as_record(Child, row) for row in rows]


async def suspend(db: Session, parent_id: str, child_id: str, *, now: int) -> bool:
    """Suspend an account of a person; False when it is none of theirs, or not active."""
    return (
        await db.run(
            """
            UPDATE users SET status = 'suspended', suspended_by_parent = TRUE, updated_at = :now
            WHERE id = :id AND parent_user_id = :parent_id AND status = 'active'""",
            id=child_id,
            parent_id=parent_id,
            now=now,
        )
        > 0
    )


async def resume(db: Session, parent_id: str, child_id: str, *, now: int) -> bool:
    """Let an account of a person act again; False when it is none that they may resume."""
    return (
        await db.run(
            """
            UPDATE users SET status = 'active', suspended_by_parent = FALSE, updated_at = :now
            WHERE id = :id AND parent_user_id = :parent_id AND status = 'suspended' AND suspended_by_parent""",
            id=child_id,
            parent_id=parent_id,
            now=now,
        )
        > 0
    )


async def agents_of(db: Session, parent_id: str) -> list[str]:
    """The services and agents of a person, which are suspended with them."""
    rows = await db.all(
        "SELECT id FROM users WHERE parent_user_id = :parent_id AND kind <> 'human' ORDER BY id", parent_id=parent_id
    )
    return [str(row["id"]) for row in rows]


async def suspend_agents(db: Session, parent_id: str, *, now: int) -> list[str]:
    """Suspend the active services and agents of a person; their ids. Children who are people stay as they are."""
    rows = await db.all(
        """
        UPDATE users SET status = 'suspended', suspended_by_parent = TRUE, updated_at = :now
        WHERE parent_user_id = :parent_id AND kind <> 'human' AND status = 'active' RETURNING id""",
        parent_id=parent_id,
        now=now,
    )
    return sorted(row["id"] for row in rows)


async def note_administrator(db: Session, user_id: str) -> None:
    """An administrator decides about an account: no parent resumes it."""
    await db.run("UPDATE users SET suspended_by_parent = FALSE WHERE id = :id AND suspended_by_parent", id=user_id)


async def may_be_parent(db: Session, user_id: str) -> bool:
    """Whether accounts may belong to a person: one who is active and belongs to nobody; it stays so for now."""
    held = await db.run(
        """
        UPDATE users SET updated_at = updated_at
        WHERE id = :id AND kind = 'human' AND status = 'active' AND parent_user_id IS NULL""",
        id=user_id,
    )
    return held > 0
