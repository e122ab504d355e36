"""The code beside the link: in the browser that asked, for ten minutes, a few tries, once; and it tells nobody more."""

import asyncio
import re

import httpx2
import pytest

from hibana_op.login import confirmation
from hibana_op.records import users
from hibana_op.records.outbox import OutgoingMessage
from tests.deployment import Browser, Deployment, Page
from tests.make import make_user
from tests.pages.account.test_email import ask as ask_for_change
from tests.pages.account.test_password import signed_in
from tests.pages.mailing import link_in, mailing, mails_to
from tests.pages.test_signup import NEW, WORDS, ask, found, masked

__all__ = ["mailing"]


def code_in(message: OutgoingMessage) -> str:
    """The code that a mail carries, in both of its parts."""
    written = re.search(r"\b\d{6}$", message.text_body, re.MULTILINE)
    assert written is not None, message.text_body
    assert written[0] in message.html_body
    return written[0]


async def newest_code(deployment: Deployment, address: str = NEW) -> str:
    return code_in((await mails_to(deployment.op, address))[0])


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def type_code(browser: Browser, page: httpx2.Response, code: str) -> httpx2.Response:
    return await browser.submit(Page.read(page), code=code)


async def test_a_code_leads_on_to_the_account_like_the_link(mailing: Deployment) -> None:
    browser = mailing.browser()
    asked = await type_code(browser, await ask(browser, NEW), await newest_code(mailing))
    assert "Set up your account" in asked.text

    landed = await browser.submit(Page.read(asked), password=WORDS)

    assert landed.url.path == "/account"
    user = await found(mailing)
    assert user is not None
    assert user.email_verified


@pytest.mark.parametrize("shape", ["{0}", "１２３", " {0} ", "{1} {2}", "{1}-{2}"])
async def test_a_code_may_be_typed_in_full_width_digits_and_with_spaces(mailing: Deployment, shape: str) -> None:
    browser = mailing.browser()
    page = await ask(browser, NEW)
    code = await newest_code(mailing)
    wide = code.translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)})
    typed = wide if shape == "１２３" else shape.format(code, code[:3], code[3:])

    assert "Set up your account" in (await type_code(browser, page, typed)).text


