"""The gallery of sample pages, served once for all tests, and a visitor to it."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page

from tests.browser import NewContext
from tests.web.gallery import Gallery, Received, serve

# Everything that the content policy had to stop, seen from inside the page.
WATCH = """
window.violations = [];
addEventListener("securitypolicyviolation", (e) => violations.push(`${e.violatedDirective} ${e.blockedURI}`));
"""


@pytest.fixture(scope="session")
def gallery() -> Iterator[Gallery]:
    """A server that shows every sample page."""
    with serve() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(new_context: NewContext) -> BrowserContext:
    """An English-speaking visitor with a mouse."""
    return await new_context()


@pytest_asyncio.fixture(loop_scope="session")
async def page(visitor: BrowserContext) -> AsyncIterator[Page]:
    """One tab of that visitor."""
    tab = await visitor.new_page()
    yield tab
    await tab.close()


@pytest.fixture
def received(gallery: Gallery) -> list[Received]:
    """What the gallery was sent during this test."""
    gallery.received.clear()
    return gallery.received
