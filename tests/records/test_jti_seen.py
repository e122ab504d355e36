"""A jti is spent once per client, by whoever comes first."""

import asyncio

import pytest

from hibana_op.records import clients, expired, jti_seen
from hibana_op.storage.database import Database, Session
from tests.make import a_client

NOW = 1_800_000_000


@pytest.fixture
async def client_ids(db: Database) -> list[str]:
    """Two clients."""
    made = [a_client(), a_client()]
    for client in made:
        await db.transact(lambda tx, client=client: clients.insert(tx, client))  # type: ignore[misc]
    return [client.client_id for client in made]


async def spend(db: Database, client_id: str, jti: str, expires_at: int = NOW + 60) -> bool:
    """Spend a jti in a transaction of its own."""
    return await db.transact(lambda tx: jti_seen.spend(tx, client_id, jti, expires_at=expires_at))


async def test_a_jti_is_spent_once_for_each_client(db: Database, client_ids: list[str]) -> None:
    one, other = client_ids

    assert [await spend(db, one, "a"), await spend(db, one, "a"), await spend(db, other, "a")] == [True, False, True]


async def test_C02_of_twenty_at_once_one_spends_it(db: Database, client_ids: list[str]) -> None:
    for number in range(20):
        won = await asyncio.gather(*(spend(db, client_ids[0], f"jti {number}") for _ in range(20)))
        assert won.count(True) == 1


async def test_N04_a_jti_is_forgotten_once_nothing_with_it_could_be_valid(db: Database, client_ids: list[str]) -> None:
    for number in range(1000):
        await spend(db, client_ids[0], f"jti {number}", NOW + number % 2)

    async def sweep(tx: Session) -> int:
        return sum([await expired.sweep(tx, step, now=NOW + 1) for step in range(expired.STEPS)])

    assert [await db.transact(sweep), await db.transact(sweep)] == [500, 0]
    assert not await spend(db, client_ids[0], "jti 1")


async def test_what_a_client_spent_goes_with_it(db: Database, client_ids: list[str]) -> None:
    await spend(db, client_ids[0], "a")
    await db.transact(lambda tx: clients.delete(tx, client_ids[0]))

    row = await db.one("SELECT COUNT(*) AS rows FROM jti_seen")
    assert row is not None
    assert row["rows"] == 0
