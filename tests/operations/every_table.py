"""A row in every table, made from what the schema says, so that a table of a later migration is never forgotten."""

import re
from dataclasses import dataclass, field
from typing import Any

from hibana_op.foundation.events import BackupTaken
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.shipped import folder
from hibana_op.provider import Provider
from hibana_op.storage import catalogue
from hibana_op.storage.catalogue import Table
from hibana_op.storage.database import Session

_DAY = 86400
_DEPTH = 3  # rows of a table that refers to itself: the last one is the root of the first two
_COLUMNS = {
    "sqlite": "SELECT name, lower(type) AS type FROM pragma_table_info(:table)",
    "postgresql": """
        SELECT column_name AS name, data_type AS type FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = :table""",
}
_REFERENCES = {
    "sqlite": """
        SELECT id AS held, "from" AS name, "table" AS parent, "to" AS named
        FROM pragma_foreign_key_list(:table) ORDER BY id, seq""",
    "postgresql": """
        SELECT held.conname AS held, child.attname AS name, parent.relname AS parent, named.attname AS named
        FROM pg_constraint AS held
        JOIN pg_class AS here ON here.oid = held.conrelid AND here.relnamespace = current_schema()::regnamespace
        JOIN pg_class AS parent ON parent.oid = held.confrelid
        CROSS JOIN unnest(held.conkey, held.confkey) AS pair (own, other)
        JOIN pg_attribute AS child ON child.attrelid = held.conrelid AND child.attnum = pair.own
        JOIN pg_attribute AS named ON named.attrelid = held.confrelid AND named.attnum = pair.other
        WHERE held.contype = 'f' AND here.relname = :table""",
}
# What a column takes beside what its type says: the first of the values that its CHECK names.
_CHOICES = re.compile(r"(?i)\b(\w+) TEXT[^,(]*CHECK \(\1 IN \('([^']*)'")
# What a CHECK wants empty, because another column says it.
_EMPTY = {("software_publishers", "jwks_uri")}


@dataclass(slots=True)
class _Reference:
    parent: str
    columns: dict[str, str] = field(default_factory=dict)  # ours → the parent's


async def fill_every_table(op: Provider) -> None:
    """Put a row into each table that is empty; into one that refers to itself a row below a row below a row."""
    choices = _choices()

    async def fill(tx: Session) -> None:
        await op.emit(tx, BackupTaken(), Origin.command("a-trace"))  # entries are a chain
        for table in await catalogue.tables(tx, op.db.engine):
            if await tx.one(f'SELECT 1 AS one FROM "{table.name}" LIMIT 1') is None:
                await _fill(tx, op, table, choices)

    await op.db.transact(fill)


async def empty_tables(op: Provider) -> list[str]:
    """The tables in which nothing is."""
    tables = await catalogue.tables(op.db, op.db.engine)
    return [each.name for each in tables if await op.db.one(f'SELECT 1 AS one FROM "{each.name}" LIMIT 1') is None]


async def _fill(tx: Session, op: Provider, table: Table, choices: dict[tuple[str, str], str]) -> None:
    types = {str(row["name"]): str(row["type"]) for row in await tx.all(_COLUMNS[op.db.engine], table=table.name)}
    references: dict[object, _Reference] = {}
    for row in await tx.all(_REFERENCES[op.db.engine], table=table.name):
        reference = references.setdefault(row["held"], _Reference(str(row["parent"])))
        reference.columns[str(row["name"])] = str(row["named"])
    above: dict[str, Any] | None = None
    # The root comes last in the order of the key, so that a copy meets those below it first.
    for number in range(_DEPTH if table.own_parents else 1, 0, -1):
        row = {
            name: choices.get((table.name, name)) or _value(kind, f"{table.name} {name} {number}", op.now())
            for name, kind in types.items()
            if (table.name, name) not in _EMPTY
        }
        # Of several references of one column, the one with more columns says more.
        for reference in sorted(references.values(), key=lambda each: len(each.columns)):
            row |= await _referring(tx, table, reference, above)
        names = ", ".join(f'"{name}"' for name in row)
        await tx.run(f'INSERT INTO "{table.name}" ({names}) VALUES ({", ".join(f":{name}" for name in row)})', **row)
        above = row


async def _referring(tx: Session, table: Table, reference: _Reference, above: dict[str, Any] | None) -> dict[str, Any]:
    if reference.parent != table.name:
        found = await tx.one(f'SELECT * FROM "{reference.parent}" LIMIT 1')
        assert found is not None
        return {own: found[theirs] for own, theirs in reference.columns.items()}
    return {
        own: above[theirs] if above else None for own, theirs in reference.columns.items() if own in table.own_parents
    }


def _value(kind: str, text: str, now: int) -> object:
    """Something of a type; moments lie ahead, so that nothing has run out."""
    return {"text": text, "bigint": now + _DAY, "boolean": True}[kind]


def _choices() -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for path in sorted(folder("migrations").glob("*.up.sql")):
        for table, body in re.findall(r"(?ms)^CREATE TABLE (\w+) \((.*?)^\);", path.read_text("utf-8")):
            found |= {(table, column): value for column, value in _CHOICES.findall(body)}
    return found
