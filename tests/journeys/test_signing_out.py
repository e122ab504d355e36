"""Signing out at every app in a real browser, with and without scripts: OpenID Connect Front-Channel Logout 1.0."""

from urllib.parse import urlencode

import pytest
from playwright.async_api import Request, Route

from tests.journeys.relying_party import RelyingParty
from tests.journeys.tab import NewTab, Tab
from tests.server import HibanaProcess
from tests.visitor import register_app


def ends_at(party: RelyingParty, provider: HibanaProcess, uri: str) -> None:
    """Register the app anew, with an address that ends its own session."""
    party.app = register_app(
        provider,
        f"--post-logout-redirect-uri={party.after_logout}",
        redirect_uri=party.callback,
        frontchannel_logout_uri=uri,
        frontchannel_logout_session_required=True,
    )


def loaded(tab: Tab) -> list[str]:
    """The addresses whose answers the tab gets from now on."""
    found: list[str] = []

    def note(request: Request) -> None:
        found.append(request.url)

    tab.page.on("requestfinished", note)
    return found


@pytest.mark.parametrize("javascript", [True, False])
async def test_app_ends_its_own_session_and_the_browser_goes_on(
    provider: HibanaProcess, party: RelyingParty, new_tab: NewTab, javascript: bool
) -> None:
    ends_at(party, provider, f"{party.url}/ended?from=op")
    tab = await new_tab(javascript=javascript)
    await tab.page.goto(party.start())
    await tab.sign_in()
    await tab.page.wait_for_selector("#told")
    seen = loaded(tab)

    await tab.page.goto(
        party.sign_out(id_token_hint=party.id_token, post_logout_redirect_uri=party.after_logout, state="s1")
    )
    await tab.page.wait_for_url(f"{party.after_logout}*")

    assert await tab.told() == "/bye state=s1"
    (ended,) = (url for url in seen if url.startswith(f"{party.url}/ended"))
    assert ended.startswith(f"{party.url}/ended?from=op&{urlencode({'iss': party.issuer})}&sid=")
    await tab.page.goto(party.start(prompt="none"))
    assert await tab.told() == "login_required"


@pytest.mark.parametrize("javascript", [True, False])
async def test_nobody_has_to_wait_for_an_app_that_does_not_answer(
    provider: HibanaProcess, party: RelyingParty, new_tab: NewTab, javascript: bool
) -> None:
    ends_at(party, provider, f"{party.url}/ended")
    tab = await new_tab(javascript=javascript)
    await tab.page.goto(party.start())
    await tab.sign_in()
    await tab.page.wait_for_selector("#told")
    waiting: list[Route] = []

    def keep_waiting(route: Route) -> None:
        waiting.append(route)

    await tab.page.route(f"{party.url}/ended*", keep_waiting)
    if javascript:
        await tab.page.clock.install()
    leaving = party.sign_out(id_token_hint=party.id_token, post_logout_redirect_uri=party.after_logout, state="s1")

    await tab.page.goto(leaving, wait_until="commit")
    assert await tab.title() == tab.say("logged_out.title")
    if javascript:
        assert await tab.faults() == []
        await tab.page.clock.fast_forward(5000)
    else:
        await tab.page.click("#continue")
    await tab.page.wait_for_url(f"{party.after_logout}*")

    assert await tab.told() == "/bye state=s1"
    assert len(waiting) == 1
