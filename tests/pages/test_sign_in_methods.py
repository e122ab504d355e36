"""How a sign-in may begin, where somebody has chosen: what the pages offer, and what is refused all the same."""

from typing import Any

import httpx2
import pytest

from hibana_op.records import lockouts, sessions
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User
from tests.deployment import Browser, Deployment, Page
from tests.deployment import answer as returned
from tests.flows.conftest import deployment
from tests.make import PASSWORD, make_client, make_member, make_tenant, make_user
from tests.passkeys import answer, give, live
from tests.policies import choose, member_of_tenant

__all__ = ["deployment"]


def methods(*names: str) -> dict[str, Any]:
    return {"methods": list(names)}


@pytest.mark.parametrize(
    ("allowed", "shown"),
    [
        (("passkey", "password", "provider"), {"passkey", "username"}),
        (("password",), {"username"}),
        (("passkey",), {"passkey"}),
        (("provider",), {"username"}),
    ],
    ids=["all", "password", "passkey", "provider"],
)
async def test_the_first_page_offers_what_is_allowed(
    deployment: Deployment, allowed: tuple[str, ...], shown: set[str]
) -> None:
    await choose(deployment.op, sign_in=methods(*allowed))

    page = await deployment.browser().get("/login")

    assert {each for each in ("passkey", "username") if f'id="{each}"' in page.text} == shown
    assert ('id="signup"' in page.text) is False


