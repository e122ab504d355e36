"""Coming back to a browser in which one has signed out: the account waits as a tile, with and without scripts."""

import pytest

from tests.journeys.conftest import HANAKO
from tests.journeys.relying_party import RelyingParty
from tests.journeys.tab import NewTab, Tab
from tests.visitor import ALICE


async def sign_in_to_stay(tab: Tab, party: RelyingParty, email: str) -> None:
    await tab.page.goto(f"{party.issuer}/login?another=1")
    await tab.name(email)
    await tab.page.set_checked("#remember", True)
    await tab.page.fill("#password", "correct horse battery")
    await tab.page.click("#continue")
    await tab.page.wait_for_url(f"{party.issuer}/")


async def sign_out(tab: Tab, party: RelyingParty) -> None:
    await tab.page.goto(f"{party.issuer}/logout")
    await tab.decide("logout")
    await tab.page.wait_for_selector("button[value=logout]", state="detached")


@pytest.mark.parametrize(
    ("language", "width", "javascript"),
    [("ja", 320, True), ("en-US", 1280, True), ("ja", 1280, False)],
    ids=["ja-phone", "en", "ja-without-scripts"],
)
async def test_a_person_comes_back_by_their_tile(
    party: RelyingParty, new_tab: NewTab, language: str, width: int, javascript: bool
) -> None:
    tab = await new_tab(language=language, width=width, javascript=javascript)
    page = tab.page
    for email in (HANAKO, ALICE):
        await sign_in_to_stay(tab, party, email)
        await sign_out(tab, party)

    await page.goto(party.start())
    assert await tab.title() == tab.say("login.title")
    tiles = page.locator("button[name=account]")
    assert [ALICE in await tiles.nth(0).inner_text(), HANAKO in await tiles.nth(1).inner_text()] == [True, True]
    assert tab.say("accounts.signed_out") in await tiles.nth(0).inner_text()
    if javascript:
        assert await tab.faults() == []
    # Enter in the field asks for what was typed, and presses no tile.
    await page.fill("#username", "somebody@example.com")
    await page.press("#username", "Enter")
    await page.wait_for_selector("#password")
    assert "somebody@example.com" in await page.inner_text("main")

    await page.goto(party.start())
    await tiles.nth(0).click()
    await tiles.nth(0).wait_for(state="detached")
    assert await page.input_value("#username") == ALICE
    await page.click("#continue")
    await page.fill("#password", "correct horse battery")
    await page.click("#continue")
    await tab.decide("allow")
    assert await tab.told() == ALICE

    await page.goto(party.start(prompt="select_account"))
    assert [tab.say("accounts.signed_in") in text for text in await tiles.all_inner_texts()] == [True, False]
    await page.get_by_role("button", name=tab.say("accounts.forget", account=HANAKO)).click()
    await tiles.nth(1).wait_for(state="detached")
    assert HANAKO not in await page.inner_text("main")
    if javascript:
        assert await tab.faults() == []
