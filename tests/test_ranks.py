"""The rank test sees a shift, however small, and no difference where there is none."""

import random

import pytest

from tests.ranks import mann_whitney


def test_equal_samples_do_not_differ() -> None:
    assert mann_whitney([1.0] * 10, [1.0] * 10) == 1.0
    assert mann_whitney([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]) == pytest.approx(1.0)


def test_a_textbook_example_comes_out_as_printed() -> None:
    # U = 0 of 5 × 5: the normal approximation without continuity correction gives z = 2.611.
    assert mann_whitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]) == pytest.approx(0.00902, abs=1e-5)


def test_chance_is_told_from_a_shift_whatever_single_values_are_far_out() -> None:
    chance = random.Random(7)  # noqa: S311
    one, other = [[chance.lognormvariate(0, 0.2) for _ in range(300)] for _ in range(2)]
    one[0] = other[1] = 1000.0

    assert mann_whitney(one, other) > 0.01
    assert mann_whitney(one, [value * 1.1 for value in other]) < 0.001
