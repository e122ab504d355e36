"""Another provider, and a deployment that may reach it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.deployment import Deployment, deploy
from tests.flows.federation.directories import reaching
from tests.flows.federation.upstream import Upstream, upstream
from tests.foundation.certificates import Authority
from tests.slapd import Slapd


@pytest.fixture
async def acme(authority: Authority) -> AsyncIterator[Upstream]:
    """Another provider."""
    async with upstream(authority.server("localhost")) as server:
        yield server


@pytest.fixture
async def open_to_new(tmp_path: Path, authority: Authority) -> AsyncIterator[Deployment]:
    """A deployment that may reach the provider, and where people may sign up."""
    settings = {
        "HIBANA_OUTBOUND_ALLOW": "localhost",
        "HIBANA_OUTBOUND_CA_FILE": str(authority.file),
        "HIBANA_SIGNUP": "open",
        "HIBANA_SMTP__URL": "smtp://mail.example",
    }
    async with deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path, **settings) as deployed:
        yield deployed


@pytest.fixture
async def house(slapd: Slapd, database_url: str, tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment of each engine that may reach the directory."""
    async with reaching(slapd, database_url, tmp_path) as deployed:
        yield deployed


@pytest.fixture
async def on_sqlite(slapd: Slapd, tmp_path: Path) -> AsyncIterator[Deployment]:
    """The same, where the engine makes no difference."""
    async with reaching(slapd, f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path) as deployed:
        yield deployed


@pytest.fixture(scope="session")
def dora(slapd: Slapd) -> str:
    """The number of somebody's entry in the directory."""
    return slapd.uuid_of(slapd.add("dora", mail="dora@corp.example", cn="Dora Doe", givenName="Dora", sn="Doe"))
