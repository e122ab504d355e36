"""From nobody to somebody and back in: sign up, forget the password, change it, change the address; by real mail."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import pytest
import pytest_asyncio

from tests.foundation.postman import Postman, content_of, office
from tests.journeys.tab import NewTab, Tab
from tests.journeys.virtual_authenticator import Authenticator
from tests.server import HibanaProcess, StartHibana

EMAIL = "new.person@example.com"
OTHER = "other@example.com"
FIRST = "a sentence of several words"
SECOND = "another sentence of words"
THIRD = "the third time is a charm"


class Mailbox:
    """A mail server, and the links that arrive there."""

    def __init__(self, postman: Postman) -> None:
        self._postman = postman
        self._read = 0

    async def link(self, *, to: str = EMAIL) -> str:
        """The link in the next mail to an address that has one."""
        return await self._find(r"^http\S+token=\S+$", to)

    async def code(self, *, to: str = EMAIL) -> str:
        """The code in the next mail to an address that has one."""
        return await self._find(r"\d{6}$", to)

    async def _find(self, pattern: str, to: str) -> str:
        async with asyncio.timeout(20):
            while True:
                for letter in self._postman.letters[self._read :]:
                    self._read += 1
                    if letter["To"] == to and (found := _found_in(letter, pattern)):
                        return found
                await asyncio.sleep(0.05)


def _found_in(letter: EmailMessage, pattern: str) -> str | None:
    part = letter.get_body(("plain",))
    assert part is not None
    found = re.search(pattern, content_of(part), re.MULTILINE)
    return found[0] if found else None


@pytest_asyncio.fixture(loop_scope="session")
async def postman() -> AsyncIterator[Postman]:
    async with office() as running:
        yield running


@pytest.fixture
def open_server(start_hibana: StartHibana, postman: Postman) -> HibanaProcess:
    """A server where everybody may sign up."""
    settings = {"HIBANA_SIGNUP": "open", "HIBANA_SMTP__URL": f"smtp://127.0.0.1:{postman.port}"}
    return start_hibana(settings=settings)


@dataclass(slots=True)
class Walk:
    """One person's way through the pages. `looks`: at each page, for what is wrong with it; that takes scripts."""

    tab: Tab
    server: HibanaProcess
    mailbox: Mailbox
    looks: bool
    faults: list[str] = field(default_factory=list)

    async def arrived(self, title: str) -> None:
        """The page of this title is there."""
        assert await self.tab.title() == self.tab.say(title)
        await self.look()

    async def look(self) -> None:
        """Note what is wrong with the page that is shown."""
        if self.looks:
            self.faults += await self.tab.faults()

    async def refused(self, reason: str, **values: str) -> None:
        """The page says why it was not accepted."""
        assert await self.tab.page.inner_text("[role=alert]") == self.tab.say(f"refused.{reason}", **values)
        await self.look()

    async def press(self, selector: str = "#continue") -> None:
        """Press a button that leads to another page."""
        async with self.tab.page.expect_navigation():
            await self.tab.page.click(selector)

    async def choose(self, password: str) -> None:
        """Send a form with a new password."""
        await self.tab.page.fill("#password", password)
        await self.press()

    async def type_code(self, code: str) -> None:
        """Type six digits; a script sends them without a press."""
        if not self.looks:
            await self.tab.page.fill("#code", code)
            await self.press("form:has(#code) button")
            return
        async with self.tab.page.expect_navigation():
            await self.tab.page.fill("#code", code)

    async def open(self, path: str) -> None:
        """Go to a page of the server, or to a link."""
        await self.tab.page.goto(path if path.startswith("http") else self.server.issuer + path)


async def sign_up(walk: Walk) -> None:
    """From the sign-in page to an account."""
    page = walk.tab.page
    await walk.open("/login")
    await walk.press("#signup")
    await walk.arrived("signup.title")
    await page.fill("#email", "nobody")
    await walk.press()
    await walk.refused("invalid_email")
    await page.fill("#email", EMAIL)
    await walk.press()
    await walk.arrived("mail_sent.title")
    assert EMAIL in await page.inner_text("main")
    await walk.open(await walk.mailbox.link())
    await walk.arrived("new_account.title")
    await page.fill("#name", "花子 Yamada")
    await walk.choose("too short")
    await walk.refused("password_too_short", shortest="15")
    assert await page.input_value("#name") == "花子 Yamada"
    await walk.choose(FIRST)
    await page.wait_for_url(f"{walk.server.issuer}/**")
    await walk.open("/account")
    assert page.url == f"{walk.server.issuer}/account"


