"""What is told once in a while."""

from hibana_op.foundation.seldom import MOST_REMEMBERED, Seldom


def test_one_subject_is_due_once_within_the_time_and_each_by_itself() -> None:
    seldom = Seldom(seconds=60)
    assert [seldom.is_due("a", now) for now in (0, 0, 59, 60, 100, 120)] == [True, False, False, True, False, True]
    assert seldom.is_due(("b", 1), 120)


def test_a_clock_that_is_set_back_silences_nothing() -> None:
    seldom = Seldom(seconds=60)
    assert seldom.is_due("a", 1000)
    assert seldom.is_due("a", 900)


def test_what_was_told_longest_ago_is_forgotten_first() -> None:
    seldom = Seldom(seconds=60)
    for number in range(MOST_REMEMBERED + 1):
        assert seldom.is_due(number, 0)
    assert not seldom.is_due(MOST_REMEMBERED, 0)
    assert not seldom.is_due(1, 0)
    assert seldom.is_due(0, 0)
