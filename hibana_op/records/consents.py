"""What a person has allowed a client, for each resource; '' stands for their own account."""

from hibana_op.storage.database import Session

ACCOUNT = ""


async def of(db: Session, user_id: str, client_id: str) -> dict[str, frozenset[str]]:
    """The scopes a person has allowed a client, by resource identifier."""
    rows = await db.all(
        "SELECT resource, scopes FROM consents WHERE user_id = :user_id AND client_id = :client_id",
        user_id=user_id,
        client_id=client_id,
    )
    return {row["resource"]: frozenset(row["scopes"].split()) for row in rows}


async def put(db: Session, user_id: str, client_id: str, *, resource: str, scopes: frozenset[str], now: int) -> None:
    """Remember what a person allows a client at a resource."""
    await db.run(
        """
        INSERT INTO consents (user_id, client_id, resource, scopes, created_at, updated_at)
        VALUES (:user_id, :client_id, :resource, :scopes, :now, :now)
        ON CONFLICT (user_id, client_id, resource) DO UPDATE SET scopes = :scopes, updated_at = :now""",
        user_id=user_id,
        client_id=client_id,
        resource=resource,
        scopes=" ".join(sorted(scopes)),
        now=now,
    )
