"""Time in epoch seconds, passed in so that a test can hold it still."""

import time
from typing import Protocol


class Clock(Protocol):
    """Whatever can say what time it is."""

    def now(self) -> int:
        """The current time in whole seconds since 1970."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """The current time in whole seconds since 1970."""
        return int(time.time())
