"""One person's whole story: sign up, a passkey, autofill, an authenticator app, the passkey lost, Google."""

import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from tests.journeys.tab import NewTab, Tab
from tests.journeys.test_federation import choose
from tests.journeys.two_providers import google_elsewhere
from tests.journeys.virtual_authenticator import Authenticator
from tests.server import HibanaProcess
from tests.visitor import register_person

ELSEWHERE = {"ja": "haru@example.com", "en-US": "avery@example.com"}
PASSWORD = "seven herons over the marsh"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HibanaProcess]:
    """A development deployment, with a second one in Google's place."""
    with google_elsewhere(tmp_path_factory, mode="dev") as both:
        for email in ELSEWHERE.values():
            register_person(both.there, email)
        yield both.here


async def link_in_outbox(tab: Tab, demo: HibanaProcess) -> str:
    """The link in the newest message, read in another tab."""
    other = await tab.page.context.new_page()
    await other.goto(f"{demo.issuer}/dev/outbox")
    letter = await other.locator("pre").first.inner_text()
    await other.close()
    found = re.search(r"^http\S+token=\S+$", letter, re.MULTILINE)
    assert found, letter
    return found[0]


async def sign_up(tab: Tab, demo: HibanaProcess, email: str) -> None:
    """From the sign-in page to an account."""
    page = tab.page
    await page.goto(f"{demo.issuer}/login")
    await page.click("#signup")
    await page.fill("#email", email)
    await page.click("#continue")
    await page.wait_for_selector(f"text={email}")
    await page.goto(await link_in_outbox(tab, demo))
    await page.fill("#name", "Newcomer")
    await page.fill("#password", PASSWORD)
    await page.click("#continue")
    await page.wait_for_url(re.compile(r"/account|/login/passkey-offer"))


async def sign_out(tab: Tab, demo: HibanaProcess) -> None:
    await tab.page.goto(f"{demo.issuer}/logout")
    await tab.decide("logout")
    await tab.page.wait_for_load_state()


async def add_app(tab: Tab, demo: HibanaProcess) -> list[str]:
    """Set an authenticator app up; the backup codes that come with it."""
    page = tab.page
    await page.goto(f"{demo.issuer}/account/totp")
    secret = (await page.inner_text("#secret")).replace(" ", "")
    await page.fill("#code", pyotp.TOTP(secret).now())
    await page.wait_for_url("**/account/backup-codes?*")
    await page.click("#continue")
    await page.wait_for_selector(".codes")
    made = await page.locator(".codes code").all_inner_texts()
    await page.click("#continue")
    await page.wait_for_url("**/account/security*")
    return made


async def link_google(tab: Tab, demo: HibanaProcess, email: str) -> None:
    """Link the account of another provider."""
    await tab.page.goto(f"{demo.issuer}/account/linked")
    await choose(tab, "google")
    await tab.sign_in(email)
    await tab.page.wait_for_url("**/login/passkey-offer?*")  # the other one too would like them to have one
    await tab.decide("later")
    await tab.page.wait_for_url(f"{demo.issuer}/account/linked*")


@pytest.mark.parametrize(("language", "width"), [("ja", 320), ("en-US", 1280)])
async def test_a_newcomer_finds_every_way_in(
    demo: HibanaProcess, new_tab: NewTab, tmp_path: Path, language: str, width: int
) -> None:
    email = f"newcomer-{width}@example.com"
    tab = await new_tab(language=language, width=width)
    page = tab.page
    authenticator = await Authenticator.of(tab)
    await sign_up(tab, demo, email)

    await page.goto(f"{demo.issuer}/account/security")
    await page.click("#create-passkey")
    await page.wait_for_url("**/account/passkeys/*")
    await sign_out(tab, demo)

    await page.goto(f"{demo.issuer}/login?return=/account")
    await page.wait_for_url(f"{demo.issuer}/account")
    made = await add_app(tab, demo)
    await sign_out(tab, demo)

    await authenticator.send("clearCredentials")
    await page.goto(f"{demo.issuer}/login?return=/account")
    await tab.sign_in(email, password=PASSWORD)
    await page.click("[data-method=backup_code]")
    await page.fill("#code", made[3])
    await page.click("#continue")
    await page.wait_for_url(f"{demo.issuer}/account")
    await link_google(tab, demo, ELSEWHERE[language])

    await page.goto(f"{demo.issuer}/account/activity")
    told = await page.inner_text("main")
    happened = (
        "user:account:created",
        "user:passkey:added",
        "user:factor:added",
        "user:backup_codes:made",
        "user:login:succeeded",
        "user:identity:linked",
    )
    assert [tag for tag in happened if tab.say(f"account.event.{tag}") not in told] == []
    for method in ("passkey", "backup_code"):
        assert tab.say(f"account.method.{method}") in told
    await page.screenshot(path=tmp_path / "activity.png", full_page=True)
    assert await tab.faults() == []
