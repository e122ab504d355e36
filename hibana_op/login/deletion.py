"""People who delete their own account: after thirty days in which they may think better of it."""

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.events import DeletionCancelled, DeletionRequested
from hibana_op.foundation.origin import Origin
from hibana_op.login import notices, people
from hibana_op.login.mail_times import Day
from hibana_op.provider import Provider
from hibana_op.records import administrators, children, deletions, interactions, sessions, token_families
from hibana_op.records.users import User
from hibana_op.storage.database import Session

GRACE = 30 * 86400


async def request(op: Provider, user: User, origin: Origin) -> int:
    """Note that a person wants to go, and sign them out everywhere; the day from which they are deleted.

    LoginRefused for whom the deployment or a tenant cannot do without: somebody takes their place first.
    """
    now = op.now()
    due_at = now + GRACE
    told = notices.message(op, user, "deletion_requested", origin=origin, day=Day(due_at))

    async def write(tx: Session) -> int:
        if await administrators.is_last_super_admin(tx, user.id, *await children.agents_of(tx, user.id)):
            raise LoginRefused("last_super_admin")
        if await administrators.is_last_owner(tx, user.id):
            raise LoginRefused("last_owner")
        is_first = await deletions.ask(tx, user.id, due_at=due_at)
        for session in await sessions.live_of_user(tx, user.id, now=now):
            await interactions.finish_of_session(tx, session.id, now=now)
        await sessions.revoke_of_user(tx, user.id, now=now)
        await token_families.revoke_of_user(tx, user.id, now=now)
        if is_first:
            await notices.queue(op, tx, told)
            await op.emit(tx, DeletionRequested(user_id=user.id, target_id=user.id), origin)
        return await deletions.due_of(tx, user.id) or due_at

    due_at = await op.db.transact(write)
    op.logout_bell.ring()
    return due_at


async def cancel(op: Provider, user: User, origin: Origin) -> None:
    """Keep a person who asked to be deleted."""
    told = notices.message(op, user, "deletion_cancelled", origin=origin)

    async def write(tx: Session) -> None:
        if await deletions.cancel(tx, user.id):
            await notices.queue(op, tx, told)
            await op.emit(tx, DeletionCancelled(user_id=user.id, target_id=user.id), origin)

    await op.db.transact(write)


async def erase(op: Provider, user: User, origin: Origin) -> bool:
    """Erase a person whose day has come; False when they cancelled a moment ago, or another worker was faster."""
    told = notices.message(op, user, "account_deleted")

    async def write(tx: Session) -> bool:
        if not await deletions.claim(tx, user.id, now=op.now()):
            return False
        await notices.queue(op, tx, told)
        await people.erase_as_asked(op, tx, user, origin)
        return True

    erased = await op.db.transact(write)
    if erased:
        op.logout_bell.ring()
    return erased
