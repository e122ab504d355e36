"""The plain flow of every response type in a real browser whose scripts are switched off."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from tests.conformance.conftest import CODE, FORM_POST, HYBRID, IMPLICIT
from tests.conformance.rp import Module
from tests.make import PASSWORD

EVERY = [pytest.param(("sqlite", each), id=str(each)) for each in (CODE, *IMPLICIT, *HYBRID, FORM_POST[0])]


@pytest_asyncio.fixture(loop_scope="session")
async def context(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """A browser profile without scripts, to which the test authority's certificates are good enough."""
    opened = await chromium.new_context(java_script_enabled=False, ignore_https_errors=True, locale="en-US")
    yield opened
    await opened.close()


@pytest.mark.parametrize("module", EVERY, indirect=True)
async def test_a_person_signs_in_without_scripts(module: Module, context: BrowserContext, chromium: Browser) -> None:
    client = module.register()
    request = module.request(client)
    page = await context.new_page()
    await page.goto(module.url(request))
    await page.fill("input[name=username]", module.op.email)
    await page.click("button#continue")
    await page.fill("input[name=password]", PASSWORD)
    await page.click("button#continue")
    await page.click("button[name=decision][value=allow]")
    if module.variant.form_post:
        await page.click("form button")
        await page.wait_for_url(f"{request['redirect_uri']}*")
        path = urlsplit(request["redirect_uri"]).path
        fields = next(each.form for each in module.site.received if each.path == path)
    else:
        await page.wait_for_url(f"{request['redirect_uri']}*")
        parts = urlsplit(page.url)
        fields = dict(parse_qsl(parts.query or parts.fragment))
    assert fields["state"] == request["state"]
    if "code" in fields:
        assert module.redeem(client, fields["code"])["id_token"]
    if "id_token" in fields:
        module.id_claims(client, fields["id_token"], request)
