"""A password that came by mail, and a code by mail: one mailbox, one thing (I06)."""

import httpx2

from hibana_op.login import recovered
from hibana_op.login.second_factors import enrolment
from hibana_op.records.users import User
from tests.deployment import Browser, Deployment, Page
from tests.make import make_user
from tests.pages.mailing import link_in, mails_to
from tests.passkeys import answer, give, live, newest
from tests.second_factors import ORIGIN, code_of, deployment, newest_code, with_app, with_mailbox

__all__ = ["deployment"]

WORDS = "a sentence of several words"


async def recover(deployment: Deployment, user: User, password: str = WORDS, **fields: str) -> None:
    """Set a new password by a link to the person's mailbox."""
    browser = deployment.browser()
    await browser.submit(Page.read(await browser.get("/recover")), username=user.email)
    letter = next(mail for mail in await mails_to(deployment.op, user.email) if "/reset?" in mail.text_body)
    done = await browser.submit(Page.read(await browser.get(link_in(letter))), password=password, **fields)
    assert done.status_code == 200


async def sign_in(browser: Browser, user: User, password: str = WORDS) -> httpx2.Response:
    return await browser.sign_in(await browser.get("/login"), user, password=password)


async def test_I06_whoever_reads_the_mail_alone_does_not_get_in(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    await with_mailbox(deployment.op, user)
    deployment.clock.advance(3600)
    await recover(deployment, user, end_others="1")
    browser = deployment.browser()

    page = await sign_in(browser, user)

    assert (page.url.path, page.status_code) == ("/login/set-up", 403)
    assert "a code by email is not enough" in page.text
    interaction = page.url.params["interaction"]
    csrf = Page.read(await browser.get("/login")).fields["csrf"]
    for fields in ({"method": "email", "send": "1"}, {"method": "email", "code": "123456"}, {}):
        sent = {"csrf": csrf, "interaction": interaction, **fields}
        assert (await browser.http.post("/login/mfa", data=sent)).headers["location"].startswith("/login/set-up?")
        assert (await browser.http.post("/login/set-up", data=sent)).status_code == 403
    await browser.get(f"/login/continue?interaction={interaction}")
    assert "__Host-hibana_session" not in browser.http.cookies
    assert await live(deployment, user) == 0


async def test_I06_a_password_that_came_otherwise_and_a_code_by_mail_are_two_things(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    await with_mailbox(deployment.op, user)
    deployment.clock.advance(3600)
    browser = deployment.browser()
    page = await browser.sign_in(await browser.get("/login"), user)

    sent = await browser.submit(Page.read(page), send="1")
    await browser.submit(Page.read(sent), code=await newest_code(deployment.op))

    assert (await newest(deployment, user)).acr == "urn:hibana:loa:2"


async def test_I06_with_another_thing_it_gets_in_and_counts_by_itself_from_then_on(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    await with_mailbox(deployment.op, user)
    secret = await with_app(deployment.op, user)
    deployment.clock.advance(3600)
    await recover(deployment, user)
    browser = deployment.browser()
    page = await sign_in(browser, user)
    assert "data-method" not in page.text

    await browser.submit(Page.read(page), code=code_of(secret, deployment.op))

    session = await newest(deployment, user)
    assert (session.acr, session.amr) == ("urn:hibana:loa:2", ("pwd", "otp", "mfa"))
    deployment.clock.advance(60)
    assert 'name="method" value="email"' in (await sign_in(deployment.browser(), user)).text


async def test_I06_the_next_link_by_mail_begins_it_anew(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    await with_mailbox(deployment.op, user)
    (code, *_) = await enrolment.make_backup_codes(deployment.op, user, ORIGIN)
    deployment.clock.advance(3600)
    await recover(deployment, user)
    browser = deployment.browser()
    await browser.submit(Page.read(await sign_in(browser, user)), code=code)
    assert (await newest(deployment, user)).acr == "urn:hibana:loa:2"
    deployment.clock.advance(3600)

    await recover(deployment, user, "another sentence of words")

    page = await sign_in(deployment.browser(), user, "another sentence of words")
    assert 'name="method" value="backup_code"' in page.text
    assert 'data-method="email"' not in page.text


async def test_I06_alone_it_is_one_factor_and_says_so(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    await recover(deployment, user)

    await sign_in(deployment.browser(), user)

    session = await newest(deployment, user)
    assert (session.acr, session.amr) == ("urn:hibana:loa:1", ("pwd",))
    assert await recovered.proves(deployment.op.db, user.id) == ("mailbox",)


async def test_a_passkey_and_a_change_in_the_account_make_it_a_password_again(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user)
    await with_mailbox(deployment.op, user)
    await recover(deployment, user)
    browser = deployment.browser()
    await browser.get((await answer(browser, passkey)).json()["next"])

    page = Page.read(await browser.get("/account/password"))
    await browser.submit(page, current_password=WORDS, password="a third sentence of words")

    assert await recovered.proves(deployment.op.db, user.id) == ("password",)


async def test_whoever_sets_codes_by_mail_up_with_it_is_not_shut_out(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    await recover(deployment, user)
    await with_mailbox(deployment.op, user)
    deployment.clock.advance(3600)

    page = await sign_in(deployment.browser(), user)

    assert (page.status_code, page.url.path) == (200, "/login/mfa")
    assert await recovered.proves(deployment.op.db, user.id) == ("password",)
