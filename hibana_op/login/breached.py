"""Passwords that others have lost already: looked up in the administrator's file, and at a service if one is named.

Neither may keep anybody from choosing a password: what cannot be asked is logged, told to the audit log once an hour,
and passed over.
"""

import asyncio
import logging
import secrets

from hibana_op.foundation import breached_list
from hibana_op.foundation.breached_list import UnusableList
from hibana_op.foundation.events import BreachedListSkipped
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.outbound import OutboundRefused
from hibana_op.provider import Provider

SECONDS = 2.0  # that a page waits for a service at most

_log = logging.getLogger("hibana.passwords")


async def is_known(op: Provider, password: str) -> bool:
    """Whether a password is in a list that this deployment has."""
    wanted = breached_list.fingerprint(password)
    return await _is_in_file(op, wanted) or await _is_in_range(op, wanted)


async def _is_in_file(op: Provider, wanted: str) -> bool:
    path = op.settings.breached_passwords.file
    if path is None:
        return False
    try:
        return await op.passwords.apart(lambda: breached_list.is_in_file(path, wanted))
    except UnusableList as fault:
        await _tell(op, "file", str(fault))
        return False


async def _is_in_range(op: Provider, wanted: str) -> bool:
    url = op.settings.breached_passwords.url
    if url is None:
        return False
    try:
        async with asyncio.timeout(SECONDS):
            return await breached_list.is_in_range(op.outbound, url, wanted)
    except (OutboundRefused, TimeoutError) as fault:
        await _tell(op, "service", str(fault) or "it took too long")
        return False


async def _tell(op: Provider, skipped: str, reason: str) -> None:
    _log.warning("a password was not looked up in the %s of breached ones: %s", skipped, reason)
    if op.seldom.is_due(("breached passwords", skipped), op.now()):
        event = BreachedListSkipped(source=skipped, reason=reason)
        origin = Origin(None, None, secrets.token_hex(16))
        await op.db.transact(lambda tx: op.emit(tx, event, origin))
