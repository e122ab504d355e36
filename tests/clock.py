"""A clock that stands still until a test moves it."""


class FrozenClock:
    """Stands in for the machine's clock; `advance` is the only thing that makes time pass."""

    def __init__(self, now: int = 1_800_000_000) -> None:
        self._now = now

    def now(self) -> int:
        """The moment the clock stands at, in seconds since 1970."""
        return self._now

    def advance(self, seconds: int) -> None:
        """Let that many seconds pass."""
        self._now += seconds
