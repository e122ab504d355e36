"""The version of what workers keep in memory: clients, resources, mappings, keys."""

from hibana_op.storage.database import Session


async def version(db: Session) -> int:
    """The number that rises with every change."""
    row = await db.one("SELECT version FROM registry_version WHERE id = 1")
    return int(row["version"]) if row else 0


async def advance(db: Session) -> None:
    """Say, in the transaction of the change, that something changed."""
    await db.run("UPDATE registry_version SET version = version + 1 WHERE id = 1")


async def advance_beyond(db: Session, known: int) -> None:
    """Say that something changed, to workers that have seen this version already."""
    await db.run(
        """
        UPDATE registry_version SET version = 1 + CASE WHEN version > :known THEN version ELSE :known END
        WHERE id = 1""",
        known=known,
    )
