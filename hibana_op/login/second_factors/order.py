"""Which second step a person is asked for first. It may be a passkey, beside at least one second factor."""

from hibana_op.records import passkeys, two_factor
from hibana_op.records.two_factor import PASSKEY, Method
from hibana_op.storage.database import Session as Db


async def put_first(tx: Db, user_id: str, method: str, *, now: int) -> bool:
    """Ask for this first; False when the person has not set it up."""
    if method != PASSKEY:
        if await two_factor.find_method(tx, user_id, method) is None:
            return False
        await two_factor.remove_method(tx, user_id, PASSKEY)
    elif not await two_factor.methods_of(tx, user_id) or not await passkeys.of_user(tx, user_id):
        return False
    else:
        await two_factor.put_method(tx, user_id, PASSKEY, destination=None, now=now)
    await two_factor.make_primary(tx, user_id, method)
    return True


async def put_in_order(tx: Db, user_id: str) -> list[Method]:
    """After something was removed: the second factors that are left, of which the oldest comes first if none does."""
    kept = await two_factor.methods_of(tx, user_id)
    own = [each for each in kept if each.method != PASSKEY]
    if len(own) < len(kept) and not (own and await passkeys.of_user(tx, user_id)):
        await two_factor.remove_method(tx, user_id, PASSKEY)
        kept = own
    if kept and not kept[0].is_primary:
        await two_factor.make_primary(tx, user_id, kept[0].method)
    return own
