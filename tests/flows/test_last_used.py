"""The way by which somebody last signed in is marked on the sign-in page of that browser, and of no other."""

from hibana_op.web.words import say
from tests.deployment import Deployment, Page
from tests.make import make_client, make_user

BADGE = f'<span class="badge">{say("en", "login.last_used")}</span>'


async def test_the_last_way_in_is_marked(deployment: Deployment) -> None:
    client, user = await make_client(deployment.op, first_party=True), await make_user(deployment.op)
    browser = deployment.browser()
    first = await browser.authorize(client)
    assert BADGE not in first.text
    await browser.sign_in(first, user)

    again = await browser.authorize(client, prompt="login")

    assert f'id="continue">{say("en", "login.continue")} {BADGE}</button>' in again.text
    assert BADGE not in (await deployment.browser().authorize(client)).text


async def test_a_sign_in_that_fails_is_not_remembered(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = deployment.browser()
    page = await browser.submit(Page.read(await browser.get("/login")), username=user.email)
    await browser.submit(Page.read(page), password="not the password")

    assert BADGE not in (await browser.get("/login")).text


async def test_what_a_cookie_says_is_not_shown(deployment: Deployment) -> None:
    browser = deployment.browser()
    browser.http.cookies.set("__Host-hibana_last_used", "<b>evil</b>")

    page = await browser.get("/login")

    assert page.status_code == 200
    assert "evil" not in page.text
