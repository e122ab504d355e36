"""An owner at the console in a real browser: a join code is made, used at the hosted page, and its user suspended."""

from urllib.parse import urlsplit

import pytest

from tests.journeys.tab import NewTab, Tab
from tests.journeys.test_tenants import newcomer, tenant
from tests.server import HibanaProcess

LOOKS = [
    pytest.param("ja-JP", 320, True, id="ja-320"),
    pytest.param("en-US", 1280, False, id="en-1280-no-script"),
]


async def follow(tab: Tab, selector: str, expected: str) -> None:
    """Click, and wait for what the next page has."""
    await tab.page.click(selector)
    await tab.page.wait_for_selector(expected)


@pytest.mark.parametrize(("language", "width", "javascript"), LOOKS)
async def test_P05_a_code_made_at_the_console_lets_somebody_in_until_they_are_suspended(
    provider: HibanaProcess, new_tab: NewTab, language: str, width: int, javascript: bool
) -> None:
    slug = f"console-{width}"
    owner, joins = newcomer(provider, f"runs-{width}"), newcomer(provider, f"comes-{width}")
    tenant(provider, slug, "--owner", owner)
    tab = await new_tab(language=language, width=width, javascript=javascript)
    other = await new_tab(language=language, width=width, javascript=javascript)
    faults: list[str] = []

    async def look(at: Tab) -> None:
        if javascript:
            faults.extend(await at.faults())

    await tab.page.goto(f"{provider.issuer}/account")
    await tab.sign_in(owner)
    await follow(tab, "a#console", "dl.parts")
    assert urlsplit(tab.page.url).path == f"/admin/{slug}"
    await look(tab)
    await follow(tab, f"nav.sections a[href$='/{slug}/join-codes']", ".panel.empty")
    await look(tab)
    await follow(tab, ".panel.empty a", "#max_uses")
    await tab.page.fill("#max_uses", "none")
    await follow(tab, "#continue", "#max_uses-problem")
    await look(tab)
    await tab.page.fill("#max_uses", "3")
    await follow(tab, "#continue", "#address")
    await look(tab)
    address = await tab.page.inner_text("#address")

    await other.page.goto(address)
    await other.page.click("#continue")
    await other.page.wait_for_selector("#username")
    await other.sign_in(joins)
    await other.page.wait_for_selector("button[value=join]")
    await other.decide("join")
    await other.page.wait_for_selector("[role=status]")

    await follow(tab, f"nav.sections a[href$='/{slug}/members']", "table.list")
    await look(tab)
    await tab.page.fill("#q", joins)
    await follow(tab, "form.filter button", f"tbody :text('{joins}')")
    assert await tab.page.locator("tbody tr").count() == 1
    await follow(tab, "tbody th a", "a[href*='ask=suspend']")
    await look(tab)
    await follow(tab, "a[href*='ask=suspend']", "button[value=suspend]")
    await look(tab)
    await follow(tab, "button[value=suspend]", "[role=status]")
    assert await tab.page.inner_text(".content [role=status]") == tab.say("console.done.member_suspended")
    await look(tab)

    await other.page.goto(f"{provider.issuer}/account/organizations")
    assert urlsplit(other.page.url).path == "/login"
    await other.sign_in(joins)
    await other.page.wait_for_selector("nav.sections")
    assert tab.say("account.organizations.suspended") in await other.page.inner_text("main")
    assert faults == []


async def test_whoever_looks_after_several_organizations_switches_between_them(
    provider: HibanaProcess, new_tab: NewTab
) -> None:
    owner = newcomer(provider, "runs-two")
    for slug in ("first-of-two", "second-of-two"):
        tenant(provider, slug, "--owner", owner)
    tab = await new_tab(language="ja-JP", width=320, dark=True)
    await tab.page.goto(f"{provider.issuer}/admin")
    await tab.sign_in(owner)
    await tab.page.wait_for_selector("a.tile")
    faults = await tab.faults()
    for slug in ("first-of-two", "second-of-two"):
        await follow(tab, f"a.tile[href$='/{slug}']", "nav.sections")
        assert urlsplit(tab.page.url).path == f"/admin/{slug}"
        await follow(tab, ".bar a[href$='/admin']", "a.tile")
    assert faults == []
