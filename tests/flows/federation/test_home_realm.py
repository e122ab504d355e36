"""Which provider an address or an app leads to, before anybody is asked for a password."""

import html
import re

import pytest

from hibana_op.login.federation import choice, providers
from tests.deployment import Deployment, Page, answer
from tests.flows.federation.upstream import Upstream, add, an_app, come_back, departed, refused, signed_in
from tests.flows.registering import COMMAND
from tests.make import PASSWORD, make_user


@pytest.mark.parametrize(
    ("email", "is_found"),
    [
        ("somebody@acme.example", True),
        ("somebody@ACME.Example", True),
        (" somebody@acme.example ", True),
        ("some@body@acme.example", True),
        ("somebody@sub.acme.example", False),
        ("somebody@acme.example.evil.example", False),
        ("acme.example", False),
        ("@", False),
        ("", False),
        ("somebody@acme.example\0", True),
    ],
)
async def test_an_address_leads_to_the_provider_that_answers_for_its_domain(
    reaching_apps: Deployment, acme: Upstream, email: str, is_found: bool
) -> None:
    made = await add(reaching_apps, acme, domains=("Acme.example", "other.example"))
    found = await choice.for_domain(reaching_apps.op, email)
    assert (found.id if found else None) == (made.id if is_found else None)

    await providers.set_enabled(reaching_apps.op, "acme", enabled=False, origin=COMMAND)
    assert await choice.for_domain(reaching_apps.op, email) is None


async def test_who_types_such_an_address_is_sent_there(reaching_apps: Deployment, acme: Upstream) -> None:
    await add(reaching_apps, acme, domains=("acme.example",))
    browser = reaching_apps.browser()
    page = await browser.authorize(await an_app(reaching_apps))
    left = await browser.submit(Page.read(page), username="somebody@acme.example")
    assert left.headers["location"].startswith(f"{acme.issuer}/authorize?")
    assert "login_hint=somebody%40acme.example" in left.headers["location"]


async def test_an_app_that_does_not_show_the_provider_asks_for_the_password(
    reaching_apps: Deployment, acme: Upstream
) -> None:
    await add(reaching_apps, acme, domains=("acme.example",))
    await add(reaching_apps, acme, slug="other")
    app, browser = await an_app(reaching_apps), reaching_apps.browser()
    await providers.choose(reaching_apps.op, app.client_id, ["other"], COMMAND)
    asked = await browser.submit(Page.read(await browser.authorize(app)), username="somebody@acme.example")
    assert asked.url.path == "/login/password"


async def test_whoever_the_provider_does_not_let_in_is_offered_another_way(
    reaching_apps: Deployment, acme: Upstream
) -> None:
    """Without it, the domain of the address would lead to the same provider again and again."""
    await add(reaching_apps, acme, domains=("acme.example",))
    user = await make_user(reaching_apps.op, email="somebody@acme.example")
    app, browser = await an_app(reaching_apps), reaching_apps.browser()
    left = await browser.submit(Page.read(await browser.authorize(app)), username=user.email)
    failed = await come_back(browser, departed(left, browser, acme), error="server_error")
    refused(failed, 502, "Sign in another way")

    (link,) = re.findall(r'href="([^"]+)">Sign in another way', failed.text)
    asked = await browser.get(html.unescape(link))
    assert Page.read(asked).fields["username"] == user.email
    nothing = await browser.submit(Page.read(asked), username="")
    asked = await browser.submit(Page.read(nothing), username=user.email)
    assert asked.url.path == "/login/password"
    answer(await browser.submit(Page.read(asked), password=PASSWORD))
    assert await signed_in(reaching_apps) == [user.id]


async def test_a_provider_that_is_down_offers_another_way(reaching_apps: Deployment, acme: Upstream) -> None:
    await add(reaching_apps, acme, domains=("acme.example",))
    acme.metadata = {"authorization_endpoint": "javascript:alert(1)"}
    browser = reaching_apps.browser()
    page = await browser.authorize(await an_app(reaching_apps))
    refused(await browser.submit(Page.read(page), username="somebody@acme.example"), 502, "Sign in another way")
