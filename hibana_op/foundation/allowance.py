"""How much each of many may have of what all share, counted by each worker for itself and never written down."""

from collections import OrderedDict

MOST_REMEMBERED = 10_000
PAUSE = 1  # seconds after which something has come back


class Allowances:
    """For each name so many at once; some of what was used up comes back every second."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[int, int]] = OrderedDict()  # what is left, and when that was so

    def take(self, name: str, *, most: int, in_a_second: int, now: int) -> bool:
        """Use up one; False when nothing is left before another second."""
        left, since = self._kept.pop(name, (most, now))
        left = min(most, left + max(0, now - since) * in_a_second)
        self._kept[name] = (max(0, left - 1), now)
        if len(self._kept) > MOST_REMEMBERED:
            self._kept.popitem(last=False)
        return left > 0
