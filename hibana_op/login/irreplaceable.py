"""Whom the deployment or a tenant cannot do without: the last super administrator, and the last owner of a tenant."""

from hibana_op.foundation.errors import Conflict
from hibana_op.records import administrators
from hibana_op.storage.database import Session


async def require_another_super_admin(tx: Session, *user_ids: str) -> None:
    """Conflict, when the deployment would have no super administrator without these people."""
    if await administrators.is_last_super_admin(tx, *user_ids):
        raise Conflict("this would take away the last super administrator; make another one first")


async def require_another_owner(tx: Session, *user_ids: str) -> None:
    """Conflict, when a tenant would be nobody's without these people."""
    if await administrators.is_last_owner(tx, *user_ids):
        raise Conflict("this would take away the last owner of a tenant; make somebody else an owner first")
