"""Fills a deployment's empty database: rows by the hundred thousand, past everything that looks at each by itself."""

import itertools
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import asyncpg

from bench.scale import past
from bench.scale.population import Columns, Population, Sizes
from bench.target import PASSWORD
from hibana_op.config import load
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.passwords import Passwords
from hibana_op.provider import open_provider
from hibana_op.records import roles
from hibana_op.records.tenants import ROLE_TEMPLATE

_AT_ONCE = 50_000
Tables = Iterator[tuple[str, Iterator[Columns]]]


async def fill(url: str, environment: Mapping[str, str], sizes: Sizes, clients: list[str]) -> None:
    """Put everything in; what the audit log said before goes."""
    op = await open_provider(load(environment, file=None, flags={}, mode="serve"))
    try:
        population = Population(
            sizes=sizes,
            now=op.now(),
            template=await roles.every(op.db, ROLE_TEMPLATE),
            password_hash=await op.passwords.hash(PASSWORD),
            cheap_hash=await _cheap_hash(),
            tenant_ids=[uuid7() for _ in range(sizes.tenants)],
            user_ids=[uuid7() for _ in range(sizes.people)],
        )
        await op.db.run("DELETE FROM audit_log")
        key = op.audit_key
    finally:
        await op.close()
    log = past.chained(past.entries(population, clients), key=key)
    tables = itertools.chain(population.tables(), [("audit_log", log)])
    if url.startswith("sqlite"):
        _fill_sqlite(Path(url.removeprefix("sqlite:///")), tables)
    else:
        await _fill_postgres(url, tables)


async def _cheap_hash() -> str:
    passwords = Passwords(cheap=True)
    try:
        return await passwords.hash(PASSWORD)
    finally:
        passwords.close()


_HEAD = """
  UPDATE audit_head SET seq = (SELECT COALESCE(MAX(seq), 0) FROM audit_log),
    hash = COALESCE((SELECT hash FROM audit_log ORDER BY seq DESC LIMIT 1), '')"""


def _fill_sqlite(path: Path, tables: Tables) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        # Whoever opens the file next makes it durable again; until then it is nothing that could be lost.
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-500000", "foreign_keys=OFF"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        for table, rows in tables:
            connection.execute("BEGIN")
            for names, values in _batches(rows):
                marks = ", ".join("?" * len(names))
                statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - names of ours
                connection.executemany(statement, values)
            connection.execute("COMMIT")
        connection.execute(_HEAD)
    finally:
        connection.close()


async def _fill_postgres(url: str, tables: Tables) -> None:
    connection = await asyncpg.connect(url)
    try:
        for table, rows in tables:
            for names, values in _batches(rows):
                await connection.copy_records_to_table(table, records=values, columns=names)
        await connection.execute(_HEAD)
        # As the server does by itself, some minutes later.
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _batches(rows: Iterator[Columns]) -> Iterator[tuple[list[str], list[tuple[object, ...]]]]:
    """So many rows at once, as the names of the columns and their values."""
    while batch := list(itertools.islice(rows, _AT_ONCE)):
        yield list(batch[0]), [tuple(row.values()) for row in batch]
