"""The clock of a database that runs on a machine of its own."""

from hibana_op.storage.database import Database


async def read(db: Database) -> int | None:
    """The database server's time in epoch seconds; None for one inside this process, which has our own."""
    if db.engine == "sqlite":
        return None
    row = await db.one("SELECT CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp())) AS BIGINT) AS now")
    return None if row is None else int(row["now"])
