"""What happens when a person does not go straight on: refuses, mistypes, switches, goes back, comes late."""

from playwright.async_api import BrowserContext

from tests.journeys.conftest import HANAKO
from tests.journeys.relying_party import RelyingParty
from tests.journeys.tab import NewTab
from tests.visitor import ALICE


async def test_an_app_that_is_not_allowed_hears_of_it(party: RelyingParty, new_tab: NewTab) -> None:
    tab = await new_tab()
    await tab.page.goto(party.start())
    await tab.sign_in()
    await tab.decide("deny")
    assert await tab.told() == "access_denied"


async def test_a_wrong_password_is_explained_and_the_way_goes_on(party: RelyingParty, new_tab: NewTab) -> None:
    tab = await new_tab(language="ja")
    page = tab.page
    await page.goto(party.start())
    await tab.sign_in(password="not the password")
    await page.wait_for_selector("[role=alert]")
    assert await page.inner_text("[role=alert]") == tab.say("refused.wrong_credentials")
    assert await page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    assert (await page.title()).startswith("エラー: ")
    assert await page.input_value("#password") == ""
    assert await tab.faults() == []
    await page.fill("#password", "correct horse battery")
    await page.click("#continue")
    await tab.decide("allow")
    assert await tab.told() == ALICE


async def test_nobody_learns_who_has_an_account(party: RelyingParty, new_tab: NewTab) -> None:
    shown = []
    for email in (ALICE, "nobody@example.com"):
        tab = await new_tab()
        await tab.page.goto(party.start())
        await tab.sign_in(email, password="not the password")
        await tab.page.wait_for_selector("[role=alert]")
        shown.append((await tab.page.inner_text("body")).replace(email, "…"))
    assert shown[0] == shown[1]


async def test_two_people_share_a_browser(party: RelyingParty, new_tab: NewTab) -> None:
    tab = await new_tab()
    page = tab.page
    for email in (ALICE, HANAKO):
        await page.goto(party.start(prompt="login"))
        await tab.sign_in(email)
        await tab.decide("allow")
        assert await tab.told() == email
    await page.goto(party.start(prompt="select_account"))
    assert await page.locator("button[name=account]").count() == 2
    assert await tab.faults() == []
    await page.get_by_role("button", name=ALICE).first.click()
    assert await tab.told() == ALICE

    await page.goto(party.start(prompt="select_account"))
    await page.get_by_role("button", name=tab.say("accounts.forget", account=HANAKO)).click()
    await page.locator("button[name=account]").nth(1).wait_for(state="detached")
    assert HANAKO not in await page.inner_text("main")


async def test_who_asks_to_be_remembered_is(party: RelyingParty, new_tab: NewTab) -> None:
    for remember in (False, True):
        tab = await new_tab()
        await tab.page.goto(party.start())
        await tab.name()
        await tab.page.set_checked("#remember", remember)
        await tab.page.fill("#password", "correct horse battery")
        await tab.page.click("#continue")
        await tab.page.wait_for_url("**/callback?*" if remember else "**/consent?*")
        if not remember:
            await tab.decide("allow")
            await tab.told()
        assert await is_kept(tab.page.context) is remember


async def is_kept(context: BrowserContext) -> bool:
    """Whether the session outlives the browser window."""
    (cookie,) = [each for each in await context.cookies() if each["name"] == "hibana_session"]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    return cookie["expires"] != -1


async def test_another_language_keeps_the_way(party: RelyingParty, new_tab: NewTab) -> None:
    tab = await new_tab(language="en-US")
    page = tab.page
    await page.goto(party.start())
    await tab.name()
    await page.click("nav a[hreflang=ja]")
    tab.language = "ja"
    assert await tab.title() == tab.say("password.title")
    await page.fill("#password", "correct horse battery")
    await page.click("#continue")
    assert await tab.title() == tab.say("consent.title", app="お店の管理画面")
    await tab.decide("allow")
    assert await tab.told() == ALICE
    await page.goto(party.issuer)
    assert tab.say("home.signed_in") in await page.inner_text("main")
    await page.goto(f"{party.issuer}/nothing")
    assert await tab.title() == tab.say("refused_title.not_found")


async def test_going_back_after_signing_in_shows_no_form_that_cannot_work(party: RelyingParty, new_tab: NewTab) -> None:
    tab = await new_tab()
    page = tab.page
    await page.goto(f"{party.url}/")
    await page.goto(party.start())
    await tab.sign_in()
    await tab.decide("allow")
    assert await tab.told() == ALICE
    await page.go_back()
    assert await tab.title() == tab.say("refused_title.interaction_expired")
    assert await page.locator("form").count() == 0
    assert len(party.answers) == 1


async def test_a_form_from_before_a_sign_in_in_another_tab_leads_on(party: RelyingParty, new_tab: NewTab) -> None:
    tab = await new_tab()
    page = tab.page
    await page.goto(party.start())
    other = await page.context.new_page()
    await other.goto(party.start())
    await other.fill("#username", ALICE)
    await other.click("#continue")
    await other.fill("#password", "correct horse battery")
    await other.click("#continue")
    await other.click("button[value=allow]")
    assert await other.inner_text("#told") == ALICE

    await page.fill("#username", ALICE)
    await page.click("#continue")
    assert await tab.told() == ALICE
    assert len(party.answers) == 2


async def test_signing_out_asks_unless_the_app_proves_whom_it_means(party: RelyingParty, new_tab: NewTab) -> None:
    tab = await new_tab()
    page = tab.page
    await page.goto(party.start())
    await tab.sign_in()
    await tab.decide("allow")
    await tab.told()
    await page.goto(party.sign_out())
    assert ALICE in await page.inner_text("main")
    await tab.decide("stay")
    assert tab.say("home.signed_in") in await page.inner_text("main")
    await page.goto(party.start(prompt="none"))
    assert await tab.told() == ALICE
    await page.goto(party.sign_out(id_token_hint=party.id_token, post_logout_redirect_uri=party.after_logout))
    assert await tab.told() == "/bye"
    await page.goto(party.start(prompt="none"))
    assert await tab.told() == "login_required"


async def test_signing_out_with_a_question_leads_back_to_the_app(party: RelyingParty, new_tab: NewTab) -> None:
    tab = await new_tab()
    page = tab.page
    await page.goto(party.start())
    await tab.sign_in(HANAKO)
    await tab.decide("allow")
    await tab.told()
    hanako = party.id_token
    leaving = party.sign_out(id_token_hint=hanako, post_logout_redirect_uri=party.after_logout)
    await page.goto(leaving)
    assert await tab.told() == "/bye"
    await page.goto(party.start())
    await tab.sign_in()
    await tab.decide("allow")
    await tab.told()
    await page.goto(leaving)  # its hint is about a session that has ended, not about the one that is there
    assert await tab.title() == tab.say("logout.title")
    await tab.decide("logout")
    assert await tab.told() == "/bye"


async def test_after_too_many_attempts_a_person_is_asked_to_wait(party: RelyingParty, new_tab: NewTab) -> None:
    tab = await new_tab()
    page = tab.page
    await page.goto(party.start())
    await tab.name("carol@example.com")  # nobody; who has an account is locked in the same words
    for _ in range(6):
        await page.fill("#password", "not the password")
        async with page.expect_navigation() as going:
            await page.click("#continue")
    answer = await going.value
    assert answer is not None
    assert answer.status == 429
    assert await page.inner_text("[role=alert]") == tab.say("refused.too_many_attempts", minutes="15")
    assert await page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    assert await tab.faults() == []
