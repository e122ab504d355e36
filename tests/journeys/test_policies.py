"""What an organisation asks for, as its people meet it: a second factor set up on the way in, and a code by mail."""

import re
from collections.abc import Iterator

import pyotp
import pytest

from tests.journeys.tab import NewTab, Tab
from tests.journeys.virtual_authenticator import Authenticator
from tests.make import PASSWORD
from tests.server import HibanaProcess
from tests.visitor import register_person

LOOKS = [("ja", True, 320), ("en-US", False, 1280), ("ja", False, 1280), ("en-US", True, 320)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HibanaProcess]:
    """A development deployment, whose outbox page shows what would have been sent."""
    folder = tmp_path_factory.mktemp("policies")
    server = HibanaProcess(folder, database_url=f"sqlite:///{folder / 'hibana.db'}", mode="dev")
    try:
        server.start()
        yield server
    finally:
        server.close()


async def look(tab: Tab, *, scripts: bool) -> None:
    """See that nothing is wrong with the page; what looks is a script itself."""
    if scripts:
        assert await tab.faults() == []


async def give_password(tab: Tab, demo: HibanaProcess, email: str) -> None:
    page = tab.page
    await page.goto(f"{demo.issuer}/login?return=/account")
    await page.fill("#username", email)
    await page.click("#continue")
    await page.fill("#password", PASSWORD)
    await page.click("#continue")


@pytest.mark.parametrize(("language", "scripts", "width"), LOOKS)
async def test_a_second_factor_is_set_up_on_the_way_in(
    demo: HibanaProcess, new_tab: NewTab, *, language: str, scripts: bool, width: int
) -> None:
    email = f"mira-{language}-{width}@example.com".lower()
    register_person(demo, email)
    demo.command("settings", "set", '{"sign_in": {"second_factor": "required"}}')
    tab = await new_tab(language=language, javascript=scripts, width=width)
    page = tab.page

    await give_password(tab, demo, email)
    await page.wait_for_selector("#totp")
    await look(tab, scripts=scripts)
    await page.click("#totp")
    secret = (await page.inner_text("#secret")).replace(" ", "")
    assert await page.locator(".qr svg").count() == 1
    await page.fill("#code", "12 34")
    await page.click("#continue")
    await page.wait_for_selector("[role=alert]")
    await look(tab, scripts=scripts)
    secret_again = (await page.inner_text("#secret")).replace(" ", "")
    assert secret_again == secret
    await page.fill("#code", pyotp.TOTP(secret).now())
    if not scripts:
        await page.click("#continue")
    await page.wait_for_selector(".codes")
    await look(tab, scripts=scripts)
    assert await page.locator(".codes code").count() == 10
    await page.click("#continue")

    await page.wait_for_url("**/account")
    assert email in await page.inner_text("main")


async def test_a_passkey_made_on_the_way_in_is_enough(demo: HibanaProcess, new_tab: NewTab) -> None:
    register_person(demo, "noah@example.com")
    demo.command("settings", "set", '{"sign_in": {"second_factor": "required"}}')
    tab = await new_tab(language="en-US", width=320)
    authenticator = await Authenticator.of(tab)

    await give_password(tab, demo, "noah@example.com")
    await tab.page.click("#create-passkey")

    await tab.page.wait_for_url("**/account")
    assert "noah@example.com" in await tab.page.inner_text("main")
    assert len(await authenticator.credentials()) == 1


@pytest.mark.parametrize(("language", "scripts", "width"), LOOKS)
@pytest.mark.parametrize("by", ["code", "link"])
async def test_a_mail_signs_in(
    demo: HibanaProcess, new_tab: NewTab, *, language: str, scripts: bool, width: int, by: str
) -> None:
    email = f"lena-{language}-{width}-{by}@example.com".lower()
    register_person(demo, email)
    demo.command("settings", "set", '{"sign_in": {"second_factor": null, "methods": ["passkey", "password", "email"]}}')
    tab = await new_tab(language=language, javascript=scripts, width=width)
    page = tab.page
    await page.goto(f"{demo.issuer}/login?return=/account")
    await page.fill("#username", email)
    await page.click("#continue")
    await look(tab, scripts=scripts)
    await page.click("#email-link")
    await look(tab, scripts=scripts)
    await page.click("#send")
    await page.wait_for_selector("#code")
    await look(tab, scripts=scripts)
    letter = await newest_letter(tab, demo)

    if by == "code":
        found = re.search(r"(?<!\d)\d{6}(?!\d)", letter.partition(email)[2])
        assert found, letter
        await page.fill("#code", found[0])
    else:
        found = re.search(r"http\S+/login/link\?token=\S+", letter)
        assert found, letter
        stranger = await new_tab(language=language, javascript=scripts, width=width)
        await stranger.page.goto(found[0])
        assert await stranger.page.locator("form").count() == 0
        await look(stranger, scripts=scripts)
        stranger.complaints.clear()  # the browser notes the status of the page
        await page.goto(found[0])
        await look(tab, scripts=scripts)
    if by == "link" or not scripts:
        await page.click("#continue")

    await page.wait_for_url("**/account")
    assert email in await page.inner_text("main")


async def newest_letter(tab: Tab, demo: HibanaProcess) -> str:
    """The newest message of the outbox, read in another tab."""
    other = await tab.page.context.new_page()
    await other.goto(f"{demo.issuer}/dev/outbox")
    letter = await other.locator("pre").first.inner_text()
    await other.close()
    return letter
