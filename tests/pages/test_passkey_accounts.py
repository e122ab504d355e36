"""Several people with passkeys in one browser: the badge of the last way in, and the choice of an account."""

import httpx2

from hibana_op.web.words import say
from tests.authenticator import SoftPasskey
from tests.deployment import Browser, Deployment, Page
from tests.flows.conftest import deployment
from tests.make import PASSWORD, make_client, make_user
from tests.passkeys import ANSWER, answer, begin, call, give
from tests.second_factors import with_app

__all__ = ["deployment"]

BADGE = f'<span class="badge">{say("en", "login.last_used")}</span>'
BUTTON = f"<span>{say('en', 'passkeys.sign_in')}</span> {BADGE}</button>"


async def use(browser: Browser, passkey: SoftPasskey) -> httpx2.Response:
    done = await answer(browser, passkey)
    assert done.status_code == 200
    return await browser.get(done.json()["next"])


async def test_a_passkey_that_was_used_last_comes_first_with_the_badge(deployment: Deployment) -> None:
    client, passkey = await make_client(deployment.op), await give(deployment, await make_user(deployment.op))
    browser = deployment.browser()
    before = (await browser.authorize(client)).text
    assert BADGE not in before
    assert before.index('id="username"') < before.index('id="passkey"')

    await use(browser, passkey)

    after = (await browser.authorize(client, prompt="login")).text
    assert BUTTON in " ".join(after.split())
    assert after.count(BADGE) == 1
    assert after.index('id="passkey"') < after.index('id="username"')


async def test_a_passkey_as_the_second_step_leaves_the_badge_with_the_password(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    passkey = await give(deployment, user)
    await with_app(deployment.op, user)
    browser = deployment.browser()
    asked = await browser.submit(Page.read(await browser.authorize(client)), username=user.email)
    second = await browser.submit(Page.read(asked), password=PASSWORD)
    options, csrf = await begin(browser, interaction=second.url.params["interaction"], more=True)
    assert (await call(browser, ANSWER, passkey.get(options), csrf)).status_code == 200

    page = (await browser.authorize(client, prompt="login")).text

    assert f'id="continue">{say("en", "login.continue")} {BADGE}</button>' in page


async def test_accounts_that_came_by_passkey_are_there_to_choose_from(deployment: Deployment) -> None:
    alice, bob = await make_user(deployment.op), await make_user(deployment.op)
    client = await make_client(deployment.op, first_party=True)
    browser = deployment.browser()
    for user in (alice, bob):
        await use(browser, await give(deployment, user))

    page = await browser.authorize(client, prompt="select_account")

    assert page.url.path == "/login/accounts"
    assert alice.email in page.text
    assert bob.email in page.text
    assert page.text.count(say("en", "accounts.signed_in")) == 2
