"""Whether one set of measurements lies above another: the rank test of Mann and Whitney, approximated normally."""

import math
from collections.abc import Sequence


def mann_whitney(one: Sequence[float], other: Sequence[float]) -> float:
    """How likely two samples differ in rank as much as these by chance, if nothing but chance made them differ."""
    ranked = sorted([(value, True) for value in one] + [(value, False) for value in other])
    ranks, ties, start = 0.0, 0, 0
    while start < len(ranked):
        end = start
        while end < len(ranked) and ranked[end][0] == ranked[start][0]:
            end += 1
        ranks += (start + 1 + end) / 2 * sum(is_one for _, is_one in ranked[start:end])
        ties += (end - start) ** 3 - (end - start)
        start = end
    n, m, total = len(one), len(other), len(ranked)
    above = ranks - n * (n + 1) / 2 - n * m / 2
    spread = math.sqrt(n * m / 12 * (total + 1 - ties / (total * (total - 1))))
    return math.erfc(abs(above) / spread / math.sqrt(2)) if spread else 1.0
