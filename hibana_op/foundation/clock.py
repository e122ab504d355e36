"""Time in epoch seconds, passed in so that a test can hold it still."""

import time
from typing import Protocol

# The last midnight of the year 9999: a later time has no name in RFC 3339, whatever the time zone.
LAST_MOMENT = 253_402_214_400


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
