"""Session management: the provider's iframe says whether the person is still signed in."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from tests.conformance.conftest import CODE, HYBRID
from tests.conformance.rp import Module, RpClient
from tests.conformance.test_rp_initiated_logout import PATH
from tests.make import PASSWORD

PLANS = [pytest.param(("sqlite", CODE), id="sqlite-code"), pytest.param(("postgres", HYBRID[-1]), id="postgres-hybrid")]
# The relying party's page: it holds the provider's iframe and asks it.
RP_PAGE = """<!doctype html><title>RP</title><iframe id="op" src="{iframe}"></iframe>
<script>
window.answers = [];
window.addEventListener("message", function (event) {{
  if (event.origin === "{origin}") window.answers.push(event.data);
}});
</script>"""
ASK = """([message, origin]) => new Promise((resolve) => {
  const before = window.answers.length;
  document.getElementById("op").contentWindow.postMessage(message, origin);
  const look = () => window.answers.length > before ? resolve(window.answers[before]) : setTimeout(look, 10);
  look();
})"""


@pytest_asyncio.fixture(loop_scope="session")
async def context(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """A browser profile to which the test authority's certificates are good enough."""
    opened = await chromium.new_context(ignore_https_errors=True, locale="en-US")
    yield opened
    await opened.close()


@pytest.mark.parametrize("module", PLANS, indirect=True)
async def test_oidcc_session_management_rp_initiated_logout(
    module: Module, context: BrowserContext, chromium: Browser
) -> None:
    client = module.register(post_logout_redirect_uris=[module.site.url(PATH)])
    page = await context.new_page()
    fields = await sign_in(module, client, page)
    message = f"{client.client_id} {fields['session_state']}"
    watching = await rp_page(module, context)
    assert await asked(module, watching, message) == "unchanged"
    assert await asked(module, watching, f"{client.client_id} nonsense") in ("changed", "error")
    assert await asked(module, watching, "nonsense") == "error"
    await page.goto(module.op.metadata["end_session_endpoint"])
    await page.click("button[name=decision][value=logout]")
    assert await asked(module, watching, message) == "changed"


async def sign_in(module: Module, client: RpClient, page: Page) -> dict[str, str]:
    """Sign in, and read what the app was answered."""
    request = module.request(client)
    await page.goto(module.url(request))
    await page.fill("input[name=username]", module.op.email)
    await page.click("button#continue")
    await page.fill("input[name=password]", PASSWORD)
    await page.click("button#continue")
    await page.click("button[name=decision][value=allow]")
    await page.wait_for_url(f"{request['redirect_uri']}*")
    told: str = await page.evaluate(
        "JSON.stringify(Object.fromEntries(new URLSearchParams(location.search || location.hash.slice(1))))"
    )
    fields: dict[str, str] = json.loads(told)
    return fields


async def rp_page(module: Module, context: BrowserContext) -> Page:
    """The relying party's page with the provider's iframe in it."""
    iframe = module.op.metadata["check_session_iframe"]
    html = RP_PAGE.format(iframe=iframe, origin=module.op.issuer)
    page = await context.new_page()
    await page.goto(module.site.serve("/watching", html.encode(), "text/html"))
    await page.frame_locator("#op").locator("script").first.wait_for(state="attached")
    return page


async def asked(module: Module, page: Page, message: str) -> Any:
    """What the iframe answers."""
    return await page.evaluate(ASK, [message, module.op.issuer])
