"""How much each of many may have of what all share."""

from functools import partial

from hibana_op.foundation.allowance import MOST_REMEMBERED, Allowances


def test_each_name_has_its_own_and_gets_it_back_bit_by_bit() -> None:
    allowances = Allowances()
    take = partial(allowances.take, most=3, in_a_second=2)

    assert [take("a", now=100) for _ in range(5)] == [True, True, True, False, False]
    assert take("b", now=100)
    assert [take("a", now=101) for _ in range(3)] == [True, True, False]
    assert [take("a", now=500) for _ in range(4)] == [True, True, True, False], "never more than at first"


def test_a_clock_that_is_set_back_gives_nothing_and_takes_nothing() -> None:
    allowances = Allowances()
    assert allowances.take("a", most=2, in_a_second=1, now=100)
    assert allowances.take("a", most=2, in_a_second=1, now=50)
    assert not allowances.take("a", most=2, in_a_second=1, now=50)


def test_whoever_asked_the_longest_ago_is_forgotten_first() -> None:
    allowances = Allowances()
    for number in range(MOST_REMEMBERED + 1):
        assert allowances.take(str(number), most=1, in_a_second=1, now=0)

    assert allowances.take("0", most=1, in_a_second=1, now=0)
    assert not allowances.take(str(MOST_REMEMBERED), most=1, in_a_second=1, now=0)
