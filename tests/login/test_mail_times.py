"""Times in mails: as people of each language write them."""

import pytest

from hibana_op.login.mail_times import Day, Moment

NOVEMBER = 1_795_246_200  # 2026-11-21 07:30 UTC
NEW_YEAR = 1_798_730_000  # 2026-12-31 15:13 UTC


@pytest.mark.parametrize(("language", "told"), [("ja", "2026年11月21日"), ("en", "21 November 2026")])
def test_a_day_is_written_as_people_write_it(language: str, told: str) -> None:
    assert Day(NOVEMBER).told(language) == told


@pytest.mark.parametrize(
    ("language", "told"),
    [("ja", "2027年1月1日 00:13（Asia/Tokyo）"), ("en", "1 January 2027, 00:13 (Asia/Tokyo)")],
)
def test_a_moment_is_told_where_the_reader_lives(language: str, told: str) -> None:
    assert Moment(NEW_YEAR, "Asia/Tokyo").told(language) == told
