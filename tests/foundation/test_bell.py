"""Background work wakes when it is rung for, and by itself when it is not."""

import asyncio

from hibana_op.foundation.bell import Bell


async def test_waiting_ends_when_the_bell_rings() -> None:
    bell = Bell()
    waiting = asyncio.create_task(bell.wait(3600))
    await asyncio.sleep(0)
    assert not waiting.done()

    bell.ring()

    async with asyncio.timeout(5):
        await waiting


async def test_a_bell_that_rang_before_is_heard_once() -> None:
    bell = Bell()
    bell.ring()
    async with asyncio.timeout(5):
        await bell.wait(3600)

    waiting = asyncio.create_task(bell.wait(3600))
    await asyncio.sleep(0.01)

    assert not waiting.done()
    waiting.cancel()


async def test_waiting_ends_by_itself() -> None:
    await Bell().wait(0.001)
