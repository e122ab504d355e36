"""Wakes background work the moment there is something to do, so that it need not ask the database all the time."""

import asyncio
from contextlib import suppress


class Bell:
    """One waits, anybody rings; rung while nobody waits, it is heard by the next wait."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """There is something to do."""
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Until the bell rings, but no longer than this."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()
