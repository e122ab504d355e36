"""Erases people who asked for it, once their days of grace are over; several workers may do it at once."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable

from hibana_op.foundation.errors import Busy
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import deletions
from hibana_op.records.users import User

INTERVAL = 300

Erase = Callable[[Provider, User, Origin], Awaitable[bool]]

_log = logging.getLogger(__name__)


async def erase_people(op: Provider, erase: Erase) -> None:
    """Look now and then whose day has come, until cancelled."""
    while True:
        try:
            await erase_due(op, erase)
        except Busy:
            _log.info("the database is busy; deletions wait for the next round")
        except Exception:
            _log.exception("deletions failed; they will be tried again")
        await asyncio.sleep(INTERVAL)


async def erase_due(op: Provider, erase: Erase) -> int:
    """Erase everybody whose day has come; how many they were."""
    erased = 0
    for user in await deletions.due(op.db, now=op.now()):
        try:
            erased += await erase(op, user, Origin(None, None, secrets.token_hex(16)))
        except Busy:
            raise
        except Exception:
            # What keeps one person from being erased must not keep the others.
            _log.exception("a person could not be erased; it will be tried again")
    return erased
