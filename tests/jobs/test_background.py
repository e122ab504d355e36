"""Work beside the server ends with it, even when a library swallows the first request to end."""

import asyncio

from hibana_op.jobs.background import is_cancelled, running


async def test_work_that_swallows_a_cancellation_is_asked_again() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while swallowed < 2:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                swallowed += 1
                assert is_cancelled()

    async with running(stubborn()):
        await asyncio.sleep(0)

    assert swallowed == 2


async def test_a_task_that_nobody_ended_is_not_cancelled() -> None:
    assert not is_cancelled()
