"""What people do with the passkeys they have: call them something else, and remove them, all but the last way in."""

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.events import PasskeyRemoved, PasskeyRenamed
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.printable import printable
from hibana_op.login import notices, ways_in
from hibana_op.login.second_factors import order
from hibana_op.provider import Provider
from hibana_op.records import passkeys
from hibana_op.records.passkeys import Passkey
from hibana_op.records.users import User
from hibana_op.storage.database import Session

LONGEST_NAME = 60


async def rename(op: Provider, user: User, passkey: Passkey, name: str, origin: Origin) -> None:
    """Call a passkey something else."""
    called = name.strip()
    if not called or len(called) > LONGEST_NAME or printable(called) != called:
        raise LoginRefused("passkey_name_wrong", longest=LONGEST_NAME)

    async def write(tx: Session) -> None:
        if await passkeys.rename(tx, user.id, passkey.id, name=called):
            await op.emit(tx, PasskeyRenamed(user_id=user.id, target_id=passkey.id, name=called), origin)

    await op.db.transact(write)


async def remove(op: Provider, user: User, passkey: Passkey, origin: Origin) -> None:
    """Take a passkey away, unless the person could not sign in without it."""
    told = notices.message(op, user, "passkey_removed", origin=origin, passkey=passkey.name)

    async def write(tx: Session) -> None:
        if not (await ways_in.held(tx, user.id)).would_remain(without="passkey"):
            raise LoginRefused("passkey_last_way_in")
        if await passkeys.remove(tx, user.id, passkey.id) is None:
            return
        await order.put_in_order(tx, user.id)
        await notices.queue(op, tx, told)
        await op.emit(tx, PasskeyRemoved(user_id=user.id, target_id=passkey.id, name=passkey.name), origin)

    await op.db.transact(write)
