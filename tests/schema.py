"""Databases as the migrations leave them, or as a first start leaves them: made once in a test run, and given again.

Making one takes longer than most tests, so SQLite files are copied from a model, and on PostgreSQL one database of
the worker is brought back to what it was; a test that wants one that is new and empty asks for `empty_url`.
"""

import atexit
import shutil
import tempfile
from enum import Enum
from pathlib import Path

import asyncpg

from hibana_op.config import load
from hibana_op.provider import open_provider
from hibana_op.storage import migrate, open_database
from tests.clock import FrozenClock

ISSUER = "https://id.example"
MASTER_KEY = "pX3nP4Wkq9l0aB7cD2eF6gH1iJ5kL8mN-oQ_rStUvWY="
REUSED = "hibana_reused"

_folder = Path(tempfile.mkdtemp(prefix="hibana-model-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
_kept: set[str] = set()  # the databases that know what they were
_given: set[str] = set()  # those that this test was given and may have written to


class Stage(Enum):
    """What a database holds."""

    MIGRATED = "migrated"  # the tables, and what migrations write into them
    STARTED = "started"  # also what a first start with our master key makes: its secrets and its keys


def reuse(database_url: str) -> None:
    """Let the next `bring` empty a database: a new test begins."""
    _given.discard(database_url)


async def bring(database_url: str, stage: Stage = Stage.MIGRATED) -> None:
    """Give a database the newest schema; one that holds something already is migrated as it is."""
    scheme, _, rest = database_url.partition("://")
    if scheme == "sqlite":
        await _copy_file(Path(rest.removeprefix("/")), stage)
    elif rest.endswith(REUSED) and database_url not in _given:
        await _bring_back(database_url, stage)
        _given.add(database_url)
    else:
        await _migrated(database_url)


async def _migrated(database_url: str) -> None:
    db = await open_database(database_url)
    await migrate.up(db)
    await db.close()


async def _started(database_url: str) -> None:
    environ = {
        "HIBANA_ISSUER": ISSUER,
        "HIBANA_DATABASE_URL": database_url,
        "HIBANA_MASTER_KEY": MASTER_KEY,
    }
    settings = load(environ, file=None, flags={}, mode="serve")
    op = await open_provider(settings, clock=FrozenClock(), cheap_passwords=True)
    await op.close()


async def _copy_file(file: Path, stage: Stage) -> None:
    if file.exists():  # noqa: ASYNC240 -- nothing else runs while a test begins
        await _migrated(f"sqlite:///{file}")
        return
    model = _folder / f"{stage.value}.db"
    if not model.exists():
        await _migrated(f"sqlite:///{model}")
        if stage is Stage.STARTED:
            await _started(f"sqlite:///{model}")
    shutil.copyfile(model, file)


async def _bring_back(database_url: str, stage: Stage) -> None:
    if database_url not in _kept:
        await _make(database_url)
        _kept.add(database_url)
    await _run(database_url, "SELECT kept.bring_back($1)", stage.value)


async def _make(database_url: str) -> None:
    await _migrated(database_url)
    await _run(database_url, _KEEPING)
    await _run(database_url, "SELECT kept.keep($1)", Stage.MIGRATED.value)
    await _started(database_url)
    await _run(database_url, "SELECT kept.keep($1)", Stage.STARTED.value)


async def _run(database_url: str, sql: str, *values: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(sql, *values)
    finally:
        await connection.close()


# Copies of the tables that hold something at a stage, and the way back: whoever is still connected is sent away, tables
# that hold something are emptied, and the copies put in. As a replica, the session minds neither references nor
# triggers, which keep the audit log from being emptied.
_KEEPING = """
CREATE SCHEMA kept;

CREATE FUNCTION kept.filled(place text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  name text;
  is_filled boolean;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = place LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.%I)', place, name) INTO is_filled;
    IF is_filled THEN
      RETURN NEXT name;
    END IF;
  END LOOP;
END $$;

CREATE FUNCTION kept.keep(stage text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name text;
BEGIN
  EXECUTE format('CREATE SCHEMA %I', stage);
  FOR name IN SELECT * FROM kept.filled('public') LOOP
    EXECUTE format('CREATE TABLE %I.%I AS TABLE public.%I', stage, name, name);
  END LOOP;
END $$;

CREATE FUNCTION kept.bring_back(stage text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name text;
BEGIN
  PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  PERFORM set_config('session_replication_role', 'replica', true);
  FOR name IN SELECT * FROM kept.filled('public') LOOP
    EXECUTE format('DELETE FROM public.%I', name);
  END LOOP;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = stage LOOP
    EXECUTE format('INSERT INTO public.%I TABLE %I.%I', name, stage, name);
  END LOOP;
END $$;
"""
