"""What a person does with the accounts that belong to theirs: suspend them, let them act again, sign them out."""

from collections.abc import Awaitable, Callable

from hibana_op.foundation.errors import Conflict, InvalidRecord, LoginRefused, NotFound
from hibana_op.foundation.events import ChildResumed, ChildSignedOut, ChildSuspended, UserDisabled
from hibana_op.foundation.origin import Origin
from hibana_op.login import irreplaceable
from hibana_op.provider import Provider
from hibana_op.records import children, sessions, token_families
from hibana_op.storage.database import Session

# Refuses when a person may not suspend an account that belongs to them: who they are, which account, what time it is.
Guard = Callable[[Session, str, str, int], Awaitable[None]]


async def suspend(op: Provider, parent_id: str, child_id: str, origin: Origin, *, guard: Guard) -> None:
    """Suspend an account of a person: its sessions and tokens end with the same commit.

    LoginRefused for one that the deployment or a tenant cannot do without.
    """

    async def write(tx: Session) -> None:
        now = op.now()
        if child_id not in {child.id for child in await children.of_parent(tx, parent_id)}:
            raise _unknown(child_id)
        await guard(tx, parent_id, child_id, now)
        try:
            await irreplaceable.require_another_super_admin(tx, child_id)
            await irreplaceable.require_another_owner(tx, child_id)
        except Conflict:
            raise LoginRefused("child_irreplaceable") from None
        if not await children.suspend(tx, parent_id, child_id, now=now):
            raise _unknown(child_id)
        await _end_access(tx, child_id, now=now)
        await op.emit(tx, ChildSuspended(user_id=parent_id, target_id=child_id), origin)

    await op.db.transact(write)
    op.logout_bell.ring()


async def resume(op: Provider, parent_id: str, child_id: str, origin: Origin) -> None:
    """Let an account of a person act again, unless an administrator suspended it."""

    async def write(tx: Session) -> None:
        if not await children.resume(tx, parent_id, child_id, now=op.now()):
            raise _unknown(child_id)
        await op.emit(tx, ChildResumed(user_id=parent_id, target_id=child_id), origin)

    await op.db.transact(write)


async def sign_out(op: Provider, parent_id: str, child_id: str, origin: Origin) -> None:
    """End every session and token of an account of a person; it may sign in again."""

    async def write(tx: Session) -> None:
        if child_id not in {child.id for child in await children.of_parent(tx, parent_id)}:
            raise _unknown(child_id)
        await _end_access(tx, child_id, now=op.now())
        await op.emit(tx, ChildSignedOut(user_id=parent_id, target_id=child_id), origin)

    await op.db.transact(write)
    op.logout_bell.ring()


async def require_may_belong(tx: Session, parent_id: str, child_id: str | None = None) -> None:
    """InvalidRecord, unless an account, perhaps one that is there already, may belong to a person."""
    if parent_id == child_id or not await children.may_be_parent(tx, parent_id):
        raise InvalidRecord("a parent is an active person who belongs to nobody else")
    if child_id is not None and await children.of_parent(tx, child_id):
        raise InvalidRecord("whoever is a parent belongs to nobody else")


async def suspend_agents(op: Provider, tx: Session, parent_id: str, origin: Origin) -> None:
    """With a person their services and agents are suspended, in the same transaction."""
    now = op.now()
    for child_id in await children.suspend_agents(tx, parent_id, now=now):
        await _end_access(tx, child_id, now=now)
        await op.emit(tx, UserDisabled(target_id=child_id), origin)


async def _end_access(tx: Session, user_id: str, *, now: int) -> None:
    await sessions.revoke_of_user(tx, user_id, now=now)
    await token_families.revoke_of_user(tx, user_id, now=now)


def _unknown(child_id: str) -> NotFound:
    return NotFound(f"no account of yours has the id {child_id}")
