"""What happens again and again is told once in a while, by each worker for itself."""

from collections import OrderedDict
from collections.abc import Hashable

MOST_REMEMBERED = 1024


class Seldom:
    """Remembers when something was last told."""

    def __init__(self, *, seconds: int) -> None:
        self._seconds = seconds
        self._told_at: OrderedDict[Hashable, int] = OrderedDict()

    def is_due(self, subject: Hashable, now: int) -> bool:
        """Whether to tell it now; whoever hears yes tells it."""
        if 0 <= now - self._told_at.get(subject, now - self._seconds) < self._seconds:
            return False
        self._told_at[subject] = now
        self._told_at.move_to_end(subject)
        if len(self._told_at) > MOST_REMEMBERED:
            self._told_at.popitem(last=False)
        return True
