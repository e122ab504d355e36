"""The page of an invitation: for a newcomer, for whoever has the address, and for nobody else."""

import re

import pytest

from hibana_op.records import invitations, memberships, users
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User
from hibana_op.tenancy import actors
from hibana_op.tenancy import invitations as rules
from hibana_op.tenancy.seats import Seat
from tests.deployment import Browser, Deployment, Page
from tests.make import make_user
from tests.pages.mailing import link_in, mailing, mails_to
from tests.tenancy.authority import HERE, make_member, make_tenant

__all__ = ["mailing"]

EMAIL = "kei@example.com"
WORDS = "a sentence of several words"


async def invited(deployment: Deployment, *, by: User | None = None, lifetime: int = 3600) -> tuple[Tenant, str]:
    """A tenant, and the path in the mail."""
    op = deployment.op
    tenant = await make_tenant(op)
    actor = await actors.command(op)
    if by is not None:
        await make_member(op, tenant, "owner", user=by)
        actor = await op.db.read(lambda tx: actors.person(tx, by.id, now=op.now(), ip=HERE.ip))
    await rules.create(op, actor, tenant.id, email=EMAIL, seat=Seat(), lifetime=lifetime, language="en", origin=HERE)
    return tenant, link_in((await mails_to(op, EMAIL))[0]).removeprefix(op.issuer)


async def signed_in(deployment: Deployment, user: User) -> Browser:
    browser = deployment.browser()
    await browser.sign_in(await browser.get("/login"), user)
    return browser


async def is_member(deployment: Deployment, tenant: Tenant, email: str = EMAIL) -> bool:
    user = await users.find_by_login(deployment.op.db, email)
    member = await memberships.of_person(deployment.op.db, tenant.id, user.id) if user else None
    return member is not None and member.status == "active"


async def test_P06_a_newcomer_makes_the_account_with_the_address_as_it_was_invited(mailing: Deployment) -> None:
    inviter = await make_user(mailing.op, name="Mei Tanaka")
    tenant, path = await invited(mailing, by=inviter)
    browser = mailing.browser()
    page = await browser.get(path)
    for words in (tenant.name, "Mei Tanaka", EMAIL, "Valid until"):
        assert words in page.text
    landed = await browser.submit(Page.read(page), password=WORDS, name="Kei", email="mei@example.com", role="owner")
    assert landed.url.path == "/account/organizations"
    assert "You are a member now" in landed.text
    assert "In use now" in landed.text
    user = await users.find_by_login(mailing.op.db, EMAIL)
    assert user is not None
    assert (user.email, user.email_verified, user.name) == (EMAIL, True, "Kei")
    member = await memberships.of_person(mailing.op.db, tenant.id, user.id)
    assert member is not None
    assert member.role == "member"
    again = await mailing.browser().get(path)
    assert again.status_code == 400
    assert "This invitation does not work" in again.text
    assert "ask whoever invited you" in again.text


async def test_a_weak_password_is_refused_on_the_page_and_the_invitation_stays(mailing: Deployment) -> None:
    tenant, path = await invited(mailing)
    browser = mailing.browser()
    refused = await browser.submit(Page.read(await browser.get(path)), password="short", name="Kei")
    assert refused.status_code == 400
    assert "too short" in refused.text
    assert not await is_member(mailing, tenant)
    landed = await browser.submit(Page.read(refused), password=WORDS)
    assert landed.url.path == "/account/organizations"
    assert await is_member(mailing, tenant)


async def test_whoever_is_signed_in_with_the_address_joins(mailing: Deployment) -> None:
    tenant, path = await invited(mailing)
    user = await make_user(mailing.op, email=EMAIL, email_verified=True)
    browser = await signed_in(mailing, user)
    page = await browser.get(path)
    landed = await browser.submit(Page.read(page), decision="join")
    assert landed.url.path == "/account/organizations"
    assert await is_member(mailing, tenant)


async def test_P06_another_account_is_told_and_can_switch(mailing: Deployment) -> None:
    tenant, path = await invited(mailing)
    await make_user(mailing.op, email=EMAIL, email_verified=True)
    other = await make_user(mailing.op, email="mei@example.com", email_verified=True)
    browser = await signed_in(mailing, other)
    page = await browser.get(path)
    assert "You are signed in as" in page.text
    forced = await browser.submit(Page.read(page), decision="join")
    assert forced.status_code == 400
    assert not await is_member(mailing, tenant)
    assert not await is_member(mailing, tenant, "mei@example.com")
    login = await browser.submit(Page.read(page), decision="sign_in")
    assert login.url.path == "/login"
    user = await users.find_by_login(mailing.op.db, EMAIL)
    assert user is not None
    account = await browser.sign_in(login, user)
    assert "Invitations to you" in account.text
    accepted = re.search(r'name="accept" value="([^"]+)"', account.text)
    assert accepted is not None
    await browser.submit(Page.read(account), accept=accepted[1])
    assert await is_member(mailing, tenant)


