"""`/account/linked`: a person links accounts elsewhere to their own, and unlinks them."""

import httpx2
import pytest

from hibana_op.login.federation import providers
from hibana_op.pages.account.person import FRESH_FOR
from hibana_op.records import outbox, user_identities
from tests.deployment import Browser, Deployment, Page
from tests.flows.federation.upstream import (
    SUBJECT,
    Upstream,
    add,
    an_app,
    come_back,
    departed,
    events,
    linked_person,
    refused,
    signed_in,
)
from tests.flows.registering import COMMAND
from tests.make import make_user

PATH = "/account/linked"


async def entered(deployment: Deployment) -> tuple[Browser, str]:
    """The browser of somebody who has just signed in with their password, and their id."""
    user = await make_user(deployment.op)
    browser = deployment.browser()
    await browser.sign_in(await browser.get("/login"), user)
    return browser, user.id


async def go(browser: Browser, server: Upstream, *, slug: str = "acme") -> str:
    """Leave from the page to the provider; the state that comes back."""
    page = Page.read(await browser.get(PATH))
    assert page.response.status_code == 200, page.response.text
    return departed(await browser.submit(page, provider=slug), browser, server)


async def linked(deployment: Deployment, user_id: str) -> list[str]:
    """The accounts that somebody has linked."""
    return [each.subject for each in await user_identities.of_user(deployment.op.db, user_id)]


async def mailed(deployment: Deployment) -> list[str]:
    """The subjects of the mail that waits."""
    return [message.subject for message in await outbox.latest(deployment.op.db, deployment.op.vault)]


async def test_a_person_links_an_account_and_is_told(open_to_new: Deployment, acme: Upstream) -> None:
    await add(open_to_new, acme)
    browser, user_id = await entered(open_to_new)
    assert "Nothing is linked yet" in (await browser.get(PATH)).text
    state = await go(browser, acme)
    landed = await come_back(browser, state)
    assert (str(landed.url), landed.status_code) == (f"https://id.example{PATH}?done=identity_linked", 200)
    assert "The account is linked" in landed.text
    assert "somebody@acme.example" in landed.text
    (identity,) = await user_identities.of_user(open_to_new.op.db, user_id)
    assert (identity.subject, identity.email, identity.last_used_at) == (SUBJECT, "somebody@acme.example", None)
    assert '"reason":"account_page"' in (await events(open_to_new, "user:identity:linked"))[0]
    assert "HibanaアカウントにACMEが連携されました" in await mailed(open_to_new)

    again = await come_back(browser, await go(browser, acme))
    assert again.status_code == 200, "once more is no harm"
    assert await linked(open_to_new, user_id) == [SUBJECT]


async def test_K01_a_link_is_made_only_for_the_person_who_asked_for_it(
    reaching_apps: Deployment, acme: Upstream
) -> None:
    await add(reaching_apps, acme)
    attacker, attacker_id = await entered(reaching_apps)
    victim, victim_id = await entered(reaching_apps)
    state = await go(attacker, acme)
    refused(await come_back(victim, state), 400, "another browser")

    page = Page.read(await attacker.get("/logout"))
    await attacker.submit(page, decision="logout")
    refused(await come_back(attacker, state), 403, "session has ended")
    assert [await linked(reaching_apps, each) for each in (attacker_id, victim_id)] == [[], []]


async def test_K05_each_link_takes_a_proof_of_its_own_account(reaching_apps: Deployment, acme: Upstream) -> None:
    await add(reaching_apps, acme)
    browser, user_id = await entered(reaching_apps)
    state = await go(browser, acme)
    assert (await come_back(browser, state)).status_code == 200
    acme.claims = {"sub": "another account"}
    refused(await come_back(browser, state), 400, "is over")
    assert await linked(reaching_apps, user_id) == [SUBJECT]


async def test_an_account_of_somebody_else_is_not_taken_from_them(reaching_apps: Deployment, acme: Upstream) -> None:
    provider = await add(reaching_apps, acme)
    owner = await linked_person(reaching_apps, provider.id, acme)
    browser, user_id = await entered(reaching_apps)
    refused(await come_back(browser, await go(browser, acme)), 409, "linked to another account")
    assert [await linked(reaching_apps, each) for each in (owner.id, user_id)] == [[SUBJECT], []]


