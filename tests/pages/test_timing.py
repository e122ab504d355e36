"""How long the pages take tells nobody who has an account: known and unknown names by turns, compared by rank."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.passwords import Passwords
from hibana_op.login import mail_pace, throttle
from hibana_op.pages.signup import ANSWER_AFTER
from hibana_op.records import credentials, users
from hibana_op.storage.database import Session
from tests.deployment import Browser, Deployment, Page, deploy
from tests.make import a_user
from tests.ports import free_port
from tests.ranks import mann_whitney

SAMPLES = 300
AT_ONCE = 6  # of each kind
TRIES = 4  # of one name: one more would lock it
Ask = Callable[[str], Awaitable[object]]


@pytest.fixture
async def mailing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Deployment]:
    """People may sign up, and one place may ask as often as it takes to measure."""
    monkeypatch.setattr(mail_pace, "MOST_FROM_A_PLACE", 10 * SAMPLES)
    monkeypatch.setattr(throttle, "MOST_FOR_AN_ADDRESS", 10 * SAMPLES)
    settings = {"HIBANA_SMTP__URL": f"smtp://127.0.0.1:{free_port()}", "HIBANA_SIGNUP": "open"}
    async with deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path, **settings) as deployed:
        yield deployed


async def known_names(deployment: Deployment, count: int) -> list[str]:
    """Add people; what they sign in with."""
    people = [a_user(deployment.op.now()) for _ in range(count)]
    password_hash = await deployment.op.passwords.hash("a password of everybody")

    async def write(tx: Session) -> None:
        for person in people:
            await users.insert(tx, person)
            await credentials.put_password_hash(tx, person.id, password_hash=password_hash, now=deployment.op.now())

    await deployment.op.db.transact(write)
    return [person.email for person in people]


def unknown_names(count: int) -> list[str]:
    """As many names of nobody, of the same length."""
    return [f"{uuid7()}@example.com" for _ in range(count)]


async def seconds(ask: Ask, name: str) -> float:
    begun = time.perf_counter()
    await ask(name)
    return time.perf_counter() - begun


async def measured(
    ask: Ask, known: Sequence[str], unknown: Sequence[str], *, at_once: int
) -> tuple[list[float], list[float]]:
    """Both kinds by turns, so that whatever else the machine does falls on both; who is first changes each time."""
    found: tuple[list[float], list[float]] = ([], [])
    for start in range(0, SAMPLES, at_once):
        pairs = list(zip(known[start : start + at_once], unknown[start : start + at_once], strict=True))
        names = [(side, pair[side]) for turn, pair in enumerate(pairs) for side in ((0, 1) if turn % 2 else (1, 0))]
        times = await asyncio.gather(*(seconds(ask, name) for _, name in names))
        for (side, _), taken in zip(names, times, strict=True):
            found[side].append(taken)
    return found


def tells_apart(known: Sequence[float], unknown: Sequence[float]) -> str | None:
    """What a clock could tell: medians a twentieth apart by more than chance; neither alone shall cry wolf."""
    ratio = statistics.median(known) / statistics.median(unknown)
    chance = mann_whitney(known, unknown)
    is_apart = not 1 / 1.05 < ratio < 1.05 and chance < 0.01
    return f"known names take {ratio:.3f} times as long (p = {chance:.2g})" if is_apart else None


async def cost_of_hashing() -> float:
    """What looking at one password costs in production."""
    passwords = Passwords()
    try:
        return statistics.median([await seconds(partial(passwords.verify, None), "a password") for _ in range(5)])
    finally:
        passwords.close()


async def form_of(browser: Browser, path: str) -> Callable[[dict[str, str]], Awaitable[object]]:
    """A function that sends the form of a page, and follows no redirect."""
    page = Page.read(await browser.get(path))
    return lambda fields: browser.http.post(page.action, data={**page.fields, **fields})


@pytest.mark.parametrize(("path", "field"), [("/signup", "email"), ("/recover", "username")], ids=["signup", "recover"])
async def test_H02_pages_that_send_mail_take_the_same_time_for_everybody(
    mailing: Deployment, path: str, field: str
) -> None:
    send = await form_of(mailing.browser(), path)
    names = await known_names(mailing, SAMPLES), unknown_names(SAMPLES)

    known, unknown = await measured(lambda name: send({field: name}), *names, at_once=AT_ONCE)

    assert min(*known, *unknown) >= ANSWER_AFTER
    assert tells_apart(known, unknown) is None


async def test_H02_a_wrong_password_takes_the_same_time_for_everybody(mailing: Deployment) -> None:
    count = SAMPLES // TRIES
    forms = {}
    names = await known_names(mailing, count), unknown_names(count)
    for name in (*names[0], *names[1]):
        browser = mailing.browser()
        asked = Page.read(await browser.submit(Page.read(await browser.get("/login")), username=name))
        forms[name] = browser, asked

    async def guess(name: str) -> None:
        browser, asked = forms[name]
        refused = await browser.http.post(asked.action, data={**asked.fields, "password": "not the password"})
        assert refused.status_code == 400

    known, unknown = await measured(guess, names[0] * TRIES, names[1] * TRIES, at_once=1)

    # Hashing is cheap here; what it costs elsewhere comes to both alike, as the tests of passwords show.
    dear = await cost_of_hashing()
    assert tells_apart([dear + taken for taken in known], [dear + taken for taken in unknown]) is None
