"""Recovering a password: nobody learns who exists, a link counts once and for one address, and it signs nobody in."""

import asyncio
import re
from dataclasses import replace

import httpx2
import pytest

from hibana_op.login import throttle
from hibana_op.records import audit_log, credentials, lockouts, sessions, users
from tests.deployment import Browser, Deployment, Page, answer
from tests.login.conftest import deployment
from tests.make import PASSWORD, make_client, make_session, make_user
from tests.pages.mailing import link_in, mailing, mails_to
from tests.second_factors import with_app

__all__ = ["deployment", "mailing"]

WORDS = "a sentence of several words"


async def ask(browser: Browser, username: str) -> httpx2.Response:
    return await browser.submit(Page.read(await browser.get("/recover")), username=username)


async def link_for(deployment: Deployment, email: str) -> str:
    await ask(deployment.browser(), email)
    return link_in((await mails_to(deployment.op, email))[0])


async def set_password(browser: Browser, url: str, password: str = WORDS, **fields: str) -> httpx2.Response:
    return await browser.submit(Page.read(await browser.get(url)), password=password, **fields)


async def can_sign_in(deployment: Deployment, email: str, password: str) -> bool:
    browser = deployment.browser()
    asked = await browser.submit(Page.read(await browser.get("/login")), username=email)
    landed = await browser.submit(Page.read(asked), password=password)
    return landed.url.path != "/login/password"


async def test_a_forgotten_password_is_replaced_and_the_person_told(mailing: Deployment) -> None:
    user = await make_user(mailing.op, locale="en", email_verified=False)
    browser = mailing.browser()
    done = await set_password(browser, await link_for(mailing, user.email))

    assert "Password changed" in done.text
    assert 'href="/login"' in done.text
    assert await can_sign_in(mailing, user.email, WORDS)
    assert not await can_sign_in(mailing, user.email, PASSWORD)
    told = [message.subject for message in await mails_to(mailing.op, user.email)]
    assert "The password of your Hibana account was changed" in told
    assert (await users.get(mailing.op.db, user.id)).email_verified
    actions = {entry.action for entry in await audit_log.page(mailing.op.db)}
    assert {"user:password:reset_requested", "user:password:changed"} <= actions


