"""Signing in with a link or a code by mail, where a tenant allows it: rows A12, H01, H02, H03, H09, I04 and I06."""

import asyncio
import re
import statistics
import time
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from hibana_op.foundation import acr
from hibana_op.login import mail_pace
from hibana_op.records import users
from hibana_op.records.users import User
from tests.deployment import Browser, Deployment, Page, answer
from tests.make import PASSWORD, make_client, make_member, make_tenant, make_user
from tests.pages.mailing import link_in, mailing, mails_to
from tests.passkeys import live, newest
from tests.policies import choose, member_of_tenant
from tests.second_factors import code_of, with_app, with_mailbox

__all__ = ["mailing"]

MIRA = "mira@example.com"
METHODS = {"methods": ["passkey", "password", "email"]}


@pytest.fixture
async def deployment(mailing: Deployment) -> Deployment:
    """A deployment that lets people begin by mail."""
    await choose(mailing.op, sign_in=METHODS)
    return mailing


async def a_person(deployment: Deployment, **changes: Any) -> User:
    return await make_user(deployment.op, **{"email": MIRA, "email_verified": True, "locale": "en", **changes})


async def asked(browser: Browser, email: str = MIRA, *, at: httpx2.Response | None = None) -> httpx2.Response:
    """From the sign-in page to the page that waits for the code."""
    named = await browser.submit(Page.read(at or await browser.get("/login")), username=email)
    if "/login/password" in str(named.url):
        found = re.search(r'id="email-link" href="([^"]*)"', named.text)
        assert found, named.text
        named = await browser.get(found[1])
    return await browser.submit(Page.read(named), send="1")


async def code_to(deployment: Deployment, email: str = MIRA) -> str:
    mail = (await mails_to(deployment.op, email))[0]
    found = re.search(r"^Your code: (\d{6})$", mail.text_body, re.MULTILINE)
    assert found, mail.text_body
    return found[1]


async def link_to(deployment: Deployment, email: str = MIRA) -> str:
    return link_in((await mails_to(deployment.op, email))[0])


async def test_a_code_by_mail_signs_in(deployment: Deployment) -> None:
    user = await a_person(deployment)
    client = await make_client(deployment.op, first_party=True)
    browser = deployment.browser()
    page = await asked(browser, at=await browser.authorize(client))
    assert page.status_code == 200
    assert "for 10 minutes" in (await mails_to(deployment.op, MIRA))[0].text_body

    back = await browser.submit(Page.read(page), code=await code_to(deployment))

    assert answer(back)["code"]
    session = await newest(deployment, user)
    assert (session.acr, session.amr) == (acr.ONE_FACTOR, ("otp",))


async def test_H09_the_link_signs_in_the_browser_that_asked_once_and_looking_at_it_changes_nothing(
    deployment: Deployment,
) -> None:
    await a_person(deployment)
    client = await make_client(deployment.op, first_party=True)
    browser = deployment.browser()
    await asked(browser, at=await browser.authorize(client))
    link = await link_to(deployment)
    for _ in range(3):
        opened = await browser.get(link)
        assert opened.status_code == 200

    back = await browser.submit(Page.read(opened))

    assert answer(back)["code"]
    assert (await browser.get(link)).status_code == 400


async def test_A12_the_link_signs_nobody_in_in_another_browser_and_is_not_spent_there(deployment: Deployment) -> None:
    user = await a_person(deployment)
    browser, other = deployment.browser(), deployment.browser()
    await asked(browser)
    link = await link_to(deployment)

    shown = await other.get(link)

    assert shown.status_code == 403
    assert "Go back to the other browser" in shown.text
    assert "<form" not in shown.text
    form = Page.read(await other.get("/login"))
    posted = await other.http.post("/login/link", data={"csrf": form.fields["csrf"], "token": link.partition("=")[2]})
    assert posted.status_code == 403
    assert await live(deployment, user) == 0
    await browser.submit(Page.read(await browser.get(link)))
    assert await live(deployment, user) == 1


async def test_A12_a_link_that_somebody_else_asked_for_does_not_make_their_sign_in_mine(deployment: Deployment) -> None:
    await a_person(deployment)
    victim = deployment.browser()
    attacker = deployment.browser()
    page = await asked(attacker)
    interaction = Page.read(page).fields["interaction"]

    assert (await victim.get(f"/login/email?interaction={interaction}&sent=1")).status_code == 403
    assert (await victim.get(await link_to(deployment))).status_code == 403
    assert "__Host-hibana_session" not in victim.http.cookies


