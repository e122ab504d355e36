"""The offer of a passkey after a password: only where one can be made, and never in the way."""

import httpx2

from hibana_op.records.clients import Client
from hibana_op.records.users import User
from tests.deployment import Browser, Deployment, Page
from tests.flows.conftest import deployment
from tests.make import PASSWORD, make_client, make_user
from tests.passkeys import give

__all__ = ["deployment"]


async def arrive(browser: Browser, client: Client, user: User, **more: str) -> httpx2.Response:
    """Sign in for an app with a password, in a browser whose script says what it can."""
    asked = await browser.submit(Page.read(await browser.authorize(client)), username=user.email)
    return await browser.submit(Page.read(asked), password=PASSWORD, **more)


async def test_a_browser_that_can_make_one_is_offered_one_and_goes_on(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op, first_party=True)
    browser = deployment.browser()

    offer = await arrive(browser, client, user, passkeys="1")

    assert offer.url.path == "/login/passkey-offer"
    back = await browser.submit(Page.read(offer), decision="later")
    assert "code=" in back.headers["location"]
    assert (await arrive(deployment.browser(), client, user, passkeys="1")).url.path == "/login/passkey-offer"


async def test_a_browser_that_cannot_is_not(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op, first_party=True)

    assert "code=" in (await arrive(deployment.browser(), client, user)).headers["location"]


async def test_who_has_one_or_wants_none_is_not_asked(deployment: Deployment) -> None:
    owner, other = await make_user(deployment.op), await make_user(deployment.op)
    client = await make_client(deployment.op, first_party=True)
    await give(deployment, owner)
    assert "code=" in (await arrive(deployment.browser(), client, owner, passkeys="1")).headers["location"]
    browser = deployment.browser()
    offer = await arrive(browser, client, other, passkeys="1")
    declined = await browser.http.post(Page.read(offer).action, data={**Page.read(offer).fields, "decision": "never"})
    assert "__Host-hibana_no_offer=1" in declined.headers["set-cookie"]
    await browser.get(declined.headers["location"])

    again = await browser.authorize(client, prompt="login")
    asked = await browser.submit(Page.read(again), username=other.email)
    assert "code=" in (await browser.submit(Page.read(asked), password=PASSWORD, passkeys="1")).headers["location"]


async def test_proving_oneself_on_the_way_to_the_account_is_not_held_up(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = deployment.browser()
    asked = await browser.submit(Page.read(await browser.get("/login?return=/account/security")), username=user.email)

    page = await browser.submit(Page.read(asked), password=PASSWORD, passkeys="1")

    assert page.url.path == "/account/security"


async def test_without_a_session_there_is_no_offer(deployment: Deployment) -> None:
    client = await make_client(deployment.op)
    browser = deployment.browser()
    interaction = Page.read(await browser.authorize(client)).fields["interaction"]

    page = await browser.get(f"/login/passkey-offer?interaction={interaction}")

    assert page.url.path == "/login"
