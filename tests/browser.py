"""Chromium for the page tests: where it is, how it starts, what a visitor's browser may look like."""

import shutil
from importlib.resources import files
from typing import Protocol

from playwright.async_api import Browser, BrowserContext, Page, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",  # root may not use the sandbox, and the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NewContext(Protocol):
    """What the fixture `new_context` gives: a function that opens a browser profile of its own."""

    async def __call__(
        self, *, language: str = "en-US", javascript: bool = True, width: int = 1280, dark: bool = False
    ) -> BrowserContext:
        """A profile with no cookies; `width=320` is the smallest phone."""
        ...


def executable() -> str:
    """Where the Chromium of this machine is."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise FileNotFoundError("no Chromium on this machine; `make test` installs it where it can")
    return found


async def launch(playwright: Playwright) -> Browser:
    """Start the Chromium of this machine, without a window."""
    return await playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))


async def open_context(
    browser: Browser,
    *,
    language: str = "en-US",
    javascript: bool = True,
    width: int = 1280,
    dark: bool = False,
) -> BrowserContext:
    """A profile with no cookies, for a visitor with this language, screen and taste."""
    return await browser.new_context(
        locale=language,
        java_script_enabled=javascript,
        viewport={"width": width, "height": 800},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )


async def accessibility_faults(page: Page) -> list[str]:
    """What axe finds on the page, one line a fault; our content policy would block an added script."""
    await page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text())
    found = await page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
