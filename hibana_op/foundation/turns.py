"""Callers with the same key go one after the other, within this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hibana_op.foundation.errors import Busy

MOST_WAITING = 64


class Turns:
    """A queue for each key that somebody waits for."""

    def __init__(self) -> None:
        self._queues: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[None]:
        """Wait for the others with this key; Busy when too many wait already."""
        lock, waiting = self._queues.get(key, (asyncio.Lock(), 0))
        if waiting >= MOST_WAITING:
            raise Busy
        self._queues[key] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._queues[key]
            if waiting == 1:
                del self._queues[key]
            else:
                self._queues[key] = (lock, waiting - 1)
