"""Scope → claim: which value of a person a scope gives, under which name and condition."""

import json
from dataclasses import dataclass
from typing import Any

from hibana_op.foundation.errors import NotFound
from hibana_op.records import registry
from hibana_op.records.row import as_json
from hibana_op.storage.database import Row, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeMapping:
    """One claim that a scope gives."""

    scope: str
    claim_name: str
    source_table: str
    source_column: str
    transformation: str = "none"
    condition: Any = None
    created_at: int


def _from_row(row: Row) -> ScopeMapping:
    condition = row["condition"]
    return ScopeMapping(
        scope=row["scope"],
        claim_name=row["claim_name"],
        source_table=row["source_table"],
        source_column=row["source_column"],
        transformation=row["transformation"],
        condition=None if condition is None else json.loads(condition),
        created_at=row["created_at"],
    )


async def every(db: Session) -> list[ScopeMapping]:
    """All mappings, by scope and claim."""
    found = [_from_row(row) for row in await db.all("SELECT * FROM scope_mappings")]
    # The order decides between two mappings of one claim, so it must not be that of a database's language.
    return sorted(found, key=lambda mapping: (mapping.scope, mapping.claim_name))


async def page(
    db: Session, *, scope: str = "", claim_name: str = "", after: tuple[str, str] = ("", ""), limit: int = 100
) -> list[ScopeMapping]:
    """Mappings in the same order, from the one after `after`, of one scope or claim where it is named."""
    found = [
        each
        for each in await every(db)
        if (each.scope, each.claim_name) > after and scope in ("", each.scope) and claim_name in ("", each.claim_name)
    ]
    return found[:limit]


async def get(db: Session, scope: str, claim_name: str) -> ScopeMapping:
    """The mapping of one claim of a scope, or NotFound."""
    row = await db.one(
        "SELECT * FROM scope_mappings WHERE scope = :scope AND claim_name = :claim_name",
        scope=scope,
        claim_name=claim_name,
    )
    if row is None:
        raise NotFound(f"the scope {scope} has no mapping for the claim {claim_name}")
    return _from_row(row)


async def put(db: Session, mapping: ScopeMapping) -> None:
    """Add or replace the mapping of one claim of a scope; the caller has checked it."""
    await db.run(
        """
        INSERT INTO scope_mappings (scope, claim_name, source_table, source_column, transformation, condition,
                                    created_at)
        VALUES (:scope, :claim_name, :source_table, :source_column, :transformation, :condition, :created_at)
        ON CONFLICT (scope, claim_name) DO UPDATE SET
          source_table = :source_table, source_column = :source_column, transformation = :transformation,
          condition = :condition""",
        scope=mapping.scope,
        claim_name=mapping.claim_name,
        source_table=mapping.source_table,
        source_column=mapping.source_column,
        transformation=mapping.transformation,
        condition=None if mapping.condition is None else as_json(mapping.condition),
        created_at=mapping.created_at,
    )
    await registry.advance(db)


async def delete(db: Session, scope: str, claim_name: str) -> bool:
    """Remove the mapping of one claim of a scope."""
    removed = (
        await db.run(
            "DELETE FROM scope_mappings WHERE scope = :scope AND claim_name = :claim_name",
            scope=scope,
            claim_name=claim_name,
        )
        > 0
    )
    if removed:
        await registry.advance(db)
    return removed
