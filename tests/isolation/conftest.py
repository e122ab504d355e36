"""One deployment for all the routes of a module."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.deployment import deploy
from tests.isolation.scene import House, furnish
from tests.second_factors import NOBODY

SETTINGS = {**NOBODY, "HIBANA_SIGNUP": "open", "HIBANA_REGISTRATION": "token"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Two tenants seeded alike, and everybody signed in."""
    folder: Path = tmp_path_factory.mktemp("house")
    async with deploy(f"sqlite:///{folder / 'hibana.db'}", folder, **SETTINGS) as deployment:
        furnished = await furnish(deployment)
        furnished.file = folder / "hibana.db"
        yield furnished
