"""Random keys that belong to this deployment and rest sealed under the master key."""

from hibana_op.storage.database import Session


async def find(db: Session, name: str) -> str | None:
    """The sealed value."""
    row = await db.one("SELECT sealed FROM deployment_secrets WHERE name = :name", name=name)
    return str(row["sealed"]) if row else None


async def insert_once(db: Session, name: str, *, sealed: str, now: int) -> None:
    """Keep the first value that anyone offers."""
    await db.run(
        """
        INSERT INTO deployment_secrets (name, sealed, created_at) VALUES (:name, :sealed, :now)
        ON CONFLICT (name) DO NOTHING""",
        name=name,
        sealed=sealed,
        now=now,
    )


async def all_sealed(db: Session) -> list[tuple[str, str]]:
    """Every name with its sealed value."""
    rows = await db.all("SELECT name, sealed FROM deployment_secrets ORDER BY name")
    return [(row["name"], row["sealed"]) for row in rows]


async def reseal(db: Session, name: str, *, sealed: str) -> None:
    """Replace a sealed value by the same secret under another master key."""
    await db.run("UPDATE deployment_secrets SET sealed = :sealed WHERE name = :name", name=name, sealed=sealed)