async def test_P06_an_address_that_is_not_confirmed_is_to_be_confirmed_first(mailing: Deployment) -> None:
    tenant, path = await invited(mailing)
    browser = await signed_in(mailing, await make_user(mailing.op, email=EMAIL))
    page = await browser.get(path)
    assert "Confirm your email address first" in page.text
    assert "Invitations to you" not in (await browser.get("/account/organizations")).text
    await browser.http.post(path, data={"csrf": Page.read(await browser.get("/account/organizations")).fields["csrf"],
                                        "decision": "join"})  # fmt: skip
    assert not await is_member(mailing, tenant)


async def test_P06_an_invitation_is_over_to_the_second(mailing: Deployment) -> None:
    tenant, path = await invited(mailing, lifetime=60)
    browser = mailing.browser()
    page = Page.read(await browser.get(path))
    mailing.clock.advance(60)
    late = await browser.submit(page, password=WORDS)
    assert late.status_code == 400
    assert "has expired" in late.text
    assert not await is_member(mailing, tenant)


async def test_P06_a_link_that_was_changed_or_cancelled_leads_nowhere(mailing: Deployment) -> None:
    tenant, path = await invited(mailing)
    for wrong in (path[:-1] + ("A" if path[-1] != "A" else "B"), f"{path}x", "/invite/x"):
        refused = await mailing.browser().get(wrong)
        assert refused.status_code == 400
        assert tenant.name not in refused.text
    (found,) = await invitations.page(mailing.op.db, tenant.id)
    await rules.cancel(mailing.op, await actors.command(mailing.op), tenant.id, found.id, origin=HERE)
    refused = await mailing.browser().get(path)
    assert refused.status_code == 400
    assert tenant.name not in refused.text


@pytest.mark.parametrize("answered", ["accept", "decline"])
async def test_an_invitation_is_answered_in_the_account_pages(mailing: Deployment, answered: str) -> None:
    tenant, _ = await invited(mailing)
    browser = await signed_in(mailing, await make_user(mailing.op, email=EMAIL, email_verified=True))
    page = await browser.get("/account/organizations")
    assert tenant.name in page.text
    (found,) = await invitations.page(mailing.op.db, tenant.id)
    await browser.submit(Page.read(page), **{answered: found.id})
    assert await is_member(mailing, tenant) == (answered == "accept")
    assert "Invitations to you" not in (await browser.get("/account/organizations")).text


async def test_a_link_that_nobody_sent_leads_on_in_either_language(mailing: Deployment) -> None:
    refused = await mailing.browser().get("/invite/nothing")
    assert refused.status_code == 400
    assert "ask whoever invited you" in refused.text
    assert 'aria-label="Hibana"' in refused.text
    for address in ("/account", "/", "/invite/nothing?ui_locales=ja"):
        assert f'href="{address}"' in refused.text
    spoken = await mailing.browser().get("/invite/nothing?ui_locales=ja")
    assert "招待した人に新しい招待を依頼してください" in spoken.text
    unknown = await mailing.browser().get("/nowhere?interaction=1")
    assert unknown.status_code == 404
    assert 'href="/nowhere?interaction=1&amp;ui_locales=ja"' in unknown.text


async def test_T01_a_page_that_was_refused_repeats_nothing_that_its_address_says(mailing: Deployment) -> None:
    for address in ("/nowhere", "/invite/nothing", "/federation/acme/callback"):
        refused = await mailing.browser().get(f"{address}?code=a-code-that-counts-once&state=a-state")
        assert refused.status_code >= 400
        assert "a-code-that-counts-once" not in refused.text
        assert "ui_locales" not in refused.text


async def test_a_form_that_was_refused_is_not_opened_again_in_another_language(mailing: Deployment) -> None:
    refused = await mailing.browser().http.post("/invite/nothing", data={"decision": "join"})
    assert refused.status_code in (400, 403)
    assert "ui_locales" not in refused.text
