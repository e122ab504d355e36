"""The organisations of a person: entered, left, joined by an address; never somebody else's."""

from hibana_op.records import memberships, sessions
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User
from hibana_op.tenancy import actors, domains
from tests.deployment import Browser, Deployment, Page
from tests.flows.conftest import deployment
from tests.make import make_client, make_user
from tests.tenancy.authority import HERE, make_member, make_tenant

__all__ = ["deployment"]

PATH = "/account/organizations"


async def at_home(deployment: Deployment, user: User) -> Browser:
    browser = deployment.browser()
    await browser.sign_in(await browser.get(f"/login?return={PATH}"), user)
    return browser


async def membership_of(deployment: Deployment, tenant: Tenant, user: User) -> str:
    found = await memberships.of_person(deployment.op.db, tenant.id, user.id)
    assert found is not None
    return found.id


async def status_of(deployment: Deployment, tenant: Tenant, user: User) -> str:
    found = await memberships.of_person(deployment.op.db, tenant.id, user.id)
    return found.status if found else "none"


async def active_of(deployment: Deployment, user: User) -> str | None:
    (session,) = await sessions.live_of_user(deployment.op.db, user.id, now=deployment.op.now())
    return session.active_membership_id


async def test_one_switches_between_organizations(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    one, two = await make_tenant(op), await make_tenant(op, "other")
    for tenant in (one, two):
        await make_member(op, tenant, "admin", user=user)
    browser = await at_home(deployment, user)
    page = await browser.get(PATH)
    assert page.text.count("Administrator") == 2
    for tenant in (two, one):
        wanted = await membership_of(deployment, tenant, user)
        await browser.submit(Page.read(page), enter=wanted)
        assert await active_of(deployment, user) == wanted


async def test_leaving_is_asked_first_and_one_stays_signed_in(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    tenant = await make_tenant(op)
    await make_member(op, tenant, user=user)
    browser = await at_home(deployment, user)
    wanted = await membership_of(deployment, tenant, user)
    await browser.submit(Page.read(await browser.get(PATH)), enter=wanted)
    asked = await browser.get(f"{PATH}?leave={wanted}")
    assert "Leave <strong><bdi>Acme</bdi></strong>?" in asked.text
    assert await status_of(deployment, tenant, user) == "active"
    left = await browser.submit(Page.read(asked), leave=wanted)
    assert "You left the organization" in left.text
    assert await status_of(deployment, tenant, user) == "left"
    assert await active_of(deployment, user) is None


async def test_P03_the_last_owner_is_told_why_they_stay(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    tenant = await make_tenant(op)
    await make_member(op, tenant, "owner", user=user)
    browser = await at_home(deployment, user)
    wanted = await membership_of(deployment, tenant, user)
    refused = await browser.submit(Page.read(await browser.get(f"{PATH}?leave={wanted}")), leave=wanted)
    assert refused.status_code == 400
    assert "last owner" in refused.text
    assert await status_of(deployment, tenant, user) == "active"


async def test_O01_nobody_enters_or_leaves_for_somebody_else(deployment: Deployment) -> None:
    op = deployment.op
    user, tenant = await make_user(op), await make_tenant(op)
    other = await make_member(op, tenant)
    theirs = await membership_of(deployment, tenant, other)
    browser = await at_home(deployment, user)
    page = Page.read(await browser.get(PATH))
    for field in ("enter", "leave", "accept", "decline", "join"):
        for value in (theirs, tenant.id, "x"):
            answered = await browser.submit(page, **{field: value})
            assert tenant.name not in answered.text
    assert await status_of(deployment, tenant, other) == "active"
    assert await status_of(deployment, tenant, user) == "none"
    assert await active_of(deployment, user) is None


async def test_whoever_has_an_address_of_the_domain_joins_here(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    domain = await domains.add(op, actor, tenant.id, domain="acme.example", origin=HERE)
    await domains.verify(op, actor, tenant.id, domain.id, is_known=True, origin=HERE)
    await domains.set_may_join(op, actor, tenant.id, domain.id, may_join=True, origin=HERE)
    user = await make_user(op, email="kei@acme.example", email_verified=True)
    browser = await at_home(deployment, user)
    page = await browser.get(PATH)
    assert "Open to your email address" in page.text
    landed = await browser.submit(Page.read(page), join=tenant.id)
    assert "You are a member now" in landed.text
    assert await active_of(deployment, user) == await membership_of(deployment, tenant, user)
    assert "Open to your email address" not in landed.text


async def test_the_apps_of_an_organization_are_linked_to_whoever_is_in_it(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    ours, theirs = await make_tenant(op), await make_tenant(op, "other")
    await make_member(op, ours, user=user)
    for tenant, name in ((ours, "Depot"), (theirs, "Elsewhere")):
        await make_client(op, client_name=name, client_uri=f"https://{name}.example", tenant_id=tenant.id)
    page = await (await at_home(deployment, user)).get(PATH)
    assert 'href="https://Depot.example"' in page.text
    assert "Elsewhere" not in page.text


async def test_the_last_owner_is_told_who_can_help(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    tenant = await make_tenant(deployment.op)
    await make_member(deployment.op, tenant, "owner", user=user)
    browser = await at_home(deployment, user)
    refused = await browser.submit(
        Page.read(await browser.get(PATH)), leave=await membership_of(deployment, tenant, user)
    )
    assert "An administrator of this site can make another member an owner." in refused.text
    assert await status_of(deployment, tenant, user) == "active"
