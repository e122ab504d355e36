"""Acting as somebody else: what such a session stands on, and the addresses with which one begins."""

from dataclasses import dataclass

from hibana_op.records.row import as_columns, as_record_or_none, insert_into
from hibana_op.storage.database import Session

# For statements that have `sessions` and say what time it is: a session of the person themselves, or one that an
# administrator acts in. That one counts while the deployment allows it, while the administrator is there, is signed in
# and holds the right, and while the person is none who administers the deployment. Who of the two may do more was
# weighed when it began, so that any change of their roles and memberships ends it. So it ends for every worker at once.
STANDS = """
  (sessions.impersonator_id IS NULL OR EXISTS (
    SELECT 1 FROM sessions AS own
    JOIN users AS impersonator ON impersonator.id = own.user_id AND impersonator.status = 'active'
    WHERE own.id = sessions.impersonator_session_id AND own.user_id = sessions.impersonator_id
      AND own.impersonator_id IS NULL AND own.revoked_at IS NULL AND own.expires_at > :now
      AND EXISTS (SELECT 1 FROM tenants WHERE tenants.id = 'system'
        AND tenants.settings_json LIKE '%"impersonation":"allowed"%')
      AND EXISTS (SELECT 1 FROM user_roles JOIN roles ON roles.id = user_roles.role_id AND roles.tenant_id = 'system'
        WHERE user_roles.user_id = own.user_id AND user_roles.scope_type = 'deployment'
          AND (roles.permissions_json LIKE '%"*"%' OR roles.permissions_json LIKE '%"impersonation:%'))
      AND NOT EXISTS (SELECT 1 FROM user_roles JOIN roles ON roles.id = user_roles.role_id
        WHERE user_roles.user_id IN (sessions.user_id, sessions.impersonator_id)
          AND (user_roles.created_at > sessions.created_at OR roles.updated_at > sessions.created_at
            OR (user_roles.user_id = sessions.user_id AND user_roles.scope_type = 'deployment')))
      AND NOT EXISTS (SELECT 1 FROM tenant_memberships
        WHERE tenant_memberships.user_id IN (sessions.user_id, sessions.impersonator_id)
          AND tenant_memberships.updated_at > sessions.created_at)))"""
# The same of what was issued: it counts no longer than the session in which it was.
FAMILY_STANDS = f"""
  (token_families.impersonator_id IS NULL OR EXISTS (
    SELECT 1 FROM sessions WHERE sessions.id = token_families.session_id AND sessions.impersonator_id IS NOT NULL
      AND sessions.revoked_at IS NULL AND sessions.expires_at > :now AND {STANDS}))"""  # noqa: S608 - our own text


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpersonationRequest:
    """An address that begins it, for one administrator and one person; its token is kept as a hash only."""

    token_hash: str
    impersonator_id: str
    user_id: str
    reason: str
    created_at: int
    expires_at: int


_INSERT = insert_into("impersonation_requests", ImpersonationRequest)


async def insert(db: Session, request: ImpersonationRequest) -> None:
    """Keep an address that is about to be shown."""
    await db.run(_INSERT, **as_columns(request))


async def find_live(db: Session, token_hash: str, *, now: int) -> ImpersonationRequest | None:
    """The address, while it may still be used; looking at it does not use it."""
    row = await db.one(
        "SELECT * FROM impersonation_requests WHERE token_hash = :token_hash AND expires_at > :now",
        token_hash=token_hash,
        now=now,
    )
    return as_record_or_none(ImpersonationRequest, row)


async def spend(db: Session, token_hash: str, *, impersonator_id: str, now: int) -> ImpersonationRequest | None:
    """Use an address, once; None when it is somebody else's, was used, or is too old."""
    row = await db.one(
        """
        DELETE FROM impersonation_requests
        WHERE token_hash = :token_hash AND impersonator_id = :impersonator_id AND expires_at > :now
        RETURNING *""",
        token_hash=token_hash,
        impersonator_id=impersonator_id,
        now=now,
    )
    return as_record_or_none(ImpersonationRequest, row)


async def end_all(db: Session, *, now: int) -> int:
    """Let no address count that was given so far; how many there were."""
    return await db.run("UPDATE impersonation_requests SET expires_at = :now WHERE expires_at > :now", now=now)


async def end_of_holders(db: Session, assigned: str, **values: str) -> None:
    """End what people do as somebody else who are about to hold less: `assigned` says which of the roles they held."""
    await db.run(
        f"""
        UPDATE sessions SET revoked_at = last_seen_at
        WHERE revoked_at IS NULL AND impersonator_id IN (
          SELECT user_id FROM user_roles WHERE {assigned})""",  # noqa: S608 - the text stands in the code
        **values,
    )