async def recover(walk: Walk) -> None:
    """From the password page to a new password."""
    page = walk.tab.page
    await page.context.clear_cookies()
    await walk.open("/login")
    await walk.tab.name(EMAIL)
    await walk.press("#recover")
    await walk.arrived("recover.title")
    assert await page.input_value("#username") == EMAIL
    await walk.press()
    await walk.arrived("mail_sent.title")
    link = await walk.mailbox.link()
    await walk.open(link)
    await walk.arrived("reset.title")
    assert await page.is_checked("#end_others")
    await walk.choose(SECOND)
    await walk.arrived("reset.done")
    await walk.press("a.button")
    await walk.tab.sign_in(EMAIL, password=SECOND)
    await page.wait_for_url(f"{walk.server.issuer}/**")
    await walk.open(link)
    await walk.arrived("refused_title.link_spent")


async def change(walk: Walk) -> None:
    """In the account pages: another password, and another address."""
    page = walk.tab.page
    await walk.open("/.well-known/change-password")
    await walk.arrived("account_password.change")
    await page.fill("#current_password", "not mine")
    await walk.choose(THIRD)
    await walk.refused("wrong_current_password")
    await page.fill("#current_password", SECOND)
    await walk.choose(THIRD)
    assert walk.tab.say("account.done.password") in await page.inner_text("main")
    await walk.look()
    await walk.open("/account/email")
    await walk.arrived("account_email.title")
    await page.fill("#email", OTHER)
    await walk.press()
    assert OTHER in await page.inner_text("[role=status]")
    await walk.look()
    await walk.type_code("000000")
    await walk.arrived("mail_sent.title")
    await walk.refused("wrong_code")
    await walk.type_code(wide(await walk.mailbox.code(to=OTHER)))
    await walk.arrived("confirm_email.done")


def wide(code: str) -> str:
    """Digits as a Japanese keyboard types them."""
    return "".join(chr(0xFF10 + int(digit)) for digit in code)


@pytest.mark.parametrize(
    "visitor",
    [
        {"language": "ja", "width": 320},
        {"language": "en-US", "width": 1280},
        {"language": "en-US", "width": 320, "javascript": False},
    ],
    ids=["ja-phone", "en-desktop", "en-phone-without-scripts"],
)
async def test_an_account_is_made_lost_and_changed(
    open_server: HibanaProcess, postman: Postman, new_tab: NewTab, visitor: dict[str, Any]
) -> None:
    tab = await new_tab(**visitor)
    walk = Walk(tab, open_server, Mailbox(postman), looks=visitor.get("javascript", True))
    await sign_up(walk)
    await recover(walk)
    await change(walk)

    assert walk.faults == []


async def test_somebody_signs_up_with_a_passkey_alone_and_comes_back_with_it(
    new_tab: NewTab, open_server: HibanaProcess, postman: Postman
) -> None:
    tab = await new_tab(language="ja", width=320)
    authenticator = await Authenticator.of(tab)
    walk = Walk(tab, open_server, Mailbox(postman), looks=True)
    page = tab.page

    await walk.open("/signup")
    await page.fill("#email", EMAIL)
    await walk.press()
    await walk.open(await walk.mailbox.link())
    await walk.arrived("new_account.title")
    await page.fill("#name", "花子 Yamada")
    await walk.press("#create-passkey")
    await page.wait_for_url(f"{open_server.issuer}/account")
    assert "花子 Yamada" in await page.inner_text("main")
    assert len(await authenticator.credentials()) == 1
    await page.context.clear_cookies()
    await authenticator.is_present(False)  # else the field for the name would be faster than the button
    await walk.open("/login?return=/account")
    await page.wait_for_selector("#passkey")
    await authenticator.is_present(True)
    await page.click("#passkey")
    await page.wait_for_url(f"{open_server.issuer}/account")
    assert walk.faults == []
