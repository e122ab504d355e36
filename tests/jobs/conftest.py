"""Background work, on both engines."""

from collections.abc import AsyncIterator

import pytest

from tests.flows.conftest import authority, deployment
from tests.foundation.certificates import Authority
from tests.jobs.house import House, open_house

__all__ = ["authority", "deployment"]


@pytest.fixture
async def house(database_url: str, authority: Authority) -> AsyncIterator[House]:
    """A provider without its server, and an app, on a fresh database of each engine."""
    async with open_house(database_url, authority) as opened:
        yield opened
