"""The password in the account pages: changed with the one before, soon after a sign-in, and told by mail."""

import httpx2
import pytest

from hibana_op.login import throttle
from hibana_op.records import audit_log, credentials, sessions
from hibana_op.records.users import User
from tests.deployment import Browser, Deployment, Page
from tests.make import PASSWORD, make_session, make_user
from tests.pages.mailing import link_in, mailing, mails_to
from tests.pages.test_recover import can_sign_in, link_for

__all__ = ["mailing"]

WORDS = "a sentence of several words"
PAGE = "/account/password"


async def signed_in(deployment: Deployment, user: User) -> Browser:
    browser = deployment.browser()
    await browser.sign_in(await browser.get("/login"), user)
    return browser


async def change(browser: Browser, current: str = PASSWORD, new: str = WORDS, **fields: str) -> httpx2.Response:
    page = Page.read(await browser.get(PAGE))
    return await browser.http.post(
        PAGE, data={**page_fields(page), "current_password": current, "password": new, **fields}
    )


def page_fields(page: Page) -> dict[str, str]:
    return {"csrf": page.fields["csrf"]}


async def test_a_password_is_changed_and_the_person_told(mailing: Deployment) -> None:
    user = await make_user(mailing.op, locale="en")
    browser = await signed_in(mailing, user)
    old_link = await link_for(mailing, user.email)
    changed = await change(browser)

    assert changed.status_code == 303
    assert changed.headers["location"] == "/account/security?done=password"
    assert await can_sign_in(mailing, user.email, WORDS)
    assert not await can_sign_in(mailing, user.email, PASSWORD)
    assert "The password of your Hibana account was changed" in {
        message.subject for message in await mails_to(mailing.op, user.email)
    }
    assert "user:password:changed" in {entry.action for entry in await audit_log.page(mailing.op.db)}
    assert (await browser.get(old_link)).status_code == 400


@pytest.mark.parametrize("chosen", [True, False])
async def test_F06_other_sessions_end_by_choice_and_this_one_stays(mailing: Deployment, chosen: bool) -> None:
    user = await make_user(mailing.op)
    other = await make_session(mailing.op, user)
    browser = await signed_in(mailing, user)
    await change(browser, **({"end_others": "1"} if chosen else {}))

    live = {each.id for each in await sessions.live_of_user(mailing.op.db, user.id, now=mailing.op.now())}
    assert (other.id in live) is not chosen
    assert (await browser.get(PAGE)).url.path == PAGE


@pytest.mark.parametrize("current", ["", "not the password"])
async def test_H07_the_current_password_is_needed(mailing: Deployment, current: str) -> None:
    user = await make_user(mailing.op)
    browser = await signed_in(mailing, user)
    refused = await change(browser, current)

    assert refused.status_code == 400
    assert "current password" in refused.text
    assert await can_sign_in(mailing, user.email, PASSWORD)


async def test_H03_guessing_the_current_password_counts_like_a_sign_in(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    browser = await signed_in(mailing, user)
    for _ in range(throttle.MOST_FOR_A_PERSON):
        assert (await change(browser, "wrong")).status_code == 400
    assert (await change(browser)).status_code == 429
    assert not await can_sign_in(mailing, user.email, PASSWORD)


async def test_H07_a_weak_password_is_refused(mailing: Deployment) -> None:
    user = await make_user(mailing.op, name="Alexandra Featherstone")
    browser = await signed_in(mailing, user)

    for weak in ("x" * 14, "123456789012345", "alexandra-featherstone"):
        assert (await change(browser, new=weak)).status_code == 400
    assert await can_sign_in(mailing, user.email, PASSWORD)


async def test_somebody_without_a_password_sets_a_first_one(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    browser = await signed_in(mailing, user)
    await mailing.op.db.transact(lambda tx: tx.run("DELETE FROM passwords"))
    page = await browser.get(PAGE)
    assert "current_password" not in page.text
    await browser.http.post(PAGE, data={**page_fields(Page.read(page)), "password": WORDS})

    assert await credentials.changed_at(mailing.op.db, user.id) == mailing.op.now()
    assert await can_sign_in(mailing, user.email, WORDS)


async def test_F07_a_password_is_changed_only_soon_after_a_sign_in(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    browser = await signed_in(mailing, user)
    page = Page.read(await browser.get(PAGE))
    mailing.clock.advance(601)
    late = await browser.http.post(PAGE, data={**page_fields(page), "current_password": PASSWORD, "password": WORDS})

    assert late.status_code == 403
    assert await can_sign_in(mailing, user.email, PASSWORD)
    assert (await browser.get(PAGE)).url.path == "/login"


async def test_G01_a_form_from_elsewhere_changes_nothing(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    browser = await signed_in(mailing, user)

    assert (await change(browser, csrf="wrong")).status_code == 403
    assert await can_sign_in(mailing, user.email, PASSWORD)


async def test_somebody_without_a_password_sets_a_first_one_by_a_link(mailing: Deployment) -> None:
    user = await make_user(mailing.op, password=None, locale="en")
    url = await link_for(mailing, user.email)
    assert link_in((await mails_to(mailing.op, user.email))[0]) == url
    browser = mailing.browser()
    await browser.submit(Page.read(await browser.get(url)), password=WORDS)

    assert await can_sign_in(mailing, user.email, WORDS)
