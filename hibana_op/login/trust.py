"""Trusted devices: browsers in which a person need not give a second factor for thirty days."""

from hibana_op.foundation.events import DevicesForgotten, DeviceTrusted
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.secrets import digest
from hibana_op.provider import Provider
from hibana_op.records import trusted_devices
from hibana_op.records.interactions import Interaction
from hibana_op.records.trusted_devices import TrustedDevice
from hibana_op.storage.database import Session as Db

LIFETIME = 30 * 86400


async def counts(tx: Db, progress: Interaction, user_id: str, *, now: int) -> bool:
    """Whether the person trusts the browser of a sign-in, and that is enough for where it leads.

    The account pages change what signs in: on the way there a second factor is given each time (ASVS 7.5.1).
    """
    if progress.return_path is not None:
        return False
    return await trusted_devices.is_trusted(tx, user_id, browser_hash=progress.browser_hash, now=now)


async def trust(op: Provider, user_id: str, *, browser_hash: str, origin: Origin) -> None:
    """Trust a browser in which the person has just given a second factor."""
    now = op.now()
    device = TrustedDevice(
        token_hash=digest(f"{user_id}|{browser_hash}"),
        user_id=user_id,
        browser_hash=browser_hash,
        created_at=now,
        expires_at=now + LIFETIME,
    )

    async def write(tx: Db) -> None:
        await trusted_devices.put(tx, device)
        await op.emit(tx, DeviceTrusted(user_id=user_id, target_id=user_id), origin)

    await op.db.transact(write)


async def forget_all(op: Provider, user_id: str, origin: Origin) -> int:
    """Trust no browser of a person any more; how many there were."""

    async def write(tx: Db) -> int:
        forgotten = await trusted_devices.forget_all(tx, user_id)
        if forgotten:
            await op.emit(tx, DevicesForgotten(user_id=user_id, target_id=user_id), origin)
        return forgotten

    return await op.db.transact(write)
