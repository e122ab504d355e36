"""What a sign-in still lacks, from what was proven and what the person has set up: rows I01 and I06."""

from dataclasses import replace

import pytest

from hibana_op.foundation import acr
from hibana_op.login.flow import Way, counted, reaching, still_asked
from hibana_op.records.factors import Factor

APP = Way("totp", ("app",), is_due=True)
MAIL = Way("email", ("mailbox",), is_due=True)
BACKUP = Way("backup_code", ("backup",), is_due=False)
PASSKEY = Way("passkey", ("passkey", "person"), is_due=False)


@pytest.mark.parametrize(
    ("ways", "proven", "expected"),
    [
        ((), {"password"}, None),
        ((PASSKEY,), {"password"}, None),
        ((APP,), {"password"}, ("totp",)),
        ((PASSKEY, APP, BACKUP), {"password"}, ("passkey", "totp", "backup_code")),
        ((APP,), {"password", "app"}, None),
        ((APP, BACKUP), {"password", "backup"}, None),
        ((APP,), {"passkey", "person"}, None),
        ((PASSKEY, APP), {"passkey"}, ("totp",)),
        ((APP,), {"provider"}, ("totp",)),
        ((MAIL,), {"mailbox"}, ()),
        ((MAIL, APP), {"mailbox"}, ("totp",)),
        ((APP,), {"passkey", "hardware"}, ("totp",)),
    ],
)
def test_I01_whoever_set_up_a_second_factor_is_asked_for_it_and_I06_for_another_thing(
    ways: tuple[Way, ...], proven: set[str], expected: tuple[str, ...] | None
) -> None:
    assert still_asked(ways, proven, is_trusted=False) == expected


def test_a_browser_that_is_trusted_is_not_asked() -> None:
    assert still_asked((APP,), {"password"}, is_trusted=True) is None


@pytest.mark.parametrize(
    ("proven", "reached"),
    [
        ({"password"}, {acr.ONE_FACTOR}),
        ({"password", "app"}, {acr.ONE_FACTOR, acr.TWO_FACTORS}),
        ({"passkey"}, {acr.ONE_FACTOR, acr.PHISHING_RESISTANT}),
        ({"passkey", "hardware"}, {acr.ONE_FACTOR, acr.PHISHING_RESISTANT, acr.HARDWARE}),
        ({"passkey", "person"}, {acr.ONE_FACTOR, acr.TWO_FACTORS, acr.STRONG, acr.PHISHING_RESISTANT}),
        ({"passkey", "person", "hardware"}, set(acr.ACR_VALUES)),
        (set(), set()),
    ],
)
def test_J07_what_each_class_takes(proven: set[str], reached: set[str]) -> None:
    assert {each for each in acr.ACR_VALUES if acr.is_reached(each, proven)} == reached
    assert not acr.is_reached("gold", proven)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ((acr.TWO_FACTORS,), ("passkey", "totp", "backup_code")),
        ((acr.STRONG,), ("passkey",)),
        ((acr.PHISHING_RESISTANT, acr.TWO_FACTORS), ("passkey", "totp", "backup_code")),
        ((acr.HARDWARE,), ()),
    ],
)
def test_ways_that_lead_to_what_is_wanted(wanted: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert reaching(wanted, (PASSKEY, APP, BACKUP), {"password"}) == expected


def test_after_an_hour_only_the_first_thing_counts() -> None:
    first = Factor(method="passkey", proves=("passkey", "person"), amr=("hwk", "user"), proven_at=0)
    second = Factor(method="totp", proves=("app",), amr=("otp",), proven_at=10)
    kept = [(first, 3600), (second, 3610)]

    assert counted(kept, now=3599) == [first, second]
    reduced = replace(first, proves=("passkey",))
    assert counted(kept, now=3605) == [reduced, second]
    assert counted(kept, now=3610) == [reduced]
    assert counted([], now=0) == []
