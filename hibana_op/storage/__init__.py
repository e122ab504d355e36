"""Two engines behind one seam; the scheme of the URL chooses."""

import re

from hibana_op.foundation.errors import WrongSettings
from hibana_op.storage.database import Database

SHAPES = "give sqlite:///relative/path, sqlite:////absolute/path or postgresql://user:password@host/name"


async def open_database(url: str) -> Database:
    """Open the database that the URL names."""
    scheme = url.partition(":")[0].lower()
    # Each driver is imported only where it is used: a start on SQLite does not pay for asyncpg.
    if scheme == "sqlite":
        from hibana_op.storage.sqlite import SqliteDatabase  # noqa: PLC0415

        return await SqliteDatabase.open(url)
    if scheme in {"postgresql", "postgres"}:
        from hibana_op.storage.postgres import PostgresDatabase  # noqa: PLC0415

        return await PostgresDatabase.open(url)
    raise WrongSettings([f"database URL {redacted(url)!r}: there is no such engine; {SHAPES}"])


def redacted(url: str) -> str:
    """The URL without its password, fit for a log."""
    shown = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url, flags=re.DOTALL)
    return re.sub(r"([?&](?:ssl)?password=)[^&]*", r"\1***", shown)
