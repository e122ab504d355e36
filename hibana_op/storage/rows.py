"""Whole tables, a batch of rows at a time; the names come from the catalogue of the same database."""

from collections.abc import AsyncIterator, Sequence

from hibana_op.storage.catalogue import Table
from hibana_op.storage.database import Session

BATCH = 500
_MOST_PARAMETERS = 900  # in one statement; every SQLite takes 999


async def batches(db: Session, table: Table, *, batch: int = BATCH) -> AsyncIterator[list[tuple[object, ...]]]:
    """Every row, in the order of the key, so that only one batch is ever in memory."""
    columns, key = _list(table.columns), _list(table.key)
    start = f"SELECT {columns} FROM {_quoted(table.name)}"  # noqa: S608 -- names of our own catalogue
    end = f"ORDER BY {key} LIMIT :batch"
    after = f"WHERE ({key}) > ({', '.join(f':after_{place}' for place in range(len(table.key)))})"
    found = await db.all(f"{start} {end}", batch=batch)
    while found:
        yield [tuple(row[column] for column in table.columns) for row in found]
        last = {f"after_{place}": found[-1][column] for place, column in enumerate(table.key)}
        found = await db.all(f"{start} {after} {end}", batch=batch, **last) if len(found) == batch else []


async def hold(db: Session, tables: Sequence[Table], engine: str) -> None:
    """Let nobody else write to tables until this transaction ends; where one writes at a time, it is so already."""
    if engine == "postgresql":
        await db.run(f"LOCK TABLE {', '.join(_quoted(table.name) for table in tables)} IN EXCLUSIVE MODE")


async def clear(db: Session, tables: Sequence[Table]) -> None:
    """Empty tables that are given in the order in which they can be filled."""
    for table in reversed(tables):
        await db.run(f"DELETE FROM {_quoted(table.name)}")  # noqa: S608 -- names of our own catalogue


async def insert(db: Session, table: Table, rows: Sequence[Sequence[object]]) -> None:
    """Add rows, without what they say of rows of the same table: see `join`."""
    at_once = max(1, _MOST_PARAMETERS // len(table.columns))
    own = [table.columns.index(column) for column in table.own_parents]
    for first in range(0, len(rows), at_once):
        values: dict[str, object] = {}
        places = []
        for number, row in enumerate(rows[first : first + at_once]):
            named = {f"v{number}_{place}": None if place in own else value for place, value in enumerate(row)}
            values |= named
            places.append(f"({', '.join(f':{name}' for name in named)})")
        columns = _list(table.columns)
        await db.run(
            f"INSERT INTO {_quoted(table.name)} ({columns}) VALUES {', '.join(places)}",  # noqa: S608 -- as above
            **values,
        )


async def join(db: Session, table: Table, row: Sequence[object]) -> None:
    """Say which rows of the same table a row refers to, once all of them are there."""
    values = dict(zip(table.columns, row, strict=True))
    if all(values[column] is None for column in table.own_parents):
        return
    setting = ", ".join(f"{_quoted(column)} = :{column}" for column in table.own_parents)
    where = " AND ".join(f"{_quoted(column)} = :{column}" for column in table.key)
    await db.run(
        f"UPDATE {_quoted(table.name)} SET {setting} WHERE {where}",  # noqa: S608 -- as above
        **{column: values[column] for column in (*table.own_parents, *table.key)},
    )


def _list(columns: Sequence[str]) -> str:
    return ", ".join(map(_quoted, columns))


def _quoted(name: str) -> str:
    return f'"{name}"'
