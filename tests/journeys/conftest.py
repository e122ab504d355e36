"""A running provider with two people, an app beside it, and tabs that are watched."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.browser import NewContext
from tests.journeys.relying_party import RelyingParty, running
from tests.journeys.tab import NewTab, Tab
from tests.server import HibanaProcess
from tests.visitor import register_person

HANAKO = "hanako@example.com"


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HibanaProcess]:
    """A server that all journeys of a run share; each has an app and a browser of its own."""
    folder = tmp_path_factory.mktemp("provider")
    server = HibanaProcess(folder, database_url=f"sqlite:///{folder / 'hibana.db'}")
    try:
        server.start()
        register_person(server)
        register_person(server, HANAKO, name="Hanako Yamada", **{"name#ja": "山田 花子"})
        yield server
    finally:
        server.close()


@pytest.fixture
def party(provider: HibanaProcess) -> Iterator[RelyingParty]:
    """An app that nobody has allowed anything yet."""
    with running(provider) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def new_tab(new_context: NewContext) -> AsyncIterator[NewTab]:
    """A function that opens a tab in a new profile; after the test, no tab may have anything to complain about."""
    opened: list[Tab] = []

    async def open_tab(
        *, language: str = "en-US", javascript: bool = True, width: int = 1280, dark: bool = False
    ) -> Tab:
        context = await new_context(language=language, javascript=javascript, width=width, dark=dark)
        opened.append(Tab(await context.new_page(), language[:2]))
        return opened[-1]

    yield open_tab
    assert [complaint for tab in opened for complaint in tab.complaints] == []
