"""Scope mappings at rest."""

import pytest

from hibana_op.records import registry, scope_mappings
from hibana_op.storage.database import ConstraintBroken, Database
from tests.oauth.claims.people import a_mapping

CONDITION = {"op": "and", "args": [{"op": "in", "field": "locale", "value": ["ja", "日本"]}]}


async def test_mapping_comes_back_as_it_was_written(db: Database) -> None:
    mappings = [a_mapping(condition=CONDITION, transformation="mask", created_at=7), a_mapping(claim_name="whole")]
    for mapping in mappings:
        await scope_mappings.put(db, mapping)
    assert await scope_mappings.every(db) == mappings


async def test_one_claim_of_a_scope_has_one_mapping(db: Database) -> None:
    await scope_mappings.put(db, a_mapping(condition=CONDITION, created_at=1))
    await scope_mappings.put(db, a_mapping(source_column="nickname", transformation="hash", created_at=2))
    expected = a_mapping(source_column="nickname", transformation="hash", created_at=1)
    assert await scope_mappings.every(db) == [expected]


async def test_the_order_is_the_same_on_both_engines(db: Database) -> None:
    for scope, claim in (("b", "x"), ("B", "x"), ("a-b", "x"), ("ab", "x"), ("a", "z"), ("a", "Z"), ("a", "a")):
        await scope_mappings.put(db, a_mapping(scope=scope, claim_name=claim))
    found = [(each.scope, each.claim_name) for each in await scope_mappings.every(db)]
    assert found == [("B", "x"), ("a", "Z"), ("a", "a"), ("a", "z"), ("a-b", "x"), ("ab", "x"), ("b", "x")]


async def test_every_change_is_announced_to_the_workers(db: Database) -> None:
    start = await registry.version(db)
    await scope_mappings.put(db, a_mapping())
    assert await registry.version(db) == start + 1
    assert await scope_mappings.delete(db, "team", "team")
    assert await registry.version(db) == start + 2
    assert not await scope_mappings.delete(db, "team", "team")
    assert await registry.version(db) == start + 2
    assert await scope_mappings.every(db) == []


@pytest.mark.parametrize("changes", [{"source_table": "sessions"}, {"transformation": "reverse"}])
async def test_R05_the_schema_knows_only_the_closed_lists(db: Database, changes: dict[str, str]) -> None:
    with pytest.raises(ConstraintBroken, match="check"):
        await scope_mappings.put(db, a_mapping(**changes))
