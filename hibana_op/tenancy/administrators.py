"""Administrators among themselves: nobody changes a stronger one, and the last one stays."""

from collections.abc import Collection

from hibana_op.foundation.errors import TooStrong
from hibana_op.login.irreplaceable import require_another_owner, require_another_super_admin
from hibana_op.records import administrators, children, permissions, roles
from hibana_op.storage.database import Session
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, Where, is_weaker

__all__ = [
    "is_stronger",
    "require_another_owner",
    "require_another_super_admin",
    "require_may_change",
    "require_may_end",
    "require_may_suspend_child",
    "require_may_take_over",
]


async def require_may_change(tx: Session, actor: Actor, user_id: str, where: Where) -> None:
    """TooStrong, when a person holds there what the actor does not; what both hold stays so in this transaction.

    For what is done to somebody in one place: resume, edit, end sessions, give or take roles. In the deployment its
    own roles count, in a tenant these and all that is held in it.
    """
    await administrators.hold(tx, actor.user_id, user_id)
    if is_weaker(actor, await administrators.strength(tx, user_id), where):
        raise TooStrong


async def require_may_take_over(tx: Session, actor: Actor, user_id: str) -> None:
    """TooStrong, when a person holds anywhere what the actor does not.

    For what reaches the account itself, and so everything that it may do: whose mailbox opens it, what it proves
    itself with, whether it acts at all.
    """
    await _require_no_weaker(tx, actor, (user_id,))


async def require_may_end(tx: Session, actor: Actor, user_id: str) -> None:
    """The same for a person and everybody who is suspended with them."""
    await administrators.hold(tx, actor.user_id, user_id)
    await _require_no_weaker(tx, actor, (user_id, *await children.agents_of(tx, user_id)))


async def require_may_suspend_child(tx: Session, parent_id: str, child_id: str, now: int) -> None:
    """TooStrong, when an account holds anywhere what the person does not to whom it belongs."""
    held = tuple(await roles.granted_to(tx, parent_id, now=now))
    parent = Actor(catalogue=await permissions.catalogue(tx), user_id=parent_id, granted=held)
    await require_may_take_over(tx, parent, child_id)


async def _require_no_weaker(tx: Session, actor: Actor, user_ids: Collection[str]) -> None:
    await administrators.hold(tx, actor.user_id, *user_ids)
    for user_id in user_ids:
        if await is_stronger(tx, actor, user_id):
            raise TooStrong


async def is_stronger(tx: Session, actor: Actor, user_id: str) -> bool:
    """Whether a person holds anywhere what the actor does not."""
    held = await administrators.strength(tx, user_id)
    places = dict.fromkeys((IN_DEPLOYMENT, *(Where(tenant_id=each.tenant_id) for each in held)))
    return any(is_weaker(actor, held, place) for place in places)
