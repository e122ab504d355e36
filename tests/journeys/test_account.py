"""A person looks after their account in a real browser."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.journeys.relying_party import RelyingParty
from tests.journeys.tab import NewTab, Tab
from tests.server import HibanaProcess
from tests.visitor import register_person

PAGES = ("", "/profile", "/security", "/sessions", "/apps", "/activity", "/data")


def newcomer(provider: HibanaProcess, name: str) -> str:
    """A person whom no other journey signs in."""
    email = f"{name}@example.com"
    register_person(provider, email, name="Ren Sato")
    return email


async def enter(tab: Tab, provider: HibanaProcess, email: str, path: str = "/account") -> None:
    """Sign in on the way to an account page."""
    await tab.page.goto(f"{provider.issuer}{path}")
    await tab.sign_in(email)
    await tab.page.wait_for_selector("nav.sections")


@pytest.mark.parametrize(("language", "width"), [("ja-JP", 320), ("en-US", 1280)], ids=["ja-320", "en-1280"])
async def test_every_account_page_is_in_order(
    party: RelyingParty, provider: HibanaProcess, new_tab: NewTab, language: str, width: int
) -> None:
    email = newcomer(provider, f"looks-{width}")
    tab = await new_tab(language=language, width=width)
    await tab.page.goto(party.start())
    await tab.sign_in(email)
    await tab.decide("allow")
    await tab.told()
    faults: list[str] = []
    for path in PAGES:
        response = await tab.page.goto(f"{provider.issuer}/account{path}")
        assert response is not None
        assert response.status == 200, path
        faults += await tab.faults()
    await tab.page.fill("#confirm", "not my address")
    await tab.page.click("button[value=delete]")
    faults += await tab.faults()
    assert faults == []


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
async def test_a_profile_is_filled_in(provider: HibanaProcess, new_tab: NewTab, javascript: bool) -> None:
    email = newcomer(provider, f"profile-{javascript}".lower())
    tab = await new_tab(language="ja-JP", javascript=javascript, width=320)
    await enter(tab, provider, email, "/account/profile")
    await tab.page.fill("#nickname", "れん")
    await tab.page.fill("#birthdate", "きのう")
    await tab.page.click("#save")
    assert await tab.page.inner_text("[role=alert]") == tab.say("account.profile.not_saved")
    if javascript:
        assert await tab.faults() == []
    assert await tab.page.input_value("#nickname") == "れん"
    await tab.page.fill("#birthdate", "1990-04-01")
    await tab.page.click("#save")
    assert await tab.page.inner_text("[role=status]") == tab.say("account.done.profile")
    assert await tab.page.input_value("#birthdate") == "1990-04-01"


async def test_another_device_is_signed_out(provider: HibanaProcess, new_tab: NewTab) -> None:
    email = newcomer(provider, "devices")
    here, there = await new_tab(), await new_tab(width=320)
    await enter(there, provider, email)
    await enter(here, provider, email, "/account/sessions")
    first = here.page.locator("li.item").first
    assert here.say("account.sessions_page.current") in await first.inner_text()
    assert "UTC" not in await first.inner_text()
    await here.page.click("button[value=others]")
    assert await here.page.inner_text("[role=status]") == here.say("account.done.sessions_ended")
    await there.page.reload()
    assert urlsplit(there.page.url).path == "/login"


async def test_an_app_loses_its_access(party: RelyingParty, provider: HibanaProcess, new_tab: NewTab) -> None:
    tab = await new_tab(language="ja-JP")
    await tab.page.goto(party.start())
    await tab.sign_in(newcomer(provider, "apps"))
    await tab.decide("allow")
    await tab.told()
    await tab.page.goto(f"{provider.issuer}/account/apps")
    assert tab.say("scope.openid.title") in await tab.page.inner_text("main")
    await tab.page.click("button[name=client_id]")
    assert await tab.page.inner_text("[role=status]") == tab.say("account.done.app_removed")
    assert tab.say("account.apps.none") in await tab.page.inner_text("main")
    await tab.page.goto(party.start())
    assert urlsplit(tab.page.url).path == "/consent"


async def test_data_is_taken_along_and_the_account_closed_and_kept(
    provider: HibanaProcess, new_tab: NewTab, tmp_path: Path
) -> None:
    email = newcomer(provider, "closing")
    tab = await new_tab(width=320)
    await enter(tab, provider, email, "/account/data")
    async with tab.page.expect_download() as coming:
        await tab.page.click("button[value=export]")
    file = tmp_path / "account.json"
    await (await coming.value).save_as(file)
    assert json.loads(file.read_text())["profile"]["email"] == email

    await tab.page.fill("#confirm", email)
    await tab.page.click("button[value=delete]")
    assert await tab.title() == tab.say("account.closing_page.title")
    assert await tab.faults() == []
    await tab.page.click("p.after a")
    await tab.sign_in(email)
    await tab.page.wait_for_selector("button[name=decision][value=keep]")
    assert await tab.title() == tab.say("account.closing_page.ask")
    assert await tab.faults() == []
    await tab.decide("later")
    assert tab.say("account.keep") in await tab.page.inner_text(".alert.warn")
    assert await tab.faults() == []
    await tab.decide("keep")
    assert await tab.page.inner_text("[role=status]") == tab.say("account.done.kept")
