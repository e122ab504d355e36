"""Everything that was issued from one approval: the code, its refresh tokens and its access tokens."""

from dataclasses import dataclass
from typing import Any

from hibana_op.records.impersonations import FAMILY_STANDS
from hibana_op.records.memberships import COUNTS
from hibana_op.records.row import as_columns, as_record, as_record_or_none
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFamily:
    """One approval: who allowed which client what, and how they had signed in; or who acted as them."""

    id: str
    user_id: str
    client_id: str
    session_id: str | None
    scopes: tuple[str, ...]
    resources: tuple[str, ...]
    claims: dict[str, Any]
    claims_locales: tuple[str, ...] = ()
    auth_time: int
    acr: str
    amr: tuple[str, ...]
    offline: bool
    created_at: int
    expires_at: int
    revoked_at: int | None = None
    tenant_id: str | None = None
    membership_id: str | None = None
    impersonator_id: str | None = None


async def insert(db: Session, family: TokenFamily) -> None:
    """Begin a family."""
    await db.run(
        """
        INSERT INTO token_families (id, user_id, client_id, session_id, scopes, resources, claims_json,
                                    claims_locales, auth_time, acr, amr, offline, created_at, expires_at, revoked_at,
                                    tenant_id, membership_id, impersonator_id)
        VALUES (:id, :user_id, :client_id, :session_id, :scopes, :resources, :claims_json,
                :claims_locales, :auth_time, :acr, :amr, :offline, :created_at, :expires_at, :revoked_at,
                :tenant_id, :membership_id, :impersonator_id)""",
        **as_columns(family),
    )


async def find_live(db: Session, family_id: str, *, now: int) -> TokenFamily | None:
    """The family, while it is neither revoked nor expired and its person may sign in, in its tenant."""
    row = await db.one(
        f"""
        SELECT token_families.* FROM token_families
        JOIN users ON users.id = token_families.user_id AND users.status = 'active'
        WHERE token_families.id = :id AND revoked_at IS NULL AND expires_at > :now AND {FAMILY_STANDS}
          AND (membership_id IS NULL OR EXISTS (
            SELECT 1 FROM tenant_memberships JOIN tenants ON tenants.id = tenant_memberships.tenant_id
            WHERE tenant_memberships.id = token_families.membership_id AND {COUNTS}))""",  # noqa: S608 - our own text
        id=family_id,
        now=now,
    )
    return as_record_or_none(TokenFamily, row)


async def revoke(db: Session, family_id: str, *, now: int) -> bool:
    """End a family; False when it had ended already."""
    return (
        await db.run(
            "UPDATE token_families SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL",
            id=family_id,
            now=now,
        )
        > 0
    )


async def revoke_of_session(db: Session, session_id: str, *, now: int) -> int:
    """End what depends on a session: everything but offline access (OpenID Connect Core §11)."""
    return await db.run(
        """
        UPDATE token_families SET revoked_at = :now
        WHERE session_id = :id AND revoked_at IS NULL AND (NOT offline OR EXISTS (
          SELECT 1 FROM authorization_codes
          WHERE authorization_codes.family_id = token_families.id AND authorization_codes.used_at IS NULL))""",
        id=session_id,
        now=now,
    )


async def revoke_of_user(db: Session, user_id: str, *, now: int) -> int:
    """End every family of a person."""
    return await db.run(
        "UPDATE token_families SET revoked_at = :now WHERE user_id = :id AND revoked_at IS NULL",
        id=user_id,
        now=now,
    )


async def revoke_all(db: Session, *, now: int) -> int:
    """End every family there is; how many there were."""
    return await db.run("UPDATE token_families SET revoked_at = :now WHERE revoked_at IS NULL", now=now)


async def live_of_user(db: Session, user_id: str, *, now: int) -> list[TokenFamily]:
    """What a person has approved and still counts."""
    rows = await db.all(
        """
        SELECT * FROM token_families WHERE user_id = :id AND revoked_at IS NULL AND expires_at > :now
        ORDER BY created_at DESC""",
        id=user_id,
        now=now,
    )
    return [as_record(TokenFamily, row) for row in rows]