async def test_I04_a_code_counts_in_its_own_sign_in_once_and_for_its_person(deployment: Deployment) -> None:
    user = await a_person(deployment)
    noah = await a_person(deployment, email="noah@example.com")
    browser, other = deployment.browser(), deployment.browser()
    page = await asked(browser)
    code = await code_to(deployment)
    elsewhere = await asked(other)

    assert (await other.submit(Page.read(elsewhere), code=code)).status_code == 400
    assert (await other.submit(Page.read(await asked(other, noah.email)), code=code)).status_code == 400
    assert await live(deployment, noah) == 0
    first = await asyncio.gather(
        *(browser.http.post(Page.read(page).action, data={**Page.read(page).fields, "code": code}) for _ in range(6))
    )
    assert sum(each.is_redirect for each in first) == 1
    assert await live(deployment, user) == 1


@pytest.mark.parametrize("seconds", [599, 600])
async def test_I04_both_count_for_ten_minutes(deployment: Deployment, seconds: int) -> None:
    user = await a_person(deployment)
    browser = deployment.browser()
    page = await asked(browser)
    code, link = await code_to(deployment), await link_to(deployment)
    deployment.clock.advance(seconds)

    opened = await browser.get(link)
    await browser.submit(Page.read(page), code=code)

    assert opened.status_code == (200 if seconds < 600 else 400)
    assert await live(deployment, user) == (1 if seconds < 600 else 0)


async def test_the_code_ends_with_the_link_and_the_link_with_the_code(deployment: Deployment) -> None:
    user = await a_person(deployment)
    browser = deployment.browser()
    page = await asked(browser)
    code, link = await code_to(deployment), await link_to(deployment)
    await browser.submit(Page.read(await browser.get(link)))
    late = await browser.http.post("/login/email", data={**Page.read(page).fields, "code": code})
    assert late.status_code in (303, 400)
    assert await live(deployment, user) == 1

    deployment.clock.advance(120)
    second = deployment.browser()
    page = await asked(second)
    link = await link_to(deployment)
    await second.submit(Page.read(page), code=await code_to(deployment))
    assert (await second.get(link)).status_code == 400


async def test_H01_who_gets_no_mail_sees_the_same(deployment: Deployment) -> None:
    """Unknown, unconfirmed, suspended, not allowed by a tenant: byte for byte the page of somebody who gets one."""
    op = deployment.op
    await a_person(deployment)
    await a_person(deployment, email="ines@example.com", email_verified=False)
    await a_person(deployment, email="omar@example.com", status="suspended")
    lena = await a_person(deployment, email="lena@example.com")
    tenant = await member_of_tenant(op, lena, sign_in={"methods": ["passkey"]})
    client = await make_client(op)
    seen = []
    for email in (MIRA, "ines@example.com", "omar@example.com", lena.email, "nobody@example.com"):
        browser = deployment.browser()
        page = await asked(browser, email, at=await browser.authorize(client, tenant=tenant.slug))
        wrong = await browser.submit(Page.read(page), code="000000")
        again = await browser.http.post("/login/email", data={**Page.read(page).fields, "send": "1"})
        seen.append([plain(each, email) for each in (page, wrong, again)])
        assert len(await mails_to(op, email)) == (1 if email == MIRA else 0)

    assert all(each == seen[0] for each in seen)


def plain(page: httpx2.Response, email: str) -> tuple[int, str, list[str]]:
    """A page without what differs each time: ids, tokens and the address that was typed."""
    text = re.sub(
        r"[0-9a-f]{8}-[0-9a-f-]{27}|[\w-]{43}|nonce-[\w+/=-]+|[0-9a-f]{32}", "·", page.text.replace(email, "@")
    )
    return page.status_code, text, sorted(page.headers)


async def test_H03_tries_are_counted_with_those_at_the_password(deployment: Deployment) -> None:
    user = await a_person(deployment)
    for known in (user.email, "nobody@example.com"):
        browser = deployment.browser()
        page = await asked(browser, known)
        for _ in range(5):
            assert (await browser.submit(Page.read(page), code="000000")).status_code == 400

        locked = await browser.submit(Page.read(page), code="000000")
        by_password = deployment.browser()
        refused = await by_password.sign_in(await by_password.get("/login"), replace(user, email=known), PASSWORD)

        assert (locked.status_code, refused.status_code) == (429, 429)
    assert await live(deployment, user) == 0


