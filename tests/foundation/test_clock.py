"""The machine's clock, and the one that tests hold still."""

import time

from hibana_op.foundation.clock import Clock, SystemClock
from tests.clock import FrozenClock


def test_the_system_clock_tells_whole_seconds_of_this_moment() -> None:
    clock: Clock = SystemClock()
    before = int(time.time())
    now = clock.now()

    assert isinstance(now, int)
    assert before <= now <= int(time.time())


def test_a_frozen_clock_moves_only_when_told() -> None:
    frozen = FrozenClock(now=100)
    clock: Clock = frozen

    assert (clock.now(), clock.now()) == (100, 100)
    frozen.advance(5)
    assert clock.now() == 105
