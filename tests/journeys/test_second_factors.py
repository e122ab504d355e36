"""Two-step verification from its setup to the day on which the phone is lost, with scripts and without."""

import re
import time
from collections.abc import Iterator

import pyotp
import pytest
from playwright.async_api import Page

from hibana_op.dev.people import PEOPLE
from tests.journeys.tab import NewTab, Tab
from tests.server import HibanaProcess

PHONE = "090-1234-5678"
LOOKS = [("ja", True, 320), ("en-US", False, 1280)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HibanaProcess]:
    """A development deployment, whose outbox page shows what would have been sent."""
    folder = tmp_path_factory.mktemp("demo")
    server = HibanaProcess(folder, database_url=f"sqlite:///{folder / 'hibana.db'}", mode="dev")
    try:
        server.start()
        yield server
    finally:
        server.close()


async def newest_code(page: Page, demo: HibanaProcess) -> str:
    """The code in the newest message of the outbox, read in another tab."""
    other = await page.context.new_page()
    await other.goto(f"{demo.issuer}/dev/outbox")
    letter = await other.locator("pre").first.inner_text()
    await other.close()
    found = re.search(r"#(\d{6})", letter)
    assert found, letter
    return found[1]


async def enter(tab: Tab, code: str, *, scripts: bool) -> None:
    """Type a code; where scripts run, the last of six digits sends it."""
    await tab.page.fill("#code", code)
    if not scripts:
        await tab.page.click("#continue")


async def sign_out(tab: Tab, demo: HibanaProcess) -> None:
    await tab.page.goto(f"{demo.issuer}/logout")
    await tab.decide("logout")
    await tab.page.wait_for_selector("h1")


async def look(tab: Tab, *, scripts: bool) -> None:
    """See that nothing is wrong with the page; what looks is a script itself."""
    if scripts:
        assert await tab.faults() == []


async def set_up_app(tab: Tab, *, scripts: bool) -> str:
    """Set an authenticator app up on the page about security; the secret in it."""
    page = tab.page
    await page.click("a[href$='/account/totp']")
    secret = (await page.inner_text("#secret")).replace(" ", "")
    assert await page.locator(".qr svg").count() == 1
    await look(tab, scripts=scripts)
    await enter(tab, pyotp.TOTP(secret).now(), scripts=scripts)
    await page.wait_for_url("**/account/backup-codes?*")
    return secret


async def make_backup_codes(tab: Tab, *, scripts: bool) -> list[str]:
    """Make backup codes, and write them down."""
    page = tab.page
    await look(tab, scripts=scripts)
    await page.click("#continue")
    await page.wait_for_selector(".codes")
    await look(tab, scripts=scripts)
    made = await page.locator(".codes code").all_inner_texts()
    assert len(set(made)) == 10
    await page.click("#continue")
    return made


async def set_up_phone(tab: Tab, demo: HibanaProcess, *, scripts: bool) -> None:
    """Set SMS up on the page about security."""
    page = tab.page
    await page.click("a[href$='/account/phone']")
    await look(tab, scripts=scripts)
    await page.fill("#phone", PHONE)
    await page.click("#continue")
    await page.wait_for_selector("#code")
    await look(tab, scripts=scripts)
    await enter(tab, await newest_code(page, demo), scripts=scripts)
    await page.wait_for_url("**/account/security?*")


@pytest.mark.parametrize(("language", "javascript", "width"), LOOKS, ids=["ja-small-with-scripts", "en-without"])
async def test_from_the_setup_to_the_lost_phone(
    demo: HibanaProcess, new_tab: NewTab, language: str, javascript: bool, width: int
) -> None:
    person = PEOPLE[0 if javascript else 1]
    tab = await new_tab(language=language, javascript=javascript, width=width)
    page = tab.page
    await page.goto(f"{demo.issuer}/login?return=/account/security")
    await tab.sign_in(person.email, password=person.password)
    secret = await set_up_app(tab, scripts=javascript)
    made = await make_backup_codes(tab, scripts=javascript)
    await set_up_phone(tab, demo, scripts=javascript)
    await look(tab, scripts=javascript)
    assert "••••5678" in await page.inner_text("main")
    await sign_out(tab, demo)

    await page.goto(f"{demo.issuer}/login?return=/account/security")
    await tab.sign_in(person.email, password=person.password)
    await page.wait_for_selector("#code")
    assert await tab.title() == tab.say("mfa.title")
    await look(tab, scripts=javascript)
    await enter(tab, "000000", scripts=javascript)
    await page.wait_for_selector("[role=alert]")
    assert await page.inner_text("[role=alert]") == tab.say("refused.wrong_code")
    await enter(tab, pyotp.TOTP(secret).at(int(time.time()) + 30), scripts=javascript)
    await page.wait_for_url("**/account/security")
    await sign_out(tab, demo)

    await page.goto(f"{demo.issuer}/login?return=/account/security")
    await tab.sign_in(person.email, password=person.password)
    await page.click("[data-method=sms]")
    await page.wait_for_selector("button[name=send]")
    await look(tab, scripts=javascript)
    await page.click("[data-method=backup_code]")
    await page.wait_for_selector("#code")
    await look(tab, scripts=javascript)
    await page.check("#trust")
    await page.fill("#code", made[0].upper())
    await page.click("#continue")
    await page.wait_for_url("**/account/security")
    assert tab.say("factors.backup.left", count="9") in await page.inner_text("main")
    await sign_out(tab, demo)

    await page.goto(f"{demo.issuer}/login")
    await tab.sign_in(person.email, password=person.password)
    await page.wait_for_url(f"{demo.issuer}/")