async def test_mails_are_paced_and_limited_and_say_nothing_of_that(deployment: Deployment) -> None:
    await a_person(deployment)
    browser = deployment.browser()
    page = await asked(browser)

    at_once = await browser.submit(Page.read(page), send="1")

    assert at_once.status_code == 429
    assert len(await mails_to(deployment.op, MIRA)) == 1
    for _ in range(mail_pace.MOST_TO_AN_ADDRESS + 2):
        assert (await asked(deployment.browser())).status_code == 200
    assert len(await mails_to(deployment.op, MIRA)) == mail_pace.MOST_TO_AN_ADDRESS


async def test_I06_the_mailbox_is_not_asked_for_twice(deployment: Deployment) -> None:
    user = await a_person(deployment)
    await with_mailbox(deployment.op, user)
    secret = await with_app(deployment.op, user)
    deployment.clock.advance(120)
    browser = deployment.browser()

    page = await browser.submit(Page.read(await asked(browser)), code=await code_to(deployment))

    assert page.url.path == "/login/mfa"
    assert 'data-method="email"' not in page.text
    await browser.submit(Page.read(page), code=code_of(secret, deployment.op))
    assert (await newest(deployment, user)).acr == acr.TWO_FACTORS


@pytest.mark.parametrize("change", ["address", "unconfirmed", "suspended", "policy"])
async def test_what_changed_meanwhile_counts(deployment: Deployment, change: str) -> None:
    op = deployment.op
    user = await a_person(deployment)
    browser, tenant = deployment.browser(), await member_of_tenant(op, user)
    page = await asked(browser, at=await browser.authorize(await make_client(op), tenant=tenant.slug))
    code, link = await code_to(deployment), await link_to(deployment)
    changes: dict[str, dict[str, Any]] = {
        "address": {"email": "mira@elsewhere.example"},
        "unconfirmed": {"email_verified": False},
        "suspended": {"status": "suspended"},
        "policy": {},
    }
    if change == "policy":
        await choose(op, sign_in={"methods": ["email"]})
        await choose(op, tenant.id, sign_in={"methods": ["passkey"]})
    else:
        await op.db.transact(lambda tx: users.update(tx, replace(user, **changes[change])))

    by_code = await browser.submit(Page.read(page), code=code)
    by_link = await browser.submit(Page.read(await browser.get(link)))

    assert (by_code.status_code, by_link.status_code) == (400, 400)
    assert await live(deployment, user) == 0


async def test_where_it_is_not_allowed_no_page_offers_it_and_none_takes_it(mailing: Deployment) -> None:
    await a_person(mailing)
    browser = mailing.browser()
    named = await browser.submit(Page.read(await browser.get("/login")), username=MIRA)
    assert 'id="email-link"' not in named.text
    fields = {name: Page.read(named).fields[name] for name in ("csrf", "interaction")}

    shown = await browser.get(f"/login/email?interaction={fields['interaction']}")
    posted = await browser.http.post("/login/email", data={**fields, "send": "1"})

    assert shown.url.path == "/login"
    assert posted.is_redirect
    assert await mails_to(mailing.op, MIRA) == []


async def test_the_tenant_of_an_app_allows_it_on_the_way_to_that_app(mailing: Deployment) -> None:
    op = mailing.op
    user = await a_person(mailing)
    tenant = await make_tenant(op)
    await make_member(op, tenant, user)
    await choose(op, tenant.id, sign_in={"methods": ["email"]})
    client = await make_client(op, first_party=True, tenant_id=tenant.id)
    browser = mailing.browser()

    page = await asked(browser, at=await browser.authorize(client))
    assert 'name="password"' not in page.text

    assert answer(await browser.submit(Page.read(page), code=await code_to(mailing)))["code"]


async def test_H02_known_and_unknown_take_the_same_time(deployment: Deployment) -> None:
    """Every answer comes after the same floor, which is longer than the work behind it takes."""
    await a_person(deployment)
    took: dict[str, list[float]] = {MIRA: [], "nobody@example.com": []}
    for email in [*took] * 8:
        browser = deployment.browser()
        named = await browser.submit(Page.read(await browser.get("/login")), username=email)
        waiting = Page.read(await browser.get(f"/login/email?interaction={Page.read(named).fields['interaction']}"))
        began = time.perf_counter()
        await browser.http.post(waiting.action, data={**waiting.fields, "send": "1"})
        took[email].append(time.perf_counter() - began)

    known, unknown = (statistics.median(each) for each in took.values())
    assert abs(known - unknown) < 0.05 * max(known, unknown)
