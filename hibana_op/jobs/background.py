"""Runs work beside the server, and ends it when the server ends."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

_ASK_AGAIN = 0.5  # seconds


def is_cancelled() -> bool:
    """Whether somebody asked the current task to end, even if a library swallowed the request."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@asynccontextmanager
async def running(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """While inside, each piece of work runs as a task of its own."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        waiting = set(tasks)
        while waiting:
            for task in waiting:
                task.cancel()
            # Asked again and again: before Python 3.12 a library's time limit may swallow a cancellation.
            _, waiting = await asyncio.wait(waiting, timeout=_ASK_AGAIN)
