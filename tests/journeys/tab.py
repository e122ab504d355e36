"""A browser tab that a person signs in with, and that notes what a careful visitor would notice."""

from typing import Protocol
from urllib.parse import urlsplit

from playwright.async_api import Page, Request

from hibana_op.web.words import say
from tests.browser import accessibility_faults
from tests.make import PASSWORD
from tests.visitor import ALICE


class NewTab(Protocol):
    """What the fixture `new_tab` gives: a function that opens a tab in a profile of its own."""

    async def __call__(
        self, *, language: str = "en-US", javascript: bool = True, width: int = 1280, dark: bool = False
    ) -> "Tab":
        """A tab without cookies."""
        ...


class Tab:
    """One tab; `complaints` are messages in its console, failures of scripts, and visits to other hosts."""

    def __init__(self, page: Page, language: str) -> None:
        self.page = page
        self.language = language
        self.complaints: list[str] = []
        page.on("console", lambda message: self._note(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._look_at)

    def _note(self, message: str) -> None:
        # Chromium reports the status of an error page in its console.
        if not message.startswith("Failed to load resource: the server responded with a status of 4"):
            self.complaints.append(message)

    def _look_at(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data" and parts.hostname not in ("localhost", "127.0.0.1"):
            self.complaints.append(f"asked {request.url}")

    def say(self, key: str, **values: str) -> str:
        """The words of a page in this tab's language."""
        return say(self.language, key, **values)

    async def title(self) -> str:
        """The heading that the page is under."""
        return await self.page.inner_text("h1")

    async def told(self) -> str:
        """What the app says, once the tab is there."""
        return await self.page.inner_text("#told")

    async def name(self, email: str = ALICE) -> None:
        """Answer the question who one is."""
        await self.page.fill("#username", email)
        await self.page.click("#continue")
        await self.page.wait_for_selector("#password")

    async def sign_in(self, email: str = ALICE, *, password: str = PASSWORD) -> None:
        """Go through both sign-in pages."""
        await self.name(email)
        await self.page.fill("#password", password)
        await self.page.click("#continue")

    async def decide(self, decision: str) -> None:
        """Answer the question of a page with two buttons."""
        await self.page.click(f"button[name=decision][value={decision}]")

    async def faults(self) -> list[str]:
        """What is wrong with the page as it is shown now: accessibility in both themes, overflow, language."""
        found: list[str] = []
        for scheme in ("light", "dark"):
            await self.page.emulate_media(color_scheme=scheme)
            found += [f"{scheme}: {fault}" for fault in await accessibility_faults(self.page)]
        if await self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append("too wide")
        if (spoken := await self.page.get_attribute("html", "lang")) != self.language:
            found.append(f"speaks {spoken}")
        return [f"{await self.page.title()}: {fault}" for fault in found]
