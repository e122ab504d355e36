"""The code flow as people go through it: languages, screens, themes, with and without scripts, on both engines."""

import pytest

from tests.journeys.conftest import HANAKO
from tests.journeys.relying_party import RelyingParty, running
from tests.journeys.tab import NewTab
from tests.server import HibanaProcess
from tests.visitor import ALICE, register_person


@pytest.mark.parametrize("language", ["en-US", "ja"])
@pytest.mark.parametrize("width", [1280, 320])
async def test_every_page_of_the_way_is_accessible_and_obeys_its_policy(
    party: RelyingParty, new_tab: NewTab, language: str, width: int
) -> None:
    tab = await new_tab(language=language, width=width)
    faults = []
    await tab.page.goto(party.start())
    assert await tab.title() == tab.say("login.title")
    faults += await tab.faults()
    await tab.name(HANAKO)
    assert await tab.title() == tab.say("password.title")
    faults += await tab.faults()
    await tab.page.go_back()
    await tab.sign_in(HANAKO)
    app = {"en": "Shop Console", "ja": "お店の管理画面"}[tab.language]
    assert await tab.title() == tab.say("consent.title", app=app)
    assert {"en": "Hanako Yamada", "ja": "山田 花子"}[tab.language] in await tab.page.inner_text("main")
    faults += await tab.faults()
    await tab.decide("allow")
    assert await tab.told() == HANAKO

    await tab.page.goto(party.start(prompt="select_account"))
    assert await tab.title() == tab.say("accounts.title")
    faults += await tab.faults()
    await tab.page.goto(party.sign_out())
    assert await tab.title() == tab.say("logout.title")
    faults += await tab.faults()
    await tab.decide("logout")
    assert await tab.title() == tab.say("logged_out.title")
    faults += await tab.faults()
    await tab.page.goto(f"{party.issuer}/login?interaction=none-of-ours")
    assert await tab.title() == tab.say("refused_title.interaction_expired")
    faults += await tab.faults()
    assert faults == []


@pytest.mark.parametrize("language", ["en-US", "ja"])
async def test_the_whole_way_works_without_scripts(party: RelyingParty, new_tab: NewTab, language: str) -> None:
    tab = await new_tab(language=language, javascript=False, width=320, dark=True)
    await tab.page.goto(party.start())
    await tab.sign_in()
    await tab.decide("allow")
    assert await tab.told() == ALICE
    await tab.page.goto(party.sign_out(id_token_hint=party.id_token))
    assert await tab.title() == tab.say("logged_out.title")


@pytest.mark.parametrize("hibana_server", [("postgres", 1), ("sqlite", 2), ("postgres", 2)], indirect=True)
async def test_the_way_is_the_same_with_another_engine_and_several_workers(
    hibana_server: HibanaProcess, new_tab: NewTab
) -> None:
    register_person(hibana_server)
    with running(hibana_server) as party:
        tab = await new_tab()
        await tab.page.goto(party.start())
        await tab.sign_in()
        await tab.decide("allow")
        assert await tab.told() == ALICE
        await tab.page.goto(party.start(prompt="none"))
        assert await tab.told() == ALICE
        await tab.page.goto(
            party.sign_out(id_token_hint=party.id_token, post_logout_redirect_uri=party.after_logout, state="s1")
        )
        assert await tab.told() == "/bye state=s1"
        await tab.page.goto(party.start(prompt="none"))
        assert await tab.told() == "login_required"


@pytest.mark.parametrize("javascript", [True, False])
async def test_form_post_brings_the_answer_in_a_form(party: RelyingParty, new_tab: NewTab, javascript: bool) -> None:
    tab = await new_tab(javascript=javascript)
    await tab.page.goto(party.start(response_mode="form_post"))
    await tab.sign_in()
    await tab.decide("allow")
    if not javascript:
        assert await tab.title() == tab.say("form_post.title")
        await tab.page.click("#continue")
    assert await tab.told() == ALICE
    assert [method for method, _ in party.answers] == ["POST"]


async def test_a_keyboard_is_enough(party: RelyingParty, new_tab: NewTab) -> None:
    tab = await new_tab()
    page = tab.page
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    await page.goto(party.start())
    assert await page.evaluate("document.activeElement.id") == "username"
    await page.keyboard.type(ALICE)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.id") == "continue"
    assert await page.evaluate(outline) != "none"
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#password")
    await page.keyboard.type("correct horse battery")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.dataset.show") == "password"
    await page.keyboard.press("Space")
    assert await page.get_attribute("#password", "type") == "text"
    await page.focus("#remember")
    await page.keyboard.press("Space")
    assert await page.is_checked("#remember")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("button[value=allow]")
    stops = []
    while "allow" not in stops:
        await page.keyboard.press("Tab")
        assert await page.evaluate(outline) != "none"
        stops.append(await page.evaluate("document.activeElement.value ?? document.activeElement.innerText"))
        assert len(stops) < 10, stops
    assert stops[0] == tab.say("consent.switch")
    assert stops[-2:] == ["deny", "allow"]
    await page.keyboard.press("Enter")
    assert await tab.told() == ALICE
