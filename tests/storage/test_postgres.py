"""PostgreSQL only: parameters, tries, limits, lost connections."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio

from hibana_op.foundation.errors import Busy, InvalidGrant, WrongSettings
from hibana_op.storage.database import DatabaseBroken, Session
from hibana_op.storage.postgres import CONNECTIONS, TRIES, PostgresDatabase
from hibana_op.storage.postgres_session import numbered
from tests.storage.conftest import make_tables
from tests.storage.elsewhere import CuttableRoad, elsewhere


@pytest_asyncio.fixture
async def db(postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    """A database that waits a fifth of a second for locks and connections, not five seconds."""
    opened = await PostgresDatabase.open(postgres_url, patience=0.2)
    await make_tables(opened)
    yield opened
    await opened.close()


async def insert(session: Session, name: str) -> None:
    await session.run("INSERT INTO items (id) VALUES (:id)", id=name)


async def names(session: Session) -> list[str]:
    return [row["id"] for row in await session.all("SELECT id FROM items ORDER BY id")]


async def fail(session: Session, sqlstate: str) -> None:
    """Let the server itself fail with that code."""
    await session.run(f"DO $$ BEGIN RAISE EXCEPTION 'so it goes' USING ERRCODE = '{sqlstate}'; END $$")


@pytest.mark.parametrize(
    ("sql", "text", "parameters"),
    [
        ("SELECT :b, :a, :b", "SELECT $1, $2, $1", ("b", "a")),
        ("SELECT CAST(:a AS TEXT)::TEXT", "SELECT CAST($1 AS TEXT)::TEXT", ("a",)),
        ("SELECT 'it''s :not', :a", "SELECT 'it''s :not', $1", ("a",)),
        ('SELECT ":not" FROM t WHERE x=:x_1', 'SELECT ":not" FROM t WHERE x=$1', ("x_1",)),
        ("SELECT 1 -- :not\n, :a", "SELECT 1 -- :not\n, $1", ("a",)),
        ("SELECT /* :not\n */ :a", "SELECT /* :not\n */ $1", ("a",)),
        ("SELECT '12:30'", "SELECT '12:30'", ()),
    ],
)
def test_names_become_numbers(sql: str, text: str, parameters: tuple[str, ...]) -> None:
    assert numbered(sql) == (text, parameters)


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
async def test_T06_a_body_that_met_a_rival_is_run_again(db: PostgresDatabase, sqlstate: str) -> None:
    runs = 0

    async def body(tx: Session) -> int:
        nonlocal runs
        runs += 1
        await insert(tx, "a")
        if runs < 3:
            await fail(tx, sqlstate)
        return runs

    assert await db.transact(body) == 3
    assert await names(db) == ["a"]


async def test_T06_a_body_that_always_meets_a_rival_is_busy(db: PostgresDatabase) -> None:
    runs = 0

    async def body(tx: Session) -> None:
        nonlocal runs
        runs += 1
        await fail(tx, "40001")

    with pytest.raises(Busy, match="in the way"):
        await db.transact(body)
    assert runs == TRIES


async def test_T06_two_bodies_that_lock_crosswise_both_end_well(db: PostgresDatabase, postgres_url: str) -> None:
    patient = await PostgresDatabase.open(postgres_url)
    both_hold_one = asyncio.Barrier(2)
    runs = 0

    async def body(first: str, second: str, tx: Session) -> None:
        nonlocal runs
        runs += 1
        add_one = "UPDATE items SET amount = amount + 1 WHERE id = :id"
        await tx.run(add_one, id=first)
        if runs <= 2:
            await both_hold_one.wait()
        await tx.run(add_one, id=second)

    await insert(db, "a")
    await insert(db, "b")
    await asyncio.gather(
        patient.transact(lambda tx: body("a", "b", tx)), patient.transact(lambda tx: body("b", "a", tx))
    )
    await patient.close()

    assert runs == 3
    assert [row["amount"] for row in await db.all("SELECT amount FROM items")] == [2, 2]


@pytest.mark.parametrize(
    ("sqlstate", "kind"),
    [
        ("55P03", Busy),  # lock not available
        ("57014", Busy),  # statement timeout
        ("53300", Busy),  # too many connections
        ("53100", DatabaseBroken),  # disk full
        ("58030", DatabaseBroken),  # I/O error
        ("XX001", DatabaseBroken),  # data corrupted
        ("42P01", asyncpg.UndefinedTableError),
    ],
)
async def test_T07_what_the_server_says_becomes_the_seams_own_exception(
    db: PostgresDatabase, sqlstate: str, kind: type[Exception]
) -> None:
    async def body(tx: Session) -> None:
        await insert(tx, "a")
        await fail(tx, sqlstate)

    with pytest.raises(kind, match="so it goes"):
        await db.transact(body)
    assert await names(db) == []


async def test_T06_a_row_that_somebody_holds_is_busy_and_then_gone(db: PostgresDatabase, postgres_url: str) -> None:
    await insert(db, "a")
    other = await asyncpg.connect(postgres_url)
    holding = other.transaction()
    await holding.start()
    await other.execute("UPDATE items SET amount = 1")

    with pytest.raises(Busy):
        await db.run("UPDATE items SET amount = 2")
    await holding.rollback()
    await other.close()

    assert await db.run("UPDATE items SET amount = 2") == 1


async def test_T06_a_pool_without_a_free_connection_is_busy_and_then_free(db: PostgresDatabase) -> None:
    go_on = asyncio.Event()
    all_hold = asyncio.Barrier(CONNECTIONS + 1)

    async def holding(_tx: Session) -> None:
        await all_hold.wait()
        await go_on.wait()

    holders = [asyncio.create_task(db.transact(holding)) for _ in range(CONNECTIONS)]
    await all_hold.wait()
    with pytest.raises(Busy, match="no connection"):
        await names(db)
    go_on.set()
    await asyncio.gather(*holders)

    assert await names(db) == []


async def test_T07_a_connection_cut_by_the_server_is_busy_and_then_replaced(
    db: PostgresDatabase, postgres_url: str
) -> None:
    async def body(tx: Session) -> None:
        await insert(tx, "a")
        await elsewhere(postgres_url, CUT_EVERYBODY)
        await insert(tx, "b")

    with pytest.raises(Busy):
        await db.transact(body)

    assert await names(db) == []


async def test_T07_a_server_that_was_away_is_found_again(postgres_url: str) -> None:
    address = urlsplit(postgres_url)
    assert address.hostname is not None
    assert address.port is not None
    road = CuttableRoad(address.hostname, address.port)
    await road.mend()
    db = await PostgresDatabase.open(postgres_url.replace(f":{address.port}/", f":{road.port}/"), patience=0.5)
    await make_tables(db)

    await road.cut()
    with pytest.raises(Busy):
        await insert(db, "a")
    with pytest.raises(Busy):
        await names(db)
    await road.mend()
    await insert(db, "b")

    assert await names(db) == ["b"]
    await db.close()
    await road.cut()


async def test_a_caller_that_gives_up_leaves_nothing_behind(db: PostgresDatabase) -> None:
    inserted = asyncio.Event()

    async def body(tx: Session) -> None:
        await insert(tx, "a")
        inserted.set()
        await tx.one("SELECT pg_sleep(10)")

    giving_up = asyncio.create_task(db.transact(body))
    await inserted.wait()
    giving_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await giving_up

    # All connections are whole: none of them still holds the row or a failed transaction.
    await asyncio.gather(*(db.transact(lambda tx, n=n: insert(tx, str(n))) for n in range(2 * CONNECTIONS)))  # type: ignore[misc]
    assert "a" not in await names(db)


async def test_a_table_changed_by_another_process_does_not_disturb_running_bodies(
    db: PostgresDatabase, postgres_url: str
) -> None:
    async def body(tx: Session) -> set[str]:
        return {key for row in await tx.all("SELECT * FROM items") for key in row}

    await insert(db, "a")
    before = await db.transact(body)
    await elsewhere(postgres_url, "ALTER TABLE items ADD COLUMN colour TEXT")

    assert await db.transact(body) == before | {"colour"}


async def test_the_servers_own_limits_are_set(db: PostgresDatabase) -> None:
    assert await limits(db) == {"lock_timeout": "200ms", "statement_timeout": "15s"}


async def test_a_search_is_planned_for_the_values_it_is_given(db: PostgresDatabase) -> None:
    await db.run("INSERT INTO items (id, label) SELECT i::text, i::text FROM generate_series(1, 9) AS i")

    async def plans(tx: Session) -> tuple[int, int]:
        for _ in range(12):
            await tx.all("SELECT id FROM items WHERE amount = :amount", amount=0)
        row = await tx.one(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE 'SELECT id%'"
        )
        assert row is not None
        return row["generic_plans"], row["custom_plans"]

    assert await db.search(plans) == (0, 12)
    assert (await db.read(plans))[0] > 0, "a read that comes often is planned once"


async def test_behind_a_pooler_nothing_depends_on_the_session(postgres_url: str) -> None:
    db = await PostgresDatabase.open(f"{postgres_url}?application_name=x&pgbouncer=true")
    await make_tables(db)
    await insert(db, "a")

    async def refusing(tx: Session) -> None:
        await insert(tx, "b")
        raise InvalidGrant("spent")

    with pytest.raises(InvalidGrant):
        await db.transact(refusing)

    assert await names(db) == ["a", "b"]
    assert await db.transact(limits) == {"lock_timeout": "5s", "statement_timeout": "15s"}
    prepared = await db.one("SELECT count(*) AS statements FROM pg_prepared_statements WHERE name <> ''")
    assert prepared is not None
    assert prepared["statements"] == 0
    await db.close()


@pytest.mark.parametrize("part", ["password", "name", "port"])
async def test_a_database_that_cannot_be_opened_is_refused_without_showing_the_password(
    postgres_url: str, part: str
) -> None:
    address = urlsplit(postgres_url)
    wrong = {
        "password": postgres_url.replace(f":{address.password}@", ":hunter2@"),
        "name": f"{postgres_url}_nowhere",
        "port": postgres_url.replace(f":{address.port}/", ":1/"),
    }[part]

    with pytest.raises(WrongSettings, match=r"postgresql://hibana:\*\*\*@127\.0\.0\.1") as refused:
        await PostgresDatabase.open(wrong)

    assert "hunter2" not in str(refused.value)
    assert str(address.password) not in str(refused.value)


async def test_a_server_without_room_is_busy(postgres_url: str) -> None:
    address = urlsplit(postgres_url)
    await elsewhere(postgres_url, "CREATE ROLE crowded LOGIN PASSWORD 'pw' CONNECTION LIMIT 0")

    with pytest.raises(Busy, match="too many connections"):
        await PostgresDatabase.open(postgres_url.replace(address.netloc.rpartition("@")[0], "crowded:pw"))

    await elsewhere(postgres_url, "DROP ROLE crowded")


async def test_a_url_that_cannot_be_read_is_refused_without_repeating_any_of_it() -> None:
    with pytest.raises(WrongSettings, match=r"postgresql://me:\*\*\*@host/name: this URL cannot be read") as refused:
        await PostgresDatabase.open("postgresql://me:hunt/er2@host/name")

    assert "hunt" not in str(refused.value)


async def limits(session: Session) -> dict[str, str]:
    rows = await session.all(
        "SELECT name, current_setting(name) AS value FROM pg_settings"
        " WHERE name IN ('lock_timeout', 'statement_timeout') ORDER BY name"
    )
    return {row["name"]: row["value"] for row in rows}


CUT_EVERYBODY = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