async def unlink(browser: Browser, identity_id: str) -> httpx2.Response:
    """Press the button of one account."""
    return await browser.submit(Page.read(await browser.get(PATH)), unlink=identity_id)


async def test_an_account_is_unlinked_and_signs_nobody_in_any_more(open_to_new: Deployment, acme: Upstream) -> None:
    await add(open_to_new, acme)
    browser, user_id = await entered(open_to_new)
    await come_back(browser, await go(browser, acme))
    (identity,) = await user_identities.of_user(open_to_new.op.db, user_id)
    assert "The account is unlinked" in (await unlink(browser, identity.id)).text
    assert await linked(open_to_new, user_id) == []
    assert len(await events(open_to_new, "user:identity:unlinked")) == 1
    assert "HibanaアカウントのACMEとの連携が解除されました" in await mailed(open_to_new)


async def test_K06_the_last_way_in_is_not_unlinked(reaching_apps: Deployment, acme: Upstream) -> None:
    provider = await add(reaching_apps, acme)
    user = await linked_person(reaching_apps, provider.id, acme, password=None)
    browser = reaching_apps.browser()
    page = await browser.get("/login")
    state = departed(await browser.submit(Page.read(page), provider="acme"), browser, acme)
    await come_back(browser, state)
    assert await signed_in(reaching_apps) == [user.id]
    (identity,) = await user_identities.of_user(reaching_apps.op.db, user.id)
    refused(await unlink(browser, identity.id), 409, "only way you can sign in")
    assert await linked(reaching_apps, user.id) == [SUBJECT]
    assert await events(reaching_apps, "user:identity:unlinked") == []


async def test_K06_nobody_unlinks_the_account_of_somebody_else(reaching_apps: Deployment, acme: Upstream) -> None:
    provider = await add(reaching_apps, acme)
    owner = await linked_person(reaching_apps, provider.id, acme)
    (identity,) = await user_identities.of_user(reaching_apps.op.db, owner.id)
    browser, _ = await entered(reaching_apps)
    assert (await unlink(browser, identity.id)).status_code == 200
    assert await linked(reaching_apps, owner.id) == [SUBJECT]


@pytest.mark.parametrize("act", ["unlink", "provider"])
async def test_F07_a_change_takes_a_fresh_proof(reaching_apps: Deployment, acme: Upstream, act: str) -> None:
    await add(reaching_apps, acme)
    browser, user_id = await entered(reaching_apps)
    await come_back(browser, await go(browser, acme))
    (identity,) = await user_identities.of_user(reaching_apps.op.db, user_id)
    page = Page.read(await browser.get(PATH))
    reaching_apps.clock.advance(FRESH_FOR + 1)
    late = await browser.submit(page, **{act: identity.id if act == "unlink" else "acme"})
    assert late.status_code == 403
    assert "/login?return=/account/linked&amp;again=1" in late.text
    assert await linked(reaching_apps, user_id) == [SUBJECT]


@pytest.mark.parametrize("act", ["unlink", "provider"])
async def test_G01_a_change_comes_from_our_own_form(reaching_apps: Deployment, acme: Upstream, act: str) -> None:
    await add(reaching_apps, acme)
    browser, _ = await entered(reaching_apps)
    page = Page.read(await browser.get(PATH))
    refused(await browser.submit(page, csrf="another", **{act: "acme"}), 403, "form")


async def test_who_is_not_signed_in_signs_in_first(reaching_apps: Deployment) -> None:
    landed = await reaching_apps.browser().get(PATH)
    assert landed.url.path == "/login"


async def test_a_provider_that_is_closed_is_shown_as_such(reaching_apps: Deployment, acme: Upstream) -> None:
    await add(reaching_apps, acme)
    browser, _ = await entered(reaching_apps)
    await come_back(browser, await go(browser, acme))
    await providers.set_enabled(reaching_apps.op, "acme", enabled=False, origin=COMMAND)
    assert "Not available now" in (await browser.get(PATH)).text
    app = await an_app(reaching_apps)
    assert 'value="acme"' not in (await reaching_apps.browser().authorize(app)).text
