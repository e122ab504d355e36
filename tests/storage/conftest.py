"""An open database on each engine, with two small tables; and processes beside it."""

import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from hibana_op.storage import open_database
from hibana_op.storage.database import Database

CHECKOUT = Path(__file__).parents[2]
StartChild = Callable[..., "subprocess.Popen[str]"]

TABLES = (
    """CREATE TABLE items (
        id TEXT PRIMARY KEY,
        owner TEXT,
        kind TEXT,
        label TEXT,
        amount BIGINT NOT NULL DEFAULT 0 CONSTRAINT items_amount_is_positive CHECK (amount >= 0),
        is_spent BOOLEAN NOT NULL DEFAULT FALSE,
        UNIQUE (owner, kind))""",
    "CREATE UNIQUE INDEX items_label_in_any_case ON items (lower(label))",
    """CREATE TABLE parts (
        id TEXT PRIMARY KEY,
        item_id TEXT NOT NULL REFERENCES items (id),
        next_id TEXT REFERENCES parts (id) DEFERRABLE INITIALLY DEFERRED)""",
)


async def make_tables(db: Database) -> None:
    """The tables that the tests of this folder write to."""
    for table in TABLES:
        await db.run(table)


@pytest_asyncio.fixture
async def db(empty_url: str) -> AsyncIterator[Database]:
    """A new database with the tables, closed after the test."""
    opened = await open_database(empty_url)
    await make_tables(opened)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def second_db(db: Database, empty_url: str) -> AsyncIterator[Database]:
    """The same database opened once more, as another process would."""
    opened = await open_database(empty_url)
    yield opened
    await opened.close()


@pytest.fixture
def start_child() -> Iterator[StartChild]:
    """A function that starts `tests.storage.child`; whoever still runs after the test is killed."""
    children: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.storage.child", *arguments]
        child = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate()
