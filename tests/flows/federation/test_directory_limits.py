"""How often the password of a directory may be tried: by the same counters as passwords here."""

import asyncio

import pytest

from hibana_op.login import throttle
from hibana_op.records import lockouts
from tests.deployment import Deployment, Page
from tests.flows.federation.directories import (
    LINKED,
    WRONG,
    add_directory,
    failures,
    link_entry,
    sign_in,
    to_form,
)
from tests.flows.federation.upstream import events
from tests.make import PASSWORD
from tests.slapd import DIRECTORY_PASSWORD, Slapd


async def test_H03_one_counter_for_each_person_whatever_way_and_name_they_are_tried_by(
    house: Deployment, slapd: Slapd
) -> None:
    provider = await add_directory(house, slapd)
    number = slapd.uuid_of(slapd.add("counted", mail="counted@corp.example"))
    user = await link_entry(house, provider, number)
    for name in ("counted", "COUNTED", "counted@corp.example"):
        assert WRONG in (await sign_in(house.browser(), name, "wrong")).text
    browser = house.browser()
    page = await browser.get("/login")
    for _ in range(2):
        asked = await browser.submit(Page.read(page), username=user.email)
        assert WRONG in (await browser.submit(Page.read(asked), password="wrong")).text
    assert (await sign_in(house.browser(), "counted")).status_code == 429
    assert (await browser.sign_in(page, user, PASSWORD)).status_code == 429
    assert await lockouts.locked_until(house.op.db, throttle.subject_of_user(user.id), now=house.clock.now())
    assert [user_id for user_id, *_ in await failures(house)] == [user.id] * 5
    assert len(await events(house, "user:login:locked")) == 2

    house.clock.advance(throttle.WINDOW + 1)
    assert (await sign_in(house.browser(), "counted")).url.path == LINKED


async def test_H03_an_entry_that_is_linked_to_nobody_has_one_counter_for_all_its_names(
    on_sqlite: Deployment, slapd: Slapd
) -> None:
    await add_directory(on_sqlite, slapd)
    slapd.add("unlinked", mail="unlinked@corp.example")
    for name in ("unlinked", "UNLINKED", "unlinked@corp.example", "Unlinked@Corp.example", " unlinked "):
        assert WRONG in (await sign_in(on_sqlite.browser(), name, "wrong")).text
    assert (await sign_in(on_sqlite.browser(), "unlinked")).status_code == 429
    for _ in range(5):
        assert WRONG in (await sign_in(on_sqlite.browser(), "unknown", "wrong")).text
    assert (await sign_in(on_sqlite.browser(), "UNKNOWN", "wrong")).status_code == 429, "unknown names are alike"


async def test_H04_guesses_at_once_do_not_pass_the_limit(on_sqlite: Deployment, slapd: Slapd) -> None:
    provider = await add_directory(on_sqlite, slapd)
    await link_entry(on_sqlite, provider, slapd.uuid_of(slapd.add("rushed")))
    pages = [(browser, await to_form(browser)) for browser in (on_sqlite.browser() for _ in range(12))]
    given = await asyncio.gather(
        *(
            browser.submit(page, username="rushed", password=f"wrong {number}")
            for number, (browser, page) in enumerate(pages)
        )
    )
    statuses = [response.status_code for response in given]
    assert (statuses.count(400), statuses.count(429)) == (5, 7)


async def test_H05_a_browser_of_the_person_keeps_its_own_counter(on_sqlite: Deployment, slapd: Slapd) -> None:
    provider = await add_directory(on_sqlite, slapd)
    await link_entry(on_sqlite, provider, slapd.uuid_of(slapd.add("known")))
    own = on_sqlite.browser()
    assert (await sign_in(own, "known")).url.path == LINKED
    for _ in range(6):
        await sign_in(on_sqlite.browser(), "known", "wrong")
    assert (await sign_in(on_sqlite.browser(), "known")).status_code == 429
    again = await to_form(own, start="/login?return=/account/linked&again=1")
    assert (await own.submit(again, username="known", password=DIRECTORY_PASSWORD)).url.path == LINKED


async def test_H06_an_address_that_tries_too_much_no_longer_reaches_the_directory(
    on_sqlite: Deployment, slapd: Slapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "MOST_FOR_AN_ADDRESS", 3)
    await add_directory(on_sqlite, slapd)
    slapd.add("sprayed")
    for number in range(3):
        assert WRONG in (await sign_in(on_sqlite.browser(), f"sprayed-{number}", "wrong")).text
    slapd.stop()
    try:
        assert (await sign_in(on_sqlite.browser(), "sprayed")).status_code == 429
    finally:
        slapd.start_again()
