"""Deployments whose API is called."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.deployment import Deployment, deploy


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
