"""The newest schema in a fresh database: by the migrations once in a test run, and by copies of that one after it."""

import atexit
import shutil
import tempfile
from pathlib import Path

import asyncpg

from hibana_op.storage import migrate, open_database

_MODEL = "hibana_model"
_folder = Path(tempfile.mkdtemp(prefix="hibana-model-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
_clusters: set[str] = set()  # those that have a model to copy


async def bring(database_url: str) -> None:
    """Give a database the newest schema; one that holds something already is migrated as it is."""
    scheme, _, rest = database_url.partition("://")
    if scheme == "sqlite":
        await _copy_file(Path(rest.removeprefix("/")))
    else:
        await _copy_database(database_url)


async def _migrated(database_url: str) -> None:
    db = await open_database(database_url)
    await migrate.up(db)
    await db.close()


async def _copy_file(file: Path) -> None:
    if file.exists():  # noqa: ASYNC240 -- nothing else runs while a test begins
        await _migrated(f"sqlite:///{file}")
        return
    model = _folder / "hibana.db"
    if not model.exists():
        await _migrated(f"sqlite:///{model}")
    shutil.copyfile(model, file)


async def _copy_database(database_url: str) -> None:
    cluster, _, name = database_url.rpartition("/")
    admin = await asyncpg.connect(f"{cluster}/postgres")
    try:
        if cluster not in _clusters:
            await admin.execute(f"CREATE DATABASE {_MODEL}")
            await _migrated(f"{cluster}/{_MODEL}")
            _clusters.add(cluster)
        if await _holds_something(database_url):
            await _migrated(database_url)
            return
        await admin.execute(f"DROP DATABASE {name}")
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {_MODEL}")
    finally:
        await admin.close()


async def _holds_something(database_url: str) -> bool:
    connection = await asyncpg.connect(database_url)
    try:
        return bool(await connection.fetchval("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'"))
    finally:
        await connection.close()
