"""The real parts that tests stand on: PostgreSQL, Chromium, Hibana as a process. Nothing is skipped."""

import inspect
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from playwright.async_api import Browser, BrowserContext, async_playwright

from tests import schema
from tests.browser import NewContext, launch, open_context
from tests.postgres import PostgresCluster
from tests.server import CHECKOUT, Engine, HibanaProcess, StartHibana
from tests.slapd import Slapd


def pytest_configure(config: pytest.Config) -> None:
    """The marks that tests may carry."""
    config.addinivalue_line("markers", "slow: takes many seconds; `-m 'not slow'` leaves it out")
    # How long an example takes says something about the machine, not about the program.
    settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser belongs to the event loop that started it, so every test that uses it runs on that loop."""
    for item in items:
        if isinstance(item, pytest.Function) and "chromium" in item.fixturenames:
            if not inspect.iscoroutinefunction(item.obj):
                raise pytest.UsageError(f"{item.nodeid} uses the browser, so it must be an async function")
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """A PostgreSQL server for this worker, started when the first test asks for it (half a second)."""
    cluster = PostgresCluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def slapd() -> Iterator[Slapd]:
    """An LDAP directory for this worker; tests add people of names that no other test has."""
    directory = Slapd()
    try:
        directory.start()
        yield directory
    finally:
        directory.close()


@pytest.fixture
def postgres_url(postgres_cluster: PostgresCluster) -> Iterator[str]:
    """The URL of a new, empty PostgreSQL database, dropped after the test."""
    url = postgres_cluster.create_database()
    yield url
    postgres_cluster.drop_database(url)


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database: the test runs twice, once on each engine."""
    return _database_url(request.param, request, tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database on each engine, for `tests.schema.bring` to make ready, as `deploy` does."""
    if request.param == "sqlite":
        return _database_url("sqlite", request, tmp_path)
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    url = cluster.reused_database()
    schema.reuse(url)
    return url


@pytest.fixture
def start_hibana(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StartHibana]:
    """A function that starts servers; those still running after the test are ended."""
    started: list[HibanaProcess] = []

    def start(
        engine: Engine = "sqlite",
        *,
        workers: int = 1,
        mode: Literal["serve", "dev"] = "serve",
        settings: Mapping[str, str] | None = None,
        program: Sequence[str] = CHECKOUT,
    ) -> HibanaProcess:
        folder = tmp_path / f"hibana-{len(started) + 1}"
        folder.mkdir()
        url = _database_url(engine, request, folder)
        server = HibanaProcess(folder, database_url=url, workers=workers, mode=mode, settings=settings, program=program)
        started.append(server)
        if mode == "serve" and engine == "postgres":
            server.command("migrate", "up")
        server.start()
        return server

    yield start
    for server in started:
        server.close()


@pytest.fixture(params=[("sqlite", 1), ("postgres", 1)], ids=["sqlite", "postgres"])
def hibana_server(request: pytest.FixtureRequest, start_hibana: StartHibana) -> HibanaProcess:
    """A server that answers, once on each engine; for another choice of (engine, workers), parametrize it:

    `@pytest.mark.parametrize("hibana_server", [("sqlite", 2), ("postgres", 2)], indirect=True)`
    """
    engine, workers = request.param
    return start_hibana(engine, workers=workers)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser of this worker, started when a test first asks for it; most want `new_context`."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def new_context(chromium: Browser) -> AsyncIterator[NewContext]:
    """A function that opens browser profiles (language, JavaScript, width, dark), closed after the test."""
    opened: list[BrowserContext] = []

    async def open_and_remember(
        *, language: str = "en-US", javascript: bool = True, width: int = 1280, dark: bool = False
    ) -> BrowserContext:
        context = await open_context(chromium, language=language, javascript=javascript, width=width, dark=dark)
        opened.append(context)
        return context

    yield open_and_remember
    for context in opened:
        await context.close()


def _database_url(engine: Engine, request: pytest.FixtureRequest, folder: Path) -> str:
    if engine == "sqlite":
        return f"sqlite:///{folder / 'hibana.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
