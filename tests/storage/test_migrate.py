"""Migrations on each engine: there, back, interrupted, at the same time, and refused."""

import asyncio
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

from hibana_op.foundation.errors import WrongSettings
from hibana_op.storage import migrate, open_database
from hibana_op.storage.database import ConstraintBroken, Database
from hibana_op.storage.migrate import Applied, Pending
from tests.storage.conftest import StartChild
from tests.storage.elsewhere import elsewhere, sqlite_file

FIRST = """-- A comment; with a semicolon.
CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT NOT NULL DEFAULT 'no; body', is_here BOOLEAN NOT NULL);
INSERT INTO people (id, is_here) VALUES ('a', TRUE); /* and; another */
"""
SAME_PERSON = "INSERT INTO people (id, is_here) VALUES ('a', FALSE);"
SECOND = "ALTER TABLE people ADD COLUMN born_at BIGINT;\nCREATE INDEX people_by_birth ON people (born_at);\n"
THIRD = "CREATE TABLE pets (id TEXT PRIMARY KEY, owner_id TEXT NOT NULL REFERENCES people (id));"


@pytest_asyncio.fixture
async def db(empty_url: str) -> AsyncIterator[Database]:
    """A new database with nothing in it."""
    opened = await open_database(empty_url)
    yield opened
    await opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three migrations."""
    path = tmp_path / "steps"
    path.mkdir()
    write(path, "001_people", FIRST, "DROP TABLE people;")
    write(path, "002_birthdays", SECOND, "DROP INDEX people_by_birth;\nALTER TABLE people DROP COLUMN born_at;")
    write(path, "003_pets", THIRD, "DROP TABLE pets;")
    return path


def write(folder: Path, label: str, up: str, down: str) -> None:
    (folder / f"{label}.up.sql").write_text(up)
    (folder / f"{label}.down.sql").write_text(down)


async def has_table(db: Database, name: str) -> bool:
    where = {"sqlite": "sqlite_master WHERE name = :name", "postgresql": "pg_tables WHERE tablename = :name"}
    return await db.one(f"SELECT 1 FROM {where[db.engine]}", name=name) is not None


async def test_up_applies_everything_in_order_and_only_once(db: Database, folder: Path) -> None:
    before = int(time.time())

    assert [step.label for step in await migrate.up(db, folder=folder)] == ["001_people", "002_birthdays", "003_pets"]
    assert await migrate.up(db, folder=folder) == []

    applied = await migrate.status(db, folder=folder)
    assert [(type(step), step.version, step.name) for step in applied] == [
        (Applied, 1, "people"),
        (Applied, 2, "birthdays"),
        (Applied, 3, "pets"),
    ]
    assert all(isinstance(step, Applied) and before <= step.applied_at <= time.time() for step in applied)
    assert await db.all("SELECT * FROM people") == [{"id": "a", "name": "no; body", "is_here": True, "born_at": None}]
    await migrate.require_current(db, folder=folder)


async def test_up_and_down_stop_where_they_are_told(db: Database, folder: Path) -> None:
    assert [step.version for step in await migrate.up(db, 2, folder=folder)] == [1, 2]
    assert (await migrate.status(db, folder=folder))[2] == Pending(3, "pets")
    assert [step.version for step in await migrate.up(db, folder=folder)] == [3]
    assert [step.version for step in await migrate.down(db, 1, folder=folder)] == [3, 2]
    assert await migrate.down(db, 1, folder=folder) == []
    assert await has_table(db, "people")
    assert not await has_table(db, "pets")
    assert [step.version for step in await migrate.down(db, 0, folder=folder)] == [1]
    assert not await has_table(db, "people")


async def test_a_database_that_is_new_has_everything_pending_and_is_not_touched(db: Database, folder: Path) -> None:
    assert await migrate.status(db, folder=folder) == [
        Pending(1, "people"),
        Pending(2, "birthdays"),
        Pending(3, "pets"),
    ]
    assert await migrate.down(db, 0, folder=folder) == []
    assert not await has_table(db, "schema_migrations")


async def test_targets_that_make_no_sense_are_refused(db: Database, folder: Path) -> None:
    await migrate.up(db, 2, folder=folder)

    with pytest.raises(WrongSettings, match="knows 1 to 3"):
        await migrate.up(db, 4, folder=folder)
    with pytest.raises(WrongSettings, match="knows 1 to 3"):
        await migrate.down(db, -1, folder=folder)
    with pytest.raises(WrongSettings, match="migrate down --to 1"):
        await migrate.up(db, 1, folder=folder)


async def test_a_file_that_fails_leaves_nothing_of_itself_and_the_files_before_it_stay(
    db: Database, folder: Path
) -> None:
    write(folder, "002_birthdays", SECOND + SAME_PERSON, "SELECT 1;")

    with pytest.raises(ConstraintBroken):
        await migrate.up(db, folder=folder)

    assert [type(step) for step in await migrate.status(db, folder=folder)] == [Applied, Pending, Pending]
    assert await db.all("SELECT * FROM people") == [{"id": "a", "name": "no; body", "is_here": True}]
    write(folder, "002_birthdays", SECOND, "SELECT 1;")
    assert [step.version for step in await migrate.up(db, folder=folder)] == [2, 3]


async def test_a_database_that_is_behind_is_refused_with_the_mend(db: Database, folder: Path) -> None:
    await migrate.up(db, 1, folder=folder)

    with pytest.raises(WrongSettings, match="lacks 2 of 3 migrations: run `hibana migrate up`"):
        await migrate.require_current(db, folder=folder)


async def test_T08_a_database_newer_than_the_program_is_refused(db: Database, folder: Path) -> None:
    await migrate.up(db, folder=folder)
    for way in ("up", "down"):
        (folder / f"003_pets.{way}.sql").unlink()

    newer = "at migration 003_pets, this program knows 2"
    with pytest.raises(WrongSettings, match=newer):
        await migrate.require_current(db, folder=folder)
    with pytest.raises(WrongSettings, match=newer):
        await migrate.up(db, folder=folder)
    with pytest.raises(WrongSettings, match=newer):
        await migrate.down(db, 0, folder=folder)
    with pytest.raises(WrongSettings, match=newer):
        await migrate.status(db, folder=folder)


async def test_a_file_changed_after_it_was_applied_is_refused_by_name(db: Database, folder: Path) -> None:
    await migrate.up(db, 2, folder=folder)
    (folder / "001_people.up.sql").write_text(f"{FIRST}\nDROP TABLE people;")

    with pytest.raises(WrongSettings, match="001_people is not the one") as refused:
        await migrate.up(db, folder=folder)

    assert len(refused.value.faults) == 1
    assert not await has_table(db, "pets")


async def test_line_ends_and_the_way_down_may_change(db: Database, folder: Path) -> None:
    await migrate.up(db, folder=folder)
    (folder / "001_people.up.sql").write_bytes(FIRST.replace("\n", "\r\n").encode())
    (folder / "003_pets.down.sql").write_text("-- Mended.\nDROP TABLE pets;\n")

    await migrate.require_current(db, folder=folder)
    await migrate.down(db, 2, folder=folder)
    assert not await has_table(db, "pets")


async def test_every_fault_of_the_folder_is_named_at_once(db: Database, tmp_path: Path) -> None:
    write(tmp_path, "001_people", FIRST, "DROP TABLE people")
    write(tmp_path, "001_pupils", FIRST, "DROP TABLE people; -- done; really")
    (tmp_path / "003_pets.up.sql").write_text(THIRD)
    write(tmp_path, "004_last", "SELECT 1;", "SELECT 1;")
    (tmp_path / "04_short.up.sql").write_text("SELECT 1;")
    (tmp_path / "000_zero.up.sql").write_text("SELECT 1;")
    (tmp_path / "notes.txt").write_text("not a migration")

    with pytest.raises(WrongSettings) as refused:
        await migrate.up(db, folder=tmp_path)

    assert refused.value.faults == [
        "migration file 000_zero.up.sql: its name must be NNN_name.up.sql or NNN_name.down.sql",
        "migration file 001_people.down.sql: its last statement has no semicolon",
        "migration file 04_short.up.sql: its name must be NNN_name.up.sql or NNN_name.down.sql",
        "migration 001 is there twice: people, pupils",
        "migration 002 is missing",
        "003_pets.down.sql is missing",
    ]


async def test_a_trigger_is_one_statement(tmp_path: Path) -> None:
    trigger = """CREATE TABLE seen (id TEXT);
        CREATE TABLE copies (id TEXT);
        CREATE TRIGGER copy AFTER INSERT ON seen BEGIN
            INSERT INTO copies VALUES (new.id); INSERT INTO copies VALUES (new.id);
        END;"""
    (tmp_path / "steps").mkdir()
    write(tmp_path / "steps", "001_copies", trigger, "DROP TABLE seen; DROP TABLE copies;")
    db = await open_database(f"sqlite:///{tmp_path}/hibana.db")

    await migrate.up(db, folder=tmp_path / "steps")
    await db.run("INSERT INTO seen VALUES ('a')")

    assert await db.all("SELECT id FROM copies") == [{"id": "a"}] * 2
    await db.close()


async def test_whoever_comes_second_finds_it_done(db: Database, folder: Path) -> None:
    ups = await asyncio.gather(*(migrate.up(db, folder=folder) for _ in range(3)))
    assert sorted(step.version for steps in ups for step in steps) == [1, 2, 3]

    downs = await asyncio.gather(*(migrate.down(db, 0, folder=folder) for _ in range(3)))
    assert sorted(step.version for steps in downs for step in steps) == [1, 2, 3]


async def test_processes_that_start_together_apply_each_file_once(
    db: Database, empty_url: str, folder: Path, start_child: StartChild
) -> None:
    write(folder, "002_birthdays", SECOND + slow_statement(100_000), "SELECT 1;")

    children = [start_child("upgrade", empty_url, str(folder)) for _ in range(3)]
    said = [child.communicate(timeout=60) for child in children]

    assert [errors for _, errors in said] == ["", "", ""]
    assert sorted(" ".join(words for words, _ in said).split()) == ["birthdays", "people", "pets"] + ["ready"] * 3
    await migrate.require_current(db, folder=folder)


async def test_T08_a_migration_killed_half_way_leaves_nothing_and_is_done_at_the_next_start(
    db: Database, empty_url: str, folder: Path, start_child: StartChild
) -> None:
    await migrate.up(db, 1, folder=folder)
    write(folder, "002_birthdays", SECOND + slow_statement(2_000_000), "SELECT 1;")
    child = start_child("upgrade", empty_url, str(folder))
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    await wait_until_migrating(empty_url, child)

    child.kill()
    child.wait()

    assert [type(step) for step in await migrate.status(db, folder=folder)] == [Applied, Pending, Pending]
    assert await db.all("SELECT * FROM people") == [{"id": "a", "name": "no; body", "is_here": True}]
    write(folder, "002_birthdays", SECOND, "SELECT 1;")
    assert [step.version for step in await migrate.up(db, folder=folder)] == [2, 3]
    if db.engine == "sqlite":
        assert await elsewhere(empty_url, "PRAGMA integrity_check") == [("ok",)]


async def test_T08_the_shipped_migrations_go_up_down_and_up_to_the_same_schema(db: Database, empty_url: str) -> None:
    steps = await migrate.up(db)
    schema = await elsewhere(empty_url, SCHEMA[db.engine])
    await migrate.down(db, 0)
    bare = await elsewhere(empty_url, SCHEMA[db.engine])
    await migrate.up(db)

    assert len(steps) > 0
    assert len(schema) > len(bare)
    assert {row[0] for row in bare} == {"schema_migrations"}
    assert await elsewhere(empty_url, SCHEMA[db.engine]) == schema
    await migrate.require_current(db)


def slow_statement(rows: int) -> str:
    """A statement that takes long enough to be met in the middle."""
    return """CREATE TABLE numbers (i BIGINT NOT NULL);
        INSERT INTO numbers (i)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT i FROM n;
        """.replace("{rows}", str(rows))


async def wait_until_migrating(url: str, child: "subprocess.Popen[str]") -> None:
    """Return once the child holds the lock that every migration takes."""
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up and child.poll() is None:
        if url.startswith("sqlite"):
            with closing(sqlite3.connect(sqlite_file(url), timeout=0, isolation_level=None)) as connection:
                try:
                    connection.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError:
                    return
        elif await elsewhere(url, "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"):
            return
    raise TimeoutError("the child never began to migrate")


SCHEMA = {
    "sqlite": "SELECT tbl_name, type, name, sql FROM sqlite_master ORDER BY tbl_name, type, name",
    "postgresql": """
        SELECT c.relname::text, 'column', a.attname::text,
               concat(format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
          FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')
        UNION ALL
        SELECT conrelid::regclass::text, 'constraint', conname::text, pg_get_constraintdef(oid)
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL
        SELECT tablename::text, 'index', indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL
        SELECT viewname::text, 'view', viewname::text, definition FROM pg_views WHERE schemaname = 'public'
        UNION ALL
        SELECT c.relname::text, 'trigger', t.tgname::text, pg_get_triggerdef(t.oid)
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
         ORDER BY 1, 2, 3, 4""",
}
