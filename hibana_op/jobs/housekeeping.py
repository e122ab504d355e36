"""Keeps the tables small while the server runs; several workers may do it at once without harm."""

import asyncio
import logging
import secrets

from hibana_op.foundation.errors import Busy
from hibana_op.foundation.events import UnusedClientsRemoved
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import expired, registered_clients
from hibana_op.storage.database import Session

INTERVAL = 300

_log = logging.getLogger(__name__)


async def keep_house(op: Provider) -> None:
    """Sweep now and then, until cancelled."""
    while True:
        await asyncio.sleep(INTERVAL)
        try:
            await sweep(op)
        except Busy:
            _log.info("the database is busy; housekeeping waits for the next round")
        except Exception:
            _log.exception("housekeeping failed; it will be tried again")


async def sweep(op: Provider) -> int:
    """Take out everything that ended long enough ago; how many rows went."""
    removed = 0
    for step in range(expired.STEPS):
        while True:
            gone = await op.db.transact(lambda tx, step=step: expired.sweep(tx, step, now=op.now()))  # type: ignore[misc]
            removed += gone
            if gone < expired.BATCH:
                break
    return removed + await _remove_unused_clients(op)


async def _remove_unused_clients(op: Provider) -> int:
    """Take out the clients that strangers registered and nobody used; how many there were."""
    removed = 0
    origin = Origin(None, None, secrets.token_hex(16))

    async def take_some(tx: Session) -> int:
        gone = await registered_clients.remove_unused(tx, before=op.now() - registered_clients.UNUSED_FOR)
        if gone:
            await op.emit(tx, UnusedClientsRemoved(clients=gone), origin)
        return len(gone)

    while gone := await op.db.transact(take_some):
        removed += gone
    return removed