async def test_H10_a_reset_signs_nobody_in(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    browser = mailing.browser()
    await set_password(browser, await link_for(mailing, user.email))

    assert await sessions.live_of_user(mailing.op.db, user.id, now=mailing.op.now()) == []
    assert (await browser.get("/account/password")).url.path == "/login"


async def test_H10_after_a_reset_the_second_factor_is_still_asked_for_and_the_person_is_told(
    mailing: Deployment,
) -> None:
    user = await make_user(mailing.op, locale="en")
    await with_app(mailing.op, user)
    browser = mailing.browser()
    done = await set_password(browser, await link_for(mailing, user.email))
    assert "Password changed" in done.text

    asked = await browser.sign_in(await browser.get("/login"), user, WORDS)

    assert asked.url.path == "/login/mfa"
    assert await sessions.live_of_user(mailing.op.db, user.id, now=mailing.op.now()) == []
    assert "The password of your Hibana account was changed" in {
        mail.subject for mail in await mails_to(mailing.op, user.email)
    }


@pytest.mark.parametrize("chosen", [True, False])
async def test_F06_other_sessions_end_by_choice(mailing: Deployment, chosen: bool) -> None:
    user = await make_user(mailing.op)
    await make_session(mailing.op, user)
    browser = mailing.browser()
    page = await browser.get(await link_for(mailing, user.email))
    assert 'name="end_others" type="checkbox" value="1" aria-describedby="end-others-hint" checked' in page.text
    choice = {"end_others": "1"} if chosen else {}
    await browser.submit(Page.read(page), password=WORDS, **choice)

    live = await sessions.live_of_user(mailing.op.db, user.id, now=mailing.op.now())
    assert len(live) == (0 if chosen else 1)


async def test_H01_unknown_known_suspended_and_without_password_answer_alike(mailing: Deployment) -> None:
    known, suspended = await make_user(mailing.op), await make_user(mailing.op, status="suspended")
    bare = await make_user(mailing.op, password=None)
    names = [known.email, suspended.email, bare.email, "nobody@example.com", "nobody"]
    answers = [await ask(mailing.browser(), name) for name in names]

    assert {(each.status_code, each.url.path, each.url.query) for each in answers} == {(200, "/recover", b"sent=1")}
    assert len({each.text for each in answers}) == 1
    assert len({tuple(sorted(each.headers)) for each in answers}) == 1
    assert await mails_to(mailing.op, suspended.email) == []
    assert len(await mails_to(mailing.op, bare.email)) == 1


async def test_H05_a_person_whom_others_locked_out_gets_in_by_a_reset(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    for _ in range(7):
        assert not await can_sign_in(mailing, user.email, "wrong password of somebody")
    assert not await can_sign_in(mailing, user.email, PASSWORD)
    await set_password(mailing.browser(), await link_for(mailing, user.email))

    counter = throttle.subject_of_user(user.id)
    assert await lockouts.locked_until(mailing.op.db, counter, now=mailing.op.now()) is None
    assert await can_sign_in(mailing, user.email, WORDS)


async def test_H09_a_link_is_used_once_also_by_two_at_the_same_moment(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    url = await link_for(mailing, user.email)
    browsers = [mailing.browser() for _ in range(4)]
    pages = [Page.read(await browser.get(url)) for browser in browsers]
    landed = await asyncio.gather(
        *(
            browser.submit(page, password=f"{WORDS} {number}")
            for number, (browser, page) in enumerate(zip(browsers, pages, strict=True))
        )
    )

    assert sorted(response.status_code for response in landed) == [200, 400, 400, 400]
    assert "This link does not work any more" in (await mailing.browser().get(url)).text


@pytest.mark.parametrize("late", [0, 1])
async def test_H09_a_link_lives_for_an_hour(mailing: Deployment, late: int) -> None:
    user = await make_user(mailing.op)
    url = await link_for(mailing, user.email)
    page = Page.read(await mailing.browser().get(url))
    assert page.fields["token"]
    mailing.clock.advance(3599 + late)

    assert (await mailing.browser().get(url)).status_code == (400 if late else 200)


async def test_H09_a_newer_link_ends_the_one_before_and_a_used_one_ends_all(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    first = await link_for(mailing, user.email)
    mailing.clock.advance(1)
    newest = await link_for(mailing, user.email)
    assert (await mailing.browser().get(first)).status_code == 400
    await set_password(mailing.browser(), newest)

    assert (await mailing.browser().get(newest)).status_code == 400


async def test_H09_a_link_ends_when_the_address_is_another(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    url = await link_for(mailing, user.email)
    browser = mailing.browser()
    page = Page.read(await browser.get(url))
    stored = await credentials.find_password_hash(mailing.op.db, user.id)
    await mailing.op.db.transact(lambda tx: users.update(tx, replace(user, email="other@example.com")))

    assert (await browser.submit(page, password=WORDS)).status_code == 400
    assert await credentials.find_password_hash(mailing.op.db, user.id) == stored


async def test_H09_a_link_of_somebody_suspended_meanwhile_changes_nothing(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    url = await link_for(mailing, user.email)
    stored = await credentials.find_password_hash(mailing.op.db, user.id)
    await mailing.op.db.transact(lambda tx: users.update(tx, replace(user, status="suspended")))
    browser = mailing.browser()

    assert (await set_password(browser, url)).status_code == 400
    assert await credentials.find_password_hash(mailing.op.db, user.id) == stored


async def test_H09_a_link_is_good_for_its_own_purpose_only(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    token = (await link_for(mailing, user.email)).partition("token=")[2]

    assert (await mailing.browser().get(f"/verify-email?token={token}")).status_code == 400
    assert (await mailing.browser().get(f"/invite/{token}")).status_code == 400


async def test_H09_the_database_keeps_no_link(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    token = (await link_for(mailing, user.email)).partition("token=")[2]
    rows = await mailing.op.db.all("SELECT * FROM verification_tokens")

    assert len(rows) == 1
    assert token not in str([dict(row) for row in rows])
    assert len(token) >= 43


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "%00", "x" * 4000])
async def test_a_link_that_was_never_sent_opens_nothing(mailing: Deployment, token: str) -> None:
    assert (await mailing.browser().get(f"/reset?token={token}")).status_code == 400
    assert (await mailing.browser().get("/reset")).status_code == 400


async def test_G07_the_host_of_a_request_does_not_reach_the_link(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    browser = mailing.browser()
    page = Page.read(await browser.get("/recover"))
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "Forwarded": "host=evil.example"}
    await browser.http.post(page.action, data={**page.fields, "username": user.email}, headers=forged)

    (message,) = await mails_to(mailing.op, user.email)
    assert link_in(message).startswith("https://id.example/reset?token=")
    assert "evil" not in message.text_body + message.html_body


async def test_H07_a_weak_password_is_refused_and_the_link_stays(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    browser = mailing.browser()
    url = await link_for(mailing, user.email)

    assert (await set_password(browser, url, "Hibana2026Hibana2026")).status_code == 400
    assert (await set_password(browser, url, "x" * 14)).status_code == 400
    assert (await set_password(browser, url)).status_code == 200


async def test_R01_what_a_person_is_called_stays_text_in_a_mail(mailing: Deployment) -> None:
    user = await make_user(mailing.op, email="a&b'{issuer}%s@example.com", locale="en")
    await ask(mailing.browser(), user.email)

    (message,) = await mails_to(mailing.op, user.email)
    assert "a&b'{issuer}%s@example.com" in message.text_body
    assert "a&amp;b&#x27;{issuer}%s@example.com" in message.html_body


async def test_a_deployment_without_mail_says_so(deployment: Deployment) -> None:
    assert "This site sends no mail" in (await deployment.browser().get("/recover")).text


async def test_password_managers_find_the_page(mailing: Deployment) -> None:
    async with mailing.http() as http:
        found = await http.get("/.well-known/change-password")

    assert found.status_code == 303
    assert found.headers["location"] == "/account/password"


async def test_a_reset_within_a_sign_in_leads_back_to_it(mailing: Deployment) -> None:
    user, client = await make_user(mailing.op), await make_client(mailing.op, first_party=True)
    browser = mailing.browser()
    asked = await browser.submit(Page.read(await browser.authorize(client)), username=user.email)
    found = re.search(r'id="recover" href="([^"]+)"', asked.text)
    assert found is not None
    await browser.submit(Page.read(await browser.get(found[1])))
    done = await set_password(browser, link_in((await mails_to(mailing.op, user.email))[0]))
    found = re.search(r'href="(/login\?interaction=[^"]+)"', done.text)
    assert found is not None

    assert answer(await browser.sign_in(await browser.get(found[1]), user, WORDS))["code"]
