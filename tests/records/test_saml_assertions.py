"""An assertion of SAML counts once, whoever is quickest."""

import asyncio

from hibana_op.records import saml_assertions
from hibana_op.storage.database import Database

NOW = 1_800_000_000


async def spend(db: Database, assertion_hash: str) -> bool:
    """Use an assertion up."""
    return await db.transact(lambda tx: saml_assertions.spend(tx, assertion_hash, expires_at=NOW))


async def test_K08_an_assertion_is_spent_once(db: Database) -> None:
    assert [await spend(db, each) for each in ("first", "second", "first")] == [True, True, False]


async def test_K08_of_many_at_once_one_spends_it(db: Database) -> None:
    assert sorted(await asyncio.gather(*(spend(db, "one") for _ in range(10)))) == [*[False] * 9, True]
