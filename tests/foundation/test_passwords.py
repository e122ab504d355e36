"""Password hashes: the right parameters, any input, the same time for nobody, and a queue that ends."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from hibana_op.foundation.errors import Busy
from hibana_op.foundation.passwords import LONGEST_PASSWORD, Passwords


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(cheap=True)
    yield made
    made.close()


@pytest.fixture
def dear() -> Iterator[Passwords]:
    """With the parameters of production."""
    made = Passwords()
    yield made
    made.close()


async def test_a_password_fits_its_own_hash_and_no_other_does(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse battery staple")

    assert await passwords.verify(stored, "correct horse battery staple")
    assert not await passwords.verify(stored, "correct horse battery stapler")
    assert not await passwords.verify(stored, "")


async def test_the_same_password_is_hashed_differently_each_time(passwords: Passwords) -> None:
    assert await passwords.hash("same") != await passwords.hash("same")


async def test_H08_the_hash_is_argon2id_with_19_mib_and_two_passes(dear: Passwords) -> None:
    parameters = extract_parameters(await dear.hash("correct horse battery staple"))

    assert parameters.type is Type.ID
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (19_456, 2, 1)
    assert (parameters.salt_len, parameters.hash_len) == (16, 32)


async def test_H08_a_person_who_is_not_there_costs_as_much_as_a_wrong_password(dear: Passwords) -> None:
    stored = await dear.hash("correct horse battery staple")

    async def fastest(candidate: str | None) -> float:
        times = []
        for _ in range(9):
            begun = time.process_time()  # what the machine does beside it is not what is compared
            assert not await dear.verify(candidate, "wrong")
            times.append(time.process_time() - begun)
        return min(times)

    wrong = await fastest(stored)
    for candidate in (None, "", "not a hash", "$argon2id$garbage", "$argon2id$v=19$m=19456,t=2,p=1$AA$AA"):
        assert 0.5 < await fastest(candidate) / wrong < 2, candidate


@pytest.mark.parametrize(
    "password",
    ["\0", "a\0b", "\ud800", "火花" * 100, "\u0301", "\U0010ffff", " ", "", "x" * LONGEST_PASSWORD, "\u0301" * 1024],
    ids=ascii,
)
async def test_any_text_can_be_a_password(passwords: Passwords, password: str) -> None:
    stored = await passwords.hash(password)

    assert await passwords.verify(stored, password)
    assert not await passwords.verify(stored, password + "x")
    assert not await passwords.verify(stored, password[:-1] if password else "x")


async def test_an_overlong_password_is_refused_before_it_is_hashed(passwords: Passwords) -> None:
    with pytest.raises(ValueError, match="at most 1024 characters"):
        await passwords.hash("x" * (LONGEST_PASSWORD + 1))

    stored = await passwords.hash("x" * LONGEST_PASSWORD)
    assert not await passwords.verify(stored, "x" * (LONGEST_PASSWORD + 1))
    assert not await passwords.verify(stored, "x" * 10_000_000)
    assert not await passwords.verify(None, "x" * 10_000_000)


async def test_a_password_counts_to_its_last_character(passwords: Passwords) -> None:
    stored = await passwords.hash("a" * 72 + "b")

    assert not await passwords.verify(stored, "a" * 72 + "c")


async def test_the_same_letters_typed_on_another_keyboard_are_the_same_password(passwords: Passwords) -> None:
    composed, decomposed = "caf\u00e9 \u304c", "cafe\u0301 \u304b\u3099"

    assert await passwords.verify(await passwords.hash(composed), decomposed)
    assert await passwords.verify(await passwords.hash(decomposed), composed)
    assert not await passwords.verify(await passwords.hash("ﬁ"), "fi")  # alike is not the same


@pytest.mark.parametrize("stored", ["", "x", "$argon2id$", "$2b$12$abc", "$argon2id$v=19$m=8,t=1,p=1$$", "é", "\0"])
async def test_what_is_no_hash_fits_no_password(passwords: Passwords, stored: str) -> None:
    assert not await passwords.verify(stored, "anything")


async def test_a_hash_with_other_parameters_is_to_be_made_again(passwords: Passwords, dear: Passwords) -> None:
    cheap = await passwords.hash("same")

    assert not passwords.needs_rehash(cheap)
    assert dear.needs_rehash(cheap)
    assert await dear.verify(cheap, "same")
    assert dear.needs_rehash("$2b$12$notoneofours")


async def test_H08_the_queue_ends_and_says_so() -> None:
    passwords = Passwords(workers=1, waiting=3)
    try:
        answers = await asyncio.gather(*(passwords.verify(None, "anything") for _ in range(20)), return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, Busy)]

        assert len(refused) == 16
        assert [answer for answer in answers if not isinstance(answer, Busy)] == [False] * 4
        assert await passwords.verify(None, "afterwards") is False
    finally:
        passwords.close()


async def test_H08_the_event_loop_goes_on_while_passwords_are_checked(dear: Passwords) -> None:
    checks = asyncio.gather(*(dear.verify(None, "anything") for _ in range(10)))
    turns = 0
    while not checks.done():
        await asyncio.sleep(0)
        turns += 1

    assert await checks == [False] * 10
    assert turns > 200  # a loop that waited for each of them would have turned about twenty times


async def test_who_gives_up_waiting_gives_the_place_back() -> None:
    passwords = Passwords(workers=1, waiting=1)
    try:
        tasks = [asyncio.create_task(passwords.verify(None, "anything")) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await passwords.verify(None, "one too many")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

        assert await passwords.verify(None, "next") is False
    finally:
        passwords.close()