async def test_H01_typing_a_code_for_a_taken_address_answers_like_a_wrong_one(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    answers = []
    for email in (user.email, NEW):
        browser = mailing.browser()
        page = await ask(browser, email)
        wrong = another(await newest_code(mailing)) if email == NEW else "123456"
        told = [await type_code(browser, page, wrong) for _ in range(confirmation.MOST_TRIES + 1)]
        again = await ask(browser, email)
        answers.append([(each.status_code, masked(each, email)) for each in (*told, again)])

    assert answers[0] == answers[1]
    assert [status for status, _ in answers[0]] == [*[400] * confirmation.MOST_TRIES, 429, 429]


async def test_H09_a_code_counts_in_the_browser_that_asked_only(mailing: Deployment) -> None:
    browser, other = mailing.browser(), mailing.browser()
    await ask(browser, NEW)
    code = await newest_code(mailing)
    page = await ask(other, f"other.{NEW}")

    refused = await other.http.post(
        "/verify-email", data={"csrf": Page.read(page).fields["csrf"], "email": NEW, "code": code}
    )

    assert refused.status_code == 400
    assert await found(mailing) is None


@pytest.mark.parametrize("late", [0, 1])
async def test_H09_a_code_lives_for_ten_minutes(mailing: Deployment, late: int) -> None:
    browser = mailing.browser()
    page = await ask(browser, NEW)
    mailing.clock.advance(confirmation.LIFETIME - 1 + late)

    answered = await type_code(browser, page, await newest_code(mailing))

    assert answered.status_code == (400 if late else 200)


async def test_H09_a_code_is_tried_a_few_times_and_then_not_even_the_right_one_counts(mailing: Deployment) -> None:
    browser = mailing.browser()
    page = await ask(browser, NEW)
    code = await newest_code(mailing)
    for _ in range(confirmation.MOST_TRIES):
        assert "code is not correct" in (await type_code(browser, page, another(code))).text

    late = await type_code(browser, page, code)

    assert late.status_code == 429
    assert "Open the link in the mail" in late.text
    assert (await browser.get(link_in((await mails_to(mailing.op, NEW))[0]))).status_code == 200


async def test_H04_parallel_guesses_of_a_code_cannot_pass_the_limit_together(mailing: Deployment) -> None:
    browser = mailing.browser()
    page = await ask(browser, NEW)
    code = await newest_code(mailing)
    wrong = [f"{(int(code) + step) % 10**6:06}" for step in range(1, 20)]

    statuses = [each.status_code for each in await asyncio.gather(*(type_code(browser, page, each) for each in wrong))]

    assert statuses.count(400) == confirmation.MOST_TRIES
    assert statuses.count(429) == len(wrong) - confirmation.MOST_TRIES


async def test_H09_a_code_is_used_once_also_at_the_same_moment_and_ends_the_link_beside_it(mailing: Deployment) -> None:
    browser = mailing.browser()
    page = await ask(browser, NEW)
    message = (await mails_to(mailing.op, NEW))[0]

    answers = await asyncio.gather(*(type_code(browser, page, code_in(message)) for _ in range(3)))

    assert sorted(each.status_code for each in answers) == [200, 400, 400]
    assert (await mailing.browser().get(link_in(message))).status_code == 400


async def test_H09_a_newer_code_ends_the_one_before_and_is_sent_after_a_pause(mailing: Deployment) -> None:
    browser = mailing.browser()
    await ask(browser, NEW)
    first = await newest_code(mailing)
    soon = await ask(browser, NEW)
    assert soon.status_code == 429
    assert f"{confirmation.PAUSE} s" in soon.text
    assert len(await mails_to(mailing.op, NEW)) == 1
    mailing.clock.advance(confirmation.PAUSE)

    page = await ask(browser, NEW)

    newest = await newest_code(mailing)
    if first != newest:
        assert (await type_code(browser, page, first)).status_code == 400
    assert (await type_code(browser, page, newest)).status_code == 200


async def test_H09_the_database_alone_does_not_tell_a_code(mailing: Deployment) -> None:
    browser = mailing.browser()
    await ask(browser, NEW)
    code = await newest_code(mailing)

    rows = await mailing.op.db.all("SELECT * FROM verification_tokens")

    assert len(rows) == 2
    assert all(code not in str(value) for row in rows for value in dict(row).values())


async def test_no_code_at_all_is_asked_for_again(mailing: Deployment) -> None:
    browser = mailing.browser()
    page = await ask(browser, NEW)

    assert "Enter the code" in (await type_code(browser, page, " ")).text


async def test_G01_a_code_from_a_foreign_form_is_not_taken(mailing: Deployment) -> None:
    browser = mailing.browser()
    page = await ask(browser, NEW)

    refused = await browser.submit(Page.read(page), code=await newest_code(mailing), csrf="wrong")

    assert refused.status_code == 403


async def test_a_change_of_address_is_confirmed_by_code(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    browser = await signed_in(mailing, user)
    page = await ask_for_change(browser)
    address = "new.address@example.com"
    message = (await mails_to(mailing.op, address))[0]
    wrong = await browser.submit(Page.read(page), email=address, code=another(code_in(message)))
    assert wrong.status_code == 400
    assert (await users.get(mailing.op.db, user.id)).email == user.email

    done = await browser.submit(Page.read(wrong), code=code_in(message))

    assert done.status_code == 200
    changed = await users.get(mailing.op.db, user.id)
    assert (changed.email, changed.email_verified) == (address, True)
    assert (await browser.get(link_in(message))).status_code == 400
