"""Administrators among themselves: nobody changes a stronger one, and the last one stays."""

from hibana_op.foundation.errors import Conflict, TooStrong
from hibana_op.records import administrators
from hibana_op.storage.database import Session
from hibana_op.tenancy.access import Actor, Where, is_weaker


async def require_may_change(tx: Session, actor: Actor, user_id: str, where: Where) -> None:
    """TooStrong, when a person holds there what the actor does not; what both hold stays so in this transaction.

    For everything that is done to somebody: suspend, resume, erase, reset factors, edit, end sessions, give or
    take roles. In the deployment its own roles count, in a tenant these and all that is held in it.
    """
    await administrators.hold(tx, actor.user_id, user_id)
    if is_weaker(actor, await administrators.strength(tx, user_id), where):
        raise TooStrong


async def require_another_super_admin(tx: Session, user_id: str) -> None:
    """Conflict, when the deployment would have no super administrator without this person."""
    if await administrators.is_last_super_admin(tx, user_id):
        raise Conflict("this is the last super administrator; make another one first")


async def require_another_owner(tx: Session, user_id: str) -> None:
    """Conflict, when a tenant would be nobody's without this person."""
    if await administrators.is_last_owner(tx, user_id):
        raise Conflict("this is the last owner of a tenant; make somebody else an owner first")
