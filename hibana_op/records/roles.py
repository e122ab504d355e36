"""Roles of the whole deployment, and who holds them."""

from collections.abc import Sequence

from hibana_op.foundation.errors import NotFound
from hibana_op.storage.database import Session


async def names_of_user(db: Session, user_id: str) -> list[str]:
    """The names of the roles a person holds."""
    rows = await db.all(
        """
        SELECT roles.name FROM user_roles JOIN roles ON roles.id = user_roles.role_id
        WHERE user_roles.user_id = :id ORDER BY roles.name""",
        id=user_id,
    )
    return [row["name"] for row in rows]


async def require(db: Session, names: Sequence[str]) -> None:
    """NotFound, with the names there are, unless each of these is a role."""
    known = [row["name"] for row in await db.all("SELECT name FROM roles ORDER BY name")]
    for name in names:
        if name not in known:
            raise NotFound(f"no role is named {name}; there are {', '.join(known)}")


async def assign(db: Session, user_id: str, role_name: str, *, now: int) -> None:
    """Give a person a role that exists."""
    await db.run(
        """
        INSERT INTO user_roles (user_id, role_id, created_at)
        SELECT CAST(:user_id AS TEXT), id, CAST(:now AS BIGINT) FROM roles WHERE name = :name
        ON CONFLICT (user_id, role_id) DO NOTHING""",
        user_id=user_id,
        name=role_name,
        now=now,
    )
