"""What tables there are, as the database itself says it, each after the tables that it refers to."""

from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import TopologicalSorter

from hibana_op.storage.database import Row, Session

# The migrations' own table says what the database is; it is no part of what is in it.
NOT_DATA = "schema_migrations"

_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^'",
    "postgresql": """
        SELECT table_name AS name FROM information_schema.tables
        WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'""",
}
_COLUMNS = {
    "sqlite": "SELECT name FROM pragma_table_info(:table) ORDER BY cid",
    "postgresql": """
        SELECT column_name AS name FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = :table ORDER BY ordinal_position""",
}
_OPTIONAL = {
    "sqlite": 'SELECT name FROM pragma_table_info(:table) WHERE NOT "notnull" AND pk = 0',
    "postgresql": """
        SELECT column_name AS name FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = :table AND is_nullable = 'YES'""",
}
_KEY = {
    "sqlite": "SELECT name FROM pragma_table_info(:table) WHERE pk > 0 ORDER BY pk",
    "postgresql": """
        SELECT used.column_name AS name
        FROM information_schema.table_constraints AS held
        JOIN information_schema.key_column_usage AS used
          ON used.constraint_schema = held.constraint_schema AND used.constraint_name = held.constraint_name
        WHERE held.constraint_type = 'PRIMARY KEY' AND held.table_schema = current_schema()
          AND held.table_name = :table AND used.table_name = :table
        ORDER BY used.ordinal_position""",
}
_REFERENCES = {
    "sqlite": 'SELECT "from" AS name, "table" AS parent FROM pragma_foreign_key_list(:table)',
    "postgresql": """
        SELECT attribute.attname AS name, parent.relname AS parent
        FROM pg_constraint AS held
        JOIN pg_class AS child ON child.oid = held.conrelid
        JOIN pg_namespace AS place ON place.oid = child.relnamespace AND place.nspname = current_schema()
        JOIN pg_class AS parent ON parent.oid = held.confrelid
        JOIN pg_attribute AS attribute ON attribute.attrelid = child.oid AND attribute.attnum = ANY (held.conkey)
        WHERE held.contype = 'f' AND child.relname = :table""",
}


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns, the ones that tell its rows apart, and what it refers to."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    parents: frozenset[str]  # other tables
    own_parents: tuple[str, ...]  # columns that refer to rows of this same table, and refer to none when empty


async def tables(db: Session, engine: str) -> list[Table]:
    """Every table that holds data, in an order in which they can be filled."""
    names = sorted({str(row["name"]) for row in await db.all(_TABLES[engine])} - {NOT_DATA})
    found = {name: await _table(db, engine, name) for name in names}
    order = TopologicalSorter({name: sorted(table.parents) for name, table in found.items()}).static_order()
    return [found[name] for name in order]


async def _table(db: Session, engine: str, name: str) -> Table:
    references = await db.all(_REFERENCES[engine], table=name)
    # A reference of several columns says nothing while one of them is empty; those that must be filled stay.
    own = {str(row["name"]) for row in references if row["parent"] == name}
    own &= set(_names(await db.all(_OPTIONAL[engine], table=name)))
    columns = _names(await db.all(_COLUMNS[engine], table=name))
    return Table(
        name=name,
        columns=columns,
        key=_names(await db.all(_KEY[engine], table=name)),
        parents=frozenset(str(row["parent"]) for row in references) - {name},
        own_parents=tuple(column for column in columns if column in own),
    )


def _names(rows: Iterable[Row]) -> tuple[str, ...]:
    return tuple(str(row["name"]) for row in rows)
