"""Second factors, on both engines, with mail and SMS that wait in the outbox."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.second_factors import deploy_sending


@pytest.fixture
async def deployment(database_url: str, tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment that sends, on a fresh database of each engine."""
    async with deploy_sending(database_url, tmp_path) as deployed:
        yield deployed
