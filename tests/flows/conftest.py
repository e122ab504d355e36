"""Whole journeys: on both engines where the database matters, else on SQLite, which is quicker."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hibana_op.records import remembered
from tests.app_server import AppServer, app_server
from tests.deployment import Deployment, deploy
from tests.flows.registering import open_to_all
from tests.foundation.certificates import Authority


@pytest.fixture
async def deployment(database_url: str, tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment on a fresh database of each engine."""
    async with deploy(database_url, tmp_path) as deployed:
        yield deployed


@pytest.fixture
async def deployment_on_sqlite(tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment on a fresh SQLite database."""
    async with deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path) as deployed:
        yield deployed


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs the certificates of the apps' servers on loopback."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
async def app_site(authority: Authority) -> AsyncIterator[AppServer]:
    """The web server of an app."""
    async with app_server(authority.server("localhost")) as server:
        yield server


@pytest.fixture
async def reaching_apps(tmp_path: Path, authority: Authority) -> AsyncIterator[Deployment]:
    """A deployment on a fresh SQLite database that may fetch from `app_site`."""
    way_out = {"HIBANA_OUTBOUND_ALLOW": "localhost", "HIBANA_OUTBOUND_CA_FILE": str(authority.file)}
    async with deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path, **way_out) as deployed:
        yield deployed


@pytest.fixture
def changes_are_seen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker asks at every request whether the registry changed, not once a second."""
    monkeypatch.setattr(remembered, "FRESH_FOR", -1.0)


@pytest.fixture
async def open_deployment(database_url: str, tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment of each engine in which everybody may register clients."""
    async with open_to_all(database_url, tmp_path) as deployed:
        yield deployed


@pytest.fixture
async def open_on_sqlite(tmp_path: Path) -> AsyncIterator[Deployment]:
    """The same on SQLite alone."""
    async with open_to_all(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path) as deployed:
        yield deployed


@pytest.fixture
async def open_and_reaching_apps(tmp_path: Path, authority: Authority) -> AsyncIterator[Deployment]:
    """The same, that may fetch from `app_site`."""
    way_out = {"HIBANA_OUTBOUND_ALLOW": "localhost", "HIBANA_OUTBOUND_CA_FILE": str(authority.file)}
    async with open_to_all(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path, **way_out) as deployed:
        yield deployed
