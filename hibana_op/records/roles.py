"""Roles of the whole deployment, and who holds them."""

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


async def assign(db: Session, user_id: str, role_name: str, *, now: int) -> None:
    """Give a person a role; NotFound lists the names there are."""
    row = await db.one("SELECT id FROM roles WHERE name = :name", name=role_name)
    if row is None:
        known = await db.all("SELECT name FROM roles ORDER BY name")
        raise NotFound(f"no role is named {role_name}; there are {', '.join(r['name'] for r in known)}")
    await db.run(
        """
        INSERT INTO user_roles (user_id, role_id, created_at) VALUES (:user_id, :role_id, :now)
        ON CONFLICT (user_id, role_id) DO NOTHING""",
        user_id=user_id,
        role_id=row["id"],
        now=now,
    )
