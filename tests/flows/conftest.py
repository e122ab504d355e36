"""Whole journeys, each on both engines."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.deployment import Deployment, deploy


@pytest.fixture
async def deployment(database_url: str, tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment on a fresh database of each engine."""
    async with deploy(database_url, tmp_path) as deployed:
        yield deployed