async def test_the_tenant_of_an_app_says_what_the_page_to_it_offers(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    await choose(op, tenant.id, sign_in=methods("passkey"))
    client = await make_client(op, tenant_id=tenant.id)

    to_the_app = await deployment.browser().authorize(client)
    to_none = await deployment.browser().get("/login")

    assert 'name="username"' not in to_the_app.text
    assert 'name="username"' in to_none.text


async def test_a_name_leads_nowhere_where_only_a_provider_lets_in(deployment: Deployment) -> None:
    await choose(deployment.op, sign_in=methods("provider"))
    browser = deployment.browser()

    page = await browser.submit(Page.read(await browser.get("/login")), username="nobody@example.com")

    assert page.status_code == 400
    assert "Choose another way." in page.text


async def by_password(
    deployment: Deployment, user: User, password: str = PASSWORD, *, entering: Tenant | None = None
) -> tuple[Browser, Any]:
    """Sign in to the account, or to an app of everybody's and a tenant with it."""
    browser = deployment.browser()
    if entering is None:
        return browser, await browser.sign_in(await browser.get("/login"), user, password)
    client = await make_client(deployment.op)
    return browser, await browser.sign_in(await browser.authorize(client, tenant=entering.slug), user, password)


async def test_H01_the_right_password_of_somebody_who_may_not_use_it_is_as_good_as_a_wrong_one(
    deployment: Deployment,
) -> None:
    op = deployment.op
    user = await make_user(op)
    tenant = await member_of_tenant(op, user, sign_in=methods("passkey"))

    _, right = await by_password(deployment, user, entering=tenant)
    _, wrong = await by_password(deployment, user, "another password entirely", entering=tenant)

    assert right.status_code == wrong.status_code == 400
    assert "is not correct" in right.text or "not right" in right.text or "wrong" in right.text.lower()
    assert await live(deployment, user) == 0
    for _ in range(4):
        _, locked = await by_password(deployment, user, entering=tenant)
    assert locked.status_code == 429
    assert await lockouts.locked_until(op.db, f"user:{user.id}", now=op.now()) is not None


async def test_the_password_of_somebody_on_the_way_to_an_app_whose_tenant_has_none_is_refused_there_alone(
    deployment: Deployment,
) -> None:
    op = deployment.op
    user, tenant = await make_user(op), await make_tenant(op)
    await make_member(op, await make_tenant(op), user)
    client = await make_client(op, tenant_id=tenant.id)
    browser = deployment.browser()
    page = await browser.submit(Page.read(await browser.authorize(client)), username=user.email)
    await choose(op, tenant.id, sign_in=methods("passkey"))

    refused = await browser.submit(Page.read(page), password=PASSWORD)

    assert refused.status_code == 400
    assert await live(deployment, user) == 0
    await by_password(deployment, user)
    assert await live(deployment, user) == 1


async def test_I01_a_passkey_that_a_tenant_does_not_allow_is_refused_with_a_word(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    passkey = await give(deployment, user)
    tenant = await member_of_tenant(op, user, sign_in=methods("password"))
    browser, client = deployment.browser(), await make_client(op)
    page = Page.read(await browser.authorize(client, tenant=tenant.slug))

    response = await answer(browser, passkey, interaction=page.fields["interaction"])

    assert response.status_code == 403
    assert response.json()["error"] == "way_not_allowed"
    assert await live(deployment, user) == 1


async def agreed(browser: Browser, page: httpx2.Response) -> httpx2.Response:
    """On from the consent page."""
    assert "/consent" in str(page.url), page.url
    return await browser.submit(Page.read(page), decision="allow")


async def test_O04_a_tenant_keeps_nobody_from_their_account_nor_from_another_tenant(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    passkey = await give(deployment, user)
    hostile = await member_of_tenant(op, user, sign_in={"methods": ["provider"], "acr": "phrh"})
    other = await member_of_tenant(op, user)

    browser, client = deployment.browser(), await make_client(op)
    assert (await answer(browser, passkey)).status_code == 200
    assert (await browser.get("/account")).status_code == 200
    assert "code" in returned(await agreed(browser, await browser.authorize(client, tenant=other.slug)))
    assert "/login" in str((await browser.authorize(client, tenant=hostile.slug)).url)


async def test_a_session_that_does_not_do_for_a_tenant_is_begun_anew_as_it_asks(deployment: Deployment) -> None:
    """The tenant that is entered because it is the only one counts like one that the request names."""
    op = deployment.op
    user = await make_user(op)
    passkey = await give(deployment, user)
    await member_of_tenant(op, user, sign_in=methods("passkey"))
    client = await make_client(op, scope="openid tenant")
    browser, _ = await by_password(deployment, user)

    page = await browser.authorize(client, scope="openid tenant")
    assert "/login" in str(page.url)
    again = await browser.sign_in(page, user)
    assert again.status_code == 400, "the password does not do"
    fresh = await browser.authorize(client, scope="openid tenant")
    done = await answer(browser, passkey, interaction=Page.read(fresh).fields["interaction"])
    assert done.status_code == 200, done.text
    assert "code" in returned(await agreed(browser, await browser.get(done.json()["next"])))


async def test_F03_sessions_last_as_long_as_the_strictest_tenant_says(deployment: Deployment) -> None:
    op = deployment.op
    user, other = await make_user(op), await make_user(op)
    await member_of_tenant(op, user, sessions={"idle_seconds": 600, "absolute_seconds": 3600})

    browser, _ = await by_password(deployment, user)
    beside, _ = await by_password(deployment, other)
    (begun,) = await sessions.live_of_user(op.db, user.id, now=op.now())
    assert (begun.idle_expires_at, begun.expires_at) == (op.now() + 600, op.now() + 3600)

    for _ in range(5):  # in use, it goes on
        deployment.clock.advance(599)
        assert user.email in (await browser.get("/")).text
    deployment.clock.advance(605)
    assert user.email not in (await browser.get("/")).text  # and ends in the end
    assert other.email in (await beside.get("/")).text


async def test_a_remembered_session_is_kept_by_the_browser_for_as_long_as_it_lasts(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    await member_of_tenant(op, user, sessions={"absolute_seconds": 30 * 86400})
    browser = deployment.browser()
    page = await browser.submit(Page.read(await browser.get("/login")), username=user.email)
    form = Page.read(page)

    answered = await browser.http.post(form.action, data={**form.fields, "password": PASSWORD, "remember": "1"})

    kept = [value for name, value in answered.headers.multi_items() if name == "set-cookie"]
    assert any("hibana_session=" in each and f"Max-Age={30 * 86400}" in each for each in kept)


async def test_I01_a_session_of_before_is_not_enough_for_a_tenant_that_asks_for_more(deployment: Deployment) -> None:
    op = deployment.op
    user, tenant = await make_user(op), await make_tenant(op)
    client = await make_client(op, first_party=True)
    browser, _ = await by_password(deployment, user)
    assert (await browser.authorize(client)).is_redirect
    await choose(op, tenant.id, sign_in={"second_factor": "required"})
    await make_member(op, tenant, user)

    asked = await browser.authorize(client)
    silent = await browser.authorize(client, prompt="none")

    assert asked.url.path == "/login"
    assert "error=login_required" in silent.headers["location"]
    page = await browser.sign_in(asked, user)
    assert page.url.path == "/login/set-up"


async def test_a_session_that_began_with_a_password_is_not_enough_for_an_app_without(deployment: Deployment) -> None:
    op = deployment.op
    user, tenant = await make_user(op), await make_tenant(op)
    await make_member(op, await make_tenant(op), user)
    await choose(op, tenant.id, sign_in=methods("passkey"))
    theirs = await make_client(op, first_party=True, tenant_id=tenant.id)
    ours = await make_client(op, first_party=True)
    browser, _ = await by_password(deployment, user)

    assert (await browser.authorize(ours)).is_redirect
    assert (await browser.authorize(theirs)).url.path == "/login"
