"""Answers that take the same time whatever was found, where a clock could tell what the words do not (ASVS 6.3.8)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def no_sooner_than(seconds: float) -> AsyncIterator[None]:
    """Hold what comes after the block back until so many seconds after it began."""
    loop = asyncio.get_running_loop()
    due = loop.time() + seconds
    try:
        yield
    finally:
        await asyncio.sleep(max(0.0, due - loop.time()))
