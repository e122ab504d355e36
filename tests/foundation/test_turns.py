"""Callers with one key take turns; others do not wait for them."""

import asyncio

import pytest

from hibana_op.foundation.errors import Busy
from hibana_op.foundation.turns import MOST_WAITING, Turns


async def test_one_key_is_served_one_after_the_other() -> None:
    turns, inside, most = Turns(), 0, 0

    async def enter() -> None:
        nonlocal inside, most
        async with turns.of("alice"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(enter() for _ in range(20)))

    assert most == 1
    assert not turns._queues, "nothing is kept of those who have gone"


async def test_another_key_does_not_wait() -> None:
    turns = Turns()
    async with turns.of("alice"), turns.of("bob"):
        assert len(turns._queues) == 2


async def test_a_queue_that_is_too_long_is_refused_and_recovers() -> None:
    turns, gate = Turns(), asyncio.Event()

    async def wait() -> None:
        async with turns.of("alice"):
            await gate.wait()

    waiting = [asyncio.create_task(wait()) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        async with turns.of("alice"):
            pass
    gate.set()
    await asyncio.gather(*waiting)
    async with turns.of("alice"):
        assert len(turns._queues) == 1
