"""An organisation, whoever runs it, and what they see of it at the console."""

import httpx2

from hibana_op.provider import Provider
from hibana_op.records import memberships
from hibana_op.records.memberships import Membership
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User
from tests.deployment import Browser, Deployment, Page
from tests.make import make_user
from tests.tenancy.authority import make_member


async def joined(op: Provider, tenant: Tenant, role: str = "member", **about: str) -> User:
    """Somebody with a password who is in an organisation."""
    return await make_member(op, tenant, role, user=await make_user(op, **about))


async def at_console(deployment: Deployment, user: User, path: str = "/account", **headers: str) -> Browser:
    """A browser in which somebody signed in on the way to a page."""
    browser = deployment.browser(**headers)
    await browser.sign_in(await browser.get(path), user)
    return browser


async def send(browser: Browser, path: str, **fields: str) -> httpx2.Response:
    """Post a form with the token of this browser and session, whether a page offers the form or not."""
    csrf = Page.read(await browser.get("/account/profile")).fields["csrf"]
    return await browser.http.post(path, data={"csrf": csrf, **fields})


async def membership_of(op: Provider, tenant: Tenant, user: User) -> Membership:
    """What somebody is in an organisation."""
    found = await memberships.of_person(op.db, tenant.id, user.id)
    assert found is not None
    return found


async def page_of(op: Provider, tenant: Tenant, user: User) -> str:
    """The address of a member at the console."""
    return f"/admin/{tenant.slug}/members/{(await membership_of(op, tenant, user)).id}"
