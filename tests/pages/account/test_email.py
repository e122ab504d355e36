"""The address in the account pages: it changes when its mailbox says so, and the old one hears of it."""

from dataclasses import replace

import httpx2
import pytest

from hibana_op.records import audit_log, users
from hibana_op.records.users import User
from tests.deployment import Browser, Deployment, Page
from tests.make import make_user
from tests.pages.account.test_password import page_fields, signed_in
from tests.pages.mailing import link_in, mailing, mails_to
from tests.pages.test_recover import link_for

__all__ = ["mailing"]

PAGE = "/account/email"
NEW = "new.address@example.com"


async def ask(browser: Browser, email: str = NEW) -> httpx2.Response:
    page = Page.read(await browser.get(PAGE))
    return await browser.http.post(PAGE, data={**page_fields(page), "email": email})


async def confirm(browser: Browser, url: str) -> httpx2.Response:
    return await browser.submit(Page.read(await browser.get(url)))


async def now_of(deployment: Deployment, user: User) -> User:
    return await users.get(deployment.op.db, user.id)


async def test_an_address_is_changed_by_its_mailbox_and_the_old_one_told(mailing: Deployment) -> None:
    user = await make_user(mailing.op, locale="en")
    browser = await signed_in(mailing, user)
    assert NEW in (await ask(browser)).text
    url = link_in((await mails_to(mailing.op, NEW))[0])
    await mailing.browser().get(url)
    assert (await now_of(mailing, user)).email == user.email

    done = await confirm(mailing.browser(), url)

    assert NEW in done.text
    changed = await now_of(mailing, user)
    assert (changed.email, changed.email_verified) == (NEW, True)
    (told,) = await mails_to(mailing.op, user.email)
    assert NEW in told.text_body
    assert "user:email:confirmed" in {entry.action for entry in await audit_log.page(mailing.op.db)}
    assert (await users.find_by_login(mailing.op.db, user.email)) is None


async def test_an_unconfirmed_address_is_confirmed(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    browser = await signed_in(mailing, user)
    assert "Confirm this address" in (await browser.get(PAGE)).text
    await ask(browser, user.email)
    await confirm(browser, link_in((await mails_to(mailing.op, user.email))[0]))

    assert await now_of(mailing, user) == replace(await now_of(mailing, user), email=user.email, email_verified=True)
    assert "Confirm this address" not in (await browser.get(PAGE)).text


async def test_H01_a_taken_address_answers_like_a_free_one_and_its_owner_is_told(mailing: Deployment) -> None:
    user, owner = await make_user(mailing.op), await make_user(mailing.op, locale="en")
    browser = await signed_in(mailing, user)
    taken, free = await ask(browser, owner.email), await ask(browser)

    assert taken.status_code == free.status_code == 200
    assert taken.text.replace(owner.email, "EMAIL") == free.text.replace(NEW, "EMAIL")
    (told,) = await mails_to(mailing.op, owner.email)
    assert told.subject == "You already have a Hibana account"


async def test_H09_a_link_counts_once_and_ends_with_a_newer_one(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    browser = await signed_in(mailing, user)
    await ask(browser)
    first = link_in((await mails_to(mailing.op, NEW))[0])
    await ask(browser, "another@example.com")
    newest = link_in((await mails_to(mailing.op, "another@example.com"))[0])

    assert (await browser.get(first)).status_code == 400
    assert (await confirm(browser, newest)).status_code == 200
    assert (await browser.get(newest)).status_code == 400


async def test_H09_links_to_the_old_address_end_with_the_change(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    browser = await signed_in(mailing, user)
    await ask(browser)
    old = await link_for(mailing, user.email)
    await confirm(browser, link_in((await mails_to(mailing.op, NEW))[0]))

    assert (await browser.get(old)).status_code == 400


async def test_an_address_that_somebody_took_meanwhile_stays_theirs(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    browser = await signed_in(mailing, user)
    await ask(browser)
    page = Page.read(await browser.get(link_in((await mails_to(mailing.op, NEW))[0])))
    await make_user(mailing.op, email=NEW)

    assert (await browser.submit(page)).status_code == 400
    assert (await now_of(mailing, user)).email == user.email


@pytest.mark.parametrize("email", ["", "nobody", "a@x\r\nBcc: b@y"])
async def test_what_is_no_address_is_asked_for_again(mailing: Deployment, email: str) -> None:
    browser = await signed_in(mailing, await make_user(mailing.op))

    assert (await ask(browser, email)).status_code == 400


async def test_F07_an_address_is_changed_only_soon_after_a_sign_in(mailing: Deployment) -> None:
    browser = await signed_in(mailing, await make_user(mailing.op))
    page = Page.read(await browser.get(PAGE))
    mailing.clock.advance(601)
    late = await browser.http.post(PAGE, data={**page_fields(page), "email": NEW})

    assert late.status_code == 403
    assert await mails_to(mailing.op, NEW) == []


async def test_G01_a_link_needs_a_press_of_our_own_button(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    browser = await signed_in(mailing, user)
    await ask(browser)
    page = Page.read(await browser.get(link_in((await mails_to(mailing.op, NEW))[0])))

    assert (await browser.submit(page, csrf="wrong")).status_code == 403
    assert (await now_of(mailing, user)).email == user.email
