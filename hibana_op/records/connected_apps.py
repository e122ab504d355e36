"""The apps that a person lets in: what was allowed, since when, and when it was last used."""

from dataclasses import dataclass, field

from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedApp:
    """One app of one person; `scopes` by resource, '' standing for their own account."""

    client_id: str
    first_used_at: int
    last_used_at: int
    scopes: dict[str, tuple[str, ...]] = field(default_factory=dict)


async def of_user(db: Session, user_id: str, *, now: int) -> list[ConnectedApp]:
    """What a person has allowed or what still counts of theirs, the latest used first."""
    used = await db.all(
        """
        SELECT client_id, MIN(token_families.created_at) AS first_used_at,
          MAX(COALESCE(refresh_tokens.created_at, token_families.created_at)) AS last_used_at,
          MAX(CASE WHEN revoked_at IS NULL AND token_families.expires_at > :now THEN 1 ELSE 0 END) AS is_live
        FROM token_families LEFT JOIN refresh_tokens ON refresh_tokens.family_id = token_families.id
        WHERE user_id = :id GROUP BY client_id""",
        id=user_id,
        now=now,
    )
    allowed = await db.all(
        """
        SELECT client_id, resource, scopes, created_at, updated_at FROM consents
        WHERE user_id = :id ORDER BY client_id, resource""",
        id=user_id,
    )
    scopes: dict[str, dict[str, tuple[str, ...]]] = {}
    times: dict[str, list[int]] = {}
    for row in allowed:
        scopes.setdefault(row["client_id"], {})[row["resource"]] = tuple(row["scopes"].split())
        times.setdefault(row["client_id"], []).extend((row["created_at"], row["updated_at"]))
    for row in used:
        if row["is_live"] or row["client_id"] in scopes:
            times.setdefault(row["client_id"], []).extend((row["first_used_at"], row["last_used_at"]))
    apps = [
        ConnectedApp(client_id=each, first_used_at=min(at), last_used_at=max(at), scopes=scopes.get(each, {}))
        for each, at in times.items()
    ]
    return sorted(apps, key=lambda app: (-app.last_used_at, app.client_id))


async def withdraw(db: Session, user_id: str, client_id: str, *, now: int) -> bool:
    """Take back what a person allowed an app: its consents go, and everything that was issued for it ends."""
    gone = await db.run(
        "DELETE FROM consents WHERE user_id = :user_id AND client_id = :client_id", user_id=user_id, client_id=client_id
    )
    ended = await db.run(
        """
        UPDATE token_families SET revoked_at = :now
        WHERE user_id = :user_id AND client_id = :client_id AND revoked_at IS NULL""",
        user_id=user_id,
        client_id=client_id,
        now=now,
    )
    return gone + ended > 0
