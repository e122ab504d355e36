"""Signing up: the address is confirmed first, nobody learns who has an account, and a link counts once."""

import asyncio
from pathlib import Path

import httpx2
import pytest

from hibana_op.foundation.origin import Origin
from hibana_op.login import confirmation, mail_pace, sign_up
from hibana_op.records import audit_log, credentials, users
from hibana_op.records.users import User
from tests.deployment import Browser, Deployment, Page, answer, deploy
from tests.make import make_client, make_user
from tests.pages.mailing import link_in, mailing, mails_to
from tests.policies import choose

__all__ = ["mailing"]

WORDS = "a sentence of several words"
NEW = "new.person@example.com"


async def ask(browser: Browser, email: str, *, at: str = "/signup") -> httpx2.Response:
    return await browser.submit(Page.read(await browser.get(at)), email=email)


async def follow(browser: Browser, url: str, password: str = WORDS, **fields: str) -> httpx2.Response:
    return await browser.submit(Page.read(await browser.get(url)), password=password, **fields)


async def sign_up_as(deployment: Deployment, email: str = NEW) -> Browser:
    browser = deployment.browser()
    await ask(browser, email)
    await follow(browser, link_in((await mails_to(deployment.op, email))[0]), name="New Person")
    return browser


async def found(deployment: Deployment, email: str = NEW) -> User | None:
    return await users.find_by_login(deployment.op.db, email)


async def test_a_person_signs_up_confirms_the_address_and_is_signed_in(mailing: Deployment) -> None:
    browser = mailing.browser()
    sent = await ask(browser, NEW)
    assert NEW in sent.text
    assert await found(mailing) is None

    landed = await follow(browser, link_in((await mails_to(mailing.op, NEW))[0]), name="New Person")

    user = await found(mailing)
    assert user is not None
    assert (user.email, user.email_verified, user.name, user.locale) == (NEW, True, "New Person", "en")
    assert landed.url.path == "/account"
    assert {"user:account:created", "user:login:succeeded"} <= {
        entry.action for entry in await audit_log.page(mailing.op.db)
    }
    again = mailing.browser()
    assert "/login" not in str((await again.sign_in(await again.get("/login"), user, WORDS)).url)


async def test_a_sign_up_for_an_app_ends_at_the_app(mailing: Deployment) -> None:
    client = await make_client(mailing.op, first_party=True)
    browser = mailing.browser()
    page = await browser.authorize(client, prompt="create")
    assert page.url.path == "/signup"
    await browser.submit(Page.read(page), email=NEW)

    landed = await follow(browser, link_in((await mails_to(mailing.op, NEW))[0]))

    assert answer(landed)["code"]


async def test_a_link_opened_in_another_browser_makes_the_account_there(mailing: Deployment) -> None:
    await ask(mailing.browser(), NEW)
    other = mailing.browser()
    landed = await follow(other, link_in((await mails_to(mailing.op, NEW))[0]))

    assert landed.url.path == "/account"
    assert await found(mailing) is not None


async def test_H01_a_taken_address_answers_like_a_new_one_and_its_owner_is_told(mailing: Deployment) -> None:
    user = await make_user(mailing.op, locale="en")
    taken, new = [await ask(mailing.browser(), email) for email in (user.email, NEW)]

    assert taken.status_code == new.status_code == 200
    assert (taken.url.path, new.url.path) == ("/verify-email", "/verify-email")
    assert masked(taken, user.email) == masked(new, NEW)
    assert taken.headers.keys() == new.headers.keys()
    (told,) = await mails_to(mailing.op, user.email)
    assert told.subject == "You already have a Hibana account"
    assert "token=" not in told.text_body


def masked(response: httpx2.Response, email: str) -> str:
    fields = Page.read(response).fields
    text = response.text.replace(email, "EMAIL")
    for name in ("csrf", "interaction"):
        text = text.replace(fields[name], name)
    return text


