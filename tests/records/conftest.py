"""A migrated, empty database on each engine."""

from collections.abc import AsyncIterator

import pytest_asyncio

from hibana_op.storage import open_database
from hibana_op.storage.database import Database
from tests import schema


@pytest_asyncio.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """A new database with every table, closed after the test."""
    await schema.bring(database_url)
    opened = await open_database(database_url)
    yield opened
    await opened.close()
