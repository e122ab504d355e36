"""A copy of the whole database, at one moment, while servers run."""

from functools import partial
from pathlib import Path
from typing import BinaryIO

from hibana_op import __version__
from hibana_op.foundation.events import BackupTaken
from hibana_op.foundation.new_file import new_file
from hibana_op.foundation.origin import Origin
from hibana_op.operations import archive
from hibana_op.operations.archive import Header
from hibana_op.provider import Provider
from hibana_op.storage import catalogue, migrate, rows
from hibana_op.storage.database import Database, Session


async def take(op: Provider, file: Path, *, replace: bool, origin: Origin) -> dict[str, int]:
    """Write every table to a file; the number of rows of each."""
    header = Header(program=__version__, schema=await schema(op.db), engine=op.db.engine, taken_at=op.now())
    with new_file(file, replace=replace) as stream:
        counts = await op.db.read(partial(_write, stream=stream, header=header))
    await op.db.transact(lambda tx: op.emit(tx, BackupTaken(), origin))
    return counts


async def schema(db: Database) -> int:
    """The number of the last migration that the database has."""
    return max((step.version for step in await migrate.status(db) if isinstance(step, migrate.Applied)), default=0)


async def _write(db: Session, *, stream: BinaryIO, header: Header) -> dict[str, int]:
    with archive.writing(stream, header) as writer:
        for table in await catalogue.tables(db, header.engine):
            writer.section(table.name, table.columns)
            async for batch in rows.batches(db, table):
                writer.rows(batch)
    return writer.counts