async def test_H09_looking_at_a_link_does_not_use_it(mailing: Deployment) -> None:
    browser = mailing.browser()
    await ask(browser, NEW)
    url = link_in((await mails_to(mailing.op, NEW))[0])
    for _ in range(3):
        assert (await mailing.browser().get(url)).status_code == 200
    assert await found(mailing) is None

    assert (await follow(browser, url)).url.path == "/account"
    assert await found(mailing) is not None


async def test_H09_a_link_is_used_once_also_by_two_at_the_same_moment(mailing: Deployment) -> None:
    await ask(mailing.browser(), NEW)
    url = link_in((await mails_to(mailing.op, NEW))[0])
    browsers = [mailing.browser() for _ in range(4)]
    pages = [Page.read(await browser.get(url)) for browser in browsers]
    landed = await asyncio.gather(
        *(browser.submit(page, password=WORDS) for browser, page in zip(browsers, pages, strict=True))
    )

    assert sorted(response.url.path for response in landed) == ["/account", *["/verify-email"] * 3]
    assert (await mailing.browser().get(url)).status_code == 400


@pytest.mark.parametrize("late", [0, 1])
async def test_H09_a_link_lives_for_an_hour(mailing: Deployment, late: int) -> None:
    browser = mailing.browser()
    await ask(browser, NEW)
    url = link_in((await mails_to(mailing.op, NEW))[0])
    mailing.clock.advance(3599 + late)

    assert (await browser.get(url)).status_code == (400 if late else 200)


async def test_H09_a_newer_link_ends_the_one_before(mailing: Deployment) -> None:
    browser = mailing.browser()
    await ask(browser, NEW)
    first = link_in((await mails_to(mailing.op, NEW))[0])
    mailing.clock.advance(confirmation.PAUSE)
    await ask(browser, NEW)
    newest = link_in((await mails_to(mailing.op, NEW))[0])

    assert first != newest
    assert (await browser.get(first)).status_code == 400
    assert (await browser.get(newest)).status_code == 200


async def test_H09_a_link_is_good_for_its_own_purpose_only(mailing: Deployment) -> None:
    browser = mailing.browser()
    await ask(browser, NEW)
    token = link_in((await mails_to(mailing.op, NEW))[0]).partition("token=")[2]

    assert (await browser.get(f"/reset?token={token}")).status_code == 400
    assert (await browser.get(f"/invite/{token}")).status_code == 400
    assert (await browser.get(f"/verify-email?token={token}")).status_code == 200


async def test_a_link_whose_address_was_taken_meanwhile_makes_nobody(mailing: Deployment) -> None:
    browser = mailing.browser()
    await ask(browser, NEW)
    page = Page.read(await browser.get(link_in((await mails_to(mailing.op, NEW))[0])))
    owner = await make_user(mailing.op, email=NEW.upper())

    assert (await browser.submit(page, password=WORDS)).status_code == 400
    user = await found(mailing)
    assert user is not None
    assert user.id == owner.id


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("x" * 14, "too short"),
        ("x" * 1025, "too long"),
        ("passwordpassword", "easy to guess"),
        ("New.Person-2026-example", "words that belong to you"),
    ],
    ids=["short", "long", "common", "of context"],
)
async def test_H07_a_weak_password_is_refused_and_the_link_stays(mailing: Deployment, password: str, told: str) -> None:
    browser = mailing.browser()
    await ask(browser, NEW)
    url = link_in((await mails_to(mailing.op, NEW))[0])
    refused = await follow(browser, url, password, name="Kept Name")

    assert refused.status_code == 400
    assert told in refused.text
    assert "Kept Name" in refused.text
    assert password not in refused.text
    assert (await follow(browser, url)).url.path == "/account"


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b@c", "a b@example.com", "x" * 400 + "@example.com", "a@x\nBcc: b@y"]
)
async def test_what_is_no_address_is_asked_for_again(mailing: Deployment, email: str) -> None:
    asked = await ask(mailing.browser(), email)

    assert asked.status_code == 400
    assert "Enter an email address" in asked.text


