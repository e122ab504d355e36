"""A person who is signed in, and what they do on account pages."""

import re

import httpx2

from hibana_op.records.users import User
from tests.deployment import Browser, Deployment, Page


async def signed_in(deployment: Deployment, user: User, **headers: str) -> Browser:
    """A browser in which a person signed in with their password."""
    browser = deployment.browser(**headers)
    await browser.sign_in(await browser.get("/login"), user)
    return browser


async def post(browser: Browser, path: str, **fields: str) -> httpx2.Response:
    """Send a form to a page, with the token of this browser and session; redirects are not followed."""
    page = Page.read(await browser.get("/account/profile"))
    return await browser.http.post(path, data={"csrf": page.fields["csrf"], **fields})


def heading(response: httpx2.Response) -> str:
    """What the page is called."""
    found = re.search(r"<h1>([^<]*)</h1>", response.text)
    assert found is not None, response.text
    return found[1]
