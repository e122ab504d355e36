"""Numbers as people write them: mobile phones only, in one form."""

import pytest

from hibana_op.login.second_factors.phone import read


@pytest.mark.parametrize(
    ("written", "locale", "number"),
    [
        ("090-1234-5678", None, "+819012345678"),
        ("０９０－１２３４－５６７８", "ja", "+819012345678"),
        ("+81 90 1234 5678", "ja", "+819012345678"),
        ("(201) 555-0123", "en-US", "+12015550123"),
        ("+44 7400 123456", "ja-JP", "+447400123456"),
        ("07400 123456", "en_GB", "+447400123456"),
    ],
)
def test_mobile_number_is_brought_to_one_form(written: str, locale: str | None, number: str) -> None:
    assert read(written, locale=locale) == number


@pytest.mark.parametrize(
    "written",
    ["", "hello", "03-1234-5678", "0120-123-456", "0990-123-456", "110", "+81 90 1234", "+979 123 456 789", "1" * 41],
    ids=["empty", "words", "fixed", "free", "premium", "emergency", "short", "premium abroad", "long"],
)
def test_I08_what_takes_no_sms_or_costs_extra_is_refused(written: str) -> None:
    assert read(written, locale="ja") is None