async def test_an_address_gets_few_mails_an_hour_and_nobody_is_told(mailing: Deployment) -> None:
    answers = [await ask(mailing.browser(), NEW) for _ in range(mail_pace.MOST_TO_AN_ADDRESS + 1)]

    assert {response.status_code for response in answers} == {200}
    assert len(await mails_to(mailing.op, NEW)) == mail_pace.MOST_TO_AN_ADDRESS


async def test_one_place_may_not_have_many_mails_sent(mailing: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_pace, "MOST_FROM_A_PLACE", 2)
    answers = [await ask(mailing.browser(), f"person{number}@example.com") for number in range(3)]

    assert [response.status_code for response in answers] == [200, 200, 429]
    assert "Try again in about 60 min" in answers[2].text


async def test_G01_a_form_from_elsewhere_neither_asks_for_mail_nor_uses_a_link(mailing: Deployment) -> None:
    browser = mailing.browser()
    page = Page.read(await browser.get("/signup"))
    assert (await browser.submit(page, email=NEW, csrf="wrong")).status_code == 403
    assert await mails_to(mailing.op, NEW) == []

    await browser.submit(page, email=NEW)
    url = link_in((await mails_to(mailing.op, NEW))[0])
    page = Page.read(await browser.get(url))
    assert (await browser.submit(page, password=WORDS, csrf="wrong")).status_code == 403
    assert await found(mailing) is None


@pytest.mark.parametrize(("mode", "told"), [("invite", "made by invitation"), ("off", "No new accounts")])
async def test_a_closed_deployment_says_so_and_takes_nobody(
    database_url: str, tmp_path: Path, mode: str, told: str
) -> None:
    async with deploy(database_url, tmp_path, HIBANA_SIGNUP=mode) as closed:
        browser = closed.browser()
        page = await browser.get("/signup")
        assert told in page.text
        csrf = Page.read(await browser.get("/login")).fields["csrf"]
        posted = await browser.http.post("/signup", data={"csrf": csrf, "email": NEW})
        assert told in posted.text
        client = await make_client(closed.op)
        assert (await browser.authorize(client, prompt="create")).url.path == "/login"


async def test_an_invitation_makes_the_account_it_is_for(mailing: Deployment) -> None:
    _, told = await sign_up.invite(
        mailing.op, NEW, name="New Person", language="en", lifetime=86400, origin=Origin.command("test")
    )
    assert told is None  # it goes to the mailbox and nowhere else
    (message,) = await mails_to(mailing.op, NEW)
    assert "until 16 January 2027" in message.text_body
    browser = mailing.browser()
    page = await browser.get(link_in(message))
    assert 'value="New Person"' in page.text
    assert "Your invitation works until" in page.text
    assert 'datetime="2027-01-16T08:00:00' in page.text

    await browser.submit(Page.read(page), password=WORDS, email="somebody.else@example.com")

    user = await found(mailing)
    assert user is not None
    assert user.email_verified
    assert await credentials.find_password_hash(mailing.op.db, user.id) is not None
    assert (await browser.get(link_in(message))).status_code == 400


async def test_P06_an_invitation_ends_in_time(mailing: Deployment) -> None:
    await sign_up.invite(mailing.op, NEW, name=None, language="en", lifetime=60, origin=Origin.command("test"))
    url = link_in((await mails_to(mailing.op, NEW))[0])
    mailing.clock.advance(60)

    assert (await mailing.browser().get(url)).status_code == 400


async def test_nobody_makes_an_account_that_could_begin_with_nothing(mailing: Deployment) -> None:
    await choose(mailing.op, sign_in={"methods": ["email", "provider"]})
    browser = mailing.browser()

    page = await browser.get("/signup")

    assert "<form" not in page.text
    own_form = Page.read(await browser.get("/login"))
    own_form.action = "/signup"
    assert "<form" not in (await browser.submit(own_form, email=NEW)).text
    assert await mails_to(mailing.op, NEW) == []
