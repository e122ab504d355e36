"""Which passwords people may choose: length alone, and what attackers try first."""

import pytest

from hibana_op.foundation.errors import LoginRefused
from hibana_op.login import password_policy
from tests.deployment import Deployment
from tests.make import a_user


async def reason(deployment: Deployment, password: str, *about: str) -> str | None:
    try:
        await password_policy.check(deployment.op, password, about=about)
    except LoginRefused as refusal:
        return refusal.reason
    return None


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (0, "password_too_short"),
        (7, "password_too_short"),
        (8, "password_too_short"),
        (14, "password_too_short"),
        (15, None),
        (64, None),
        (512, None),
        (1024, None),
        (1025, "password_too_long"),
        (1_000_000, "password_too_long"),
    ],
)
async def test_H07_length_counts(deployment_on_sqlite: Deployment, length: int, expected: str | None) -> None:
    strong = ("vK9 tulip-Ω wagon." * (length // 18 + 1))[:length]

    assert await reason(deployment_on_sqlite, strong) == expected


async def test_H07_length_is_counted_in_characters_of_nfc(deployment_on_sqlite: Deployment) -> None:
    decomposed = "か\u3099" * 14  # 14 characters on screen, 28 code points

    assert await reason(deployment_on_sqlite, decomposed) == "password_too_short"


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "down-the-rabbit-hole",
        "パスワードは長い方がよいです",
        "lower case words only",
        "   spaces count as well   ",
        "🦊 jumped over the 🐕 twice",
    ],
)
async def test_H07_nothing_is_asked_of_the_kinds_of_characters(deployment_on_sqlite: Deployment, password: str) -> None:
    padded = password if len(password) >= 15 else f"{password}と思います"

    assert await reason(deployment_on_sqlite, padded) is None


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password1234567",
        "123456789012345",
        "aaaaaaaaaaaaaaa",
        "qwertyuiopasdfgh",
        "iloveyouiloveyou",
        "1qaz2wsx3edc4rfv",
        "ああああああああああああああああ",
    ],
)
async def test_H07_what_attackers_try_first_is_refused(deployment_on_sqlite: Deployment, password: str) -> None:
    assert await reason(deployment_on_sqlite, password) == "password_common"


@pytest.mark.parametrize(
    "password",
    [
        "Hibana2026Hibana2026",
        "hibana-2026-11-21!",
        "ＨＩＢＡＮＡ２０２６２０２６１",
        "alexandra@example.com",
        "Featherstone 1990!!",
        "id.example/hibana!",
    ],
)
async def test_H07_words_of_the_person_and_the_place_do_not_count(
    deployment_on_sqlite: Deployment, password: str
) -> None:
    user = a_user(name="Alexandra Featherstone", email="alexandra@example.com")
    known = password_policy.known_of(user)

    assert await reason(deployment_on_sqlite, password, *known) == "password_of_context"
    assert await reason(deployment_on_sqlite, f"{password} and three words more", *known) is None


async def test_H07_passwords_that_differ_late_are_different(deployment_on_sqlite: Deployment) -> None:
    passwords = deployment_on_sqlite.op.passwords
    long = "a sentence of several words " * 4
    stored = await passwords.hash(f"{long}one")

    assert await passwords.verify(stored, f"{long}one")
    assert not await passwords.verify(stored, f"{long}two")
