"""Whoever has set up a second factor is asked for it, whichever way they come (I01)."""

from collections.abc import Awaitable, Callable

import httpx2
import pytest

from hibana_op.login.second_factors import enrolment
from hibana_op.records import two_factor
from hibana_op.records.users import User
from tests.authenticator import SYNCED, VERIFIED
from tests.deployment import Browser, Deployment, Page
from tests.make import PASSWORD, make_client, make_user
from tests.pages.mailing import link_in, mails_to
from tests.passkeys import ANSWER, begin, call, give, live
from tests.second_factors import ORIGIN, code_of, deployment, with_app

__all__ = ["deployment"]

WORDS = "a sentence of several words"


async def by_password(deployment: Deployment, browser: Browser, login: httpx2.Response, user: User) -> httpx2.Response:
    return await browser.sign_in(login, user)


async def by_reset(deployment: Deployment, browser: Browser, login: httpx2.Response, user: User) -> httpx2.Response:
    """By a password that was set a moment ago, by mail."""
    interaction = Page.read(login).fields["interaction"]
    recover = Page.read(await browser.get(f"/recover?interaction={interaction}"))
    await browser.submit(recover, username=user.email)
    letter = next(mail for mail in await mails_to(deployment.op, user.email) if "/reset?" in mail.text_body)
    await browser.submit(Page.read(await browser.get(link_in(letter))), password=WORDS, end_others="1")
    return await browser.sign_in(await browser.get(f"/login?interaction={interaction}"), user, password=WORDS)


async def by_passkey(deployment: Deployment, browser: Browser, login: httpx2.Response, user: User) -> httpx2.Response:
    """By a passkey that recognised nobody."""
    await enrolment.remove(deployment.op, user, "totp", ORIGIN)
    passkey = await give(deployment, user)
    await with_app(deployment.op, user)
    await deployment.op.db.run("DELETE FROM sessions")
    options, csrf = await begin(browser, interaction=Page.read(login).fields["interaction"])
    done = await call(browser, ANSWER, passkey.get(options, flags=SYNCED & ~VERIFIED), csrf)
    return await browser.get(done.json()["next"])


WAYS = {"password": by_password, "reset": by_reset, "passkey": by_passkey}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_I01_no_way_leads_past_the_second_step(
    deployment: Deployment, way: Callable[[Deployment, Browser, httpx2.Response, User], Awaitable[httpx2.Response]]
) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op, first_party=True)
    await with_app(deployment.op, user)
    deployment.clock.advance(3600)
    browser = deployment.browser()
    login = await browser.authorize(client)
    interaction = Page.read(login).fields["interaction"]

    asked = await way(deployment, browser, login, user)

    assert asked.url.path == "/login/mfa"
    csrf = Page.read(asked).fields["csrf"]
    for path in ("/login/continue", "/consent", "/login/passkey-offer", "/login/accounts", "/login/keep"):
        answer = await browser.get(f"{path}?interaction={interaction}")
        assert "code=" not in answer.headers.get("location", "")
        sent = {"csrf": csrf, "interaction": interaction, "decision": "allow", "account": "x"}
        answer = await browser.http.post(path, data=sent)
        assert "code=" not in answer.headers.get("location", "")
    assert (await browser.get("/account")).url.path == "/login"
    assert await live(deployment, user) == 0

    app = await secret_of(deployment, user)
    back = await browser.submit(Page.read(await browser.get(str(asked.url))), code=code_of(app, deployment.op, steps=1))
    assert "code=" in back.headers["location"]


async def secret_of(deployment: Deployment, user: User) -> str:
    """What the person's app has."""
    kept = await two_factor.find_app(deployment.op.db, user.id)
    assert kept is not None
    return deployment.op.vault.open(kept.secret_sealed, two_factor.sealed_name(user.id)).decode()


async def test_I01_a_factor_set_up_meanwhile_is_asked_for(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op, first_party=True)
    browser = deployment.browser()
    page = await browser.submit(Page.read(await browser.authorize(client)), username=user.email)
    await with_app(deployment.op, user)

    asked = await browser.submit(Page.read(page), password=PASSWORD)

    assert asked.url.path == "/login/mfa"
    assert await live(deployment, user) == 0
