"""How many ways a person has to begin a sign-in."""

from hibana_op.storage.database import Session


async def hold(db: Session, user_id: str) -> None:
    """Keep others from taking a way in from the same person before this transaction ends."""
    await db.run("UPDATE users SET updated_at = updated_at WHERE id = :id", id=user_id)


async def count(db: Session, user_id: str) -> tuple[int, int, int]:
    """Passwords, passkeys, and linked accounts at providers that are enabled."""
    row = await db.one(
        """
        SELECT
          (SELECT COUNT(*) FROM passwords WHERE user_id = :id) AS passwords,
          (SELECT COUNT(*) FROM passkeys WHERE user_id = :id) AS passkeys,
          (SELECT COUNT(*) FROM user_identities
            JOIN identity_providers ON identity_providers.id = user_identities.provider_id
            WHERE user_id = :id AND identity_providers.enabled) AS identities""",
        id=user_id,
    )
    return (row["passwords"], row["passkeys"], row["identities"]) if row else (0, 0, 0)
