"""Forms from before a sign-in in another tab: the visit goes on, and the form itself changes nothing (G01)."""

import httpx2
import pytest

from tests.deployment import Browser, Deployment, Page, answer
from tests.make import make_client, make_user


async def posted(browser: Browser, page: httpx2.Response, **fields: str) -> httpx2.Response:
    form = Page.read(page)
    return await browser.http.post(form.action, data={**form.fields, **fields})


async def test_a_form_from_before_the_sign_in_goes_on_with_the_session_there_is(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op, first_party=True)
    browser = deployment.browser()
    waiting = await browser.submit(Page.read(await browser.authorize(client)), username=user.email)
    await browser.sign_in(await browser.get("/login"), user)
    before = await deployment.op.db.all("SELECT id, token_hash FROM sessions")

    led = await posted(browser, waiting, password="whatever is in it does not count")

    assert led.status_code == 303
    assert answer(await browser.get(led.headers["location"]))["code"]
    assert await deployment.op.db.all("SELECT id, token_hash FROM sessions") == before
    assert await deployment.op.db.all("SELECT * FROM failed_logins") == []


async def test_a_form_that_names_no_sign_in_leads_to_the_front_page(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = deployment.browser()
    waiting = await browser.get("/login")
    await browser.sign_in(await browser.get("/login"), user)

    led = await posted(browser, waiting, username=user.email)

    assert (led.status_code, led.headers["location"]) == (303, "/")


@pytest.mark.parametrize("where", ["another browser", "another site"])
async def test_G01_a_form_from_elsewhere_is_refused_as_before(deployment: Deployment, where: str) -> None:
    user = await make_user(deployment.op)
    browser, other = deployment.browser(), deployment.browser()
    waiting = await (other if where == "another browser" else browser).get("/login")
    await browser.sign_in(await browser.get("/login"), user)
    form = Page.read(waiting)
    headers = {"Sec-Fetch-Site": "cross-site" if where == "another site" else "same-origin"}

    refused = await browser.http.post(form.action, data={**form.fields, "username": user.email}, headers=headers)

    assert refused.status_code == 403


async def test_G01_an_account_page_does_not_take_the_token_from_before_the_sign_in(deployment: Deployment) -> None:
    user = await make_user(deployment.op, name="Alice Yamada")
    browser = deployment.browser()
    before = Page.read(await browser.get("/login")).fields["csrf"]
    await browser.sign_in(await browser.get("/login"), user)

    refused = await browser.http.post("/account/profile", data={"csrf": before, "name": "Mallory"})

    assert refused.status_code == 403
    assert "Mallory" not in (await browser.get("/account/profile")).text
