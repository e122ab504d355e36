"""Seats above a plain one that join codes and invitations give: they end with whoever answers for them."""

from hibana_op.foundation.events import Event, InvitationCancelled, InvitationSent, JoinCodeCreated, JoinCodeDisabled
from hibana_op.storage.database import Row, Session

_GIVES_MORE = "(role <> 'member' OR role_id IS NOT NULL)"
# Nobody in particular made it, and no record of its making names anybody but this client.
_MADE_BY_CLIENT = """
  {maker} IS NULL AND (:tenant_id = '' OR tenant_id = :tenant_id) AND NOT EXISTS (
    SELECT 1 FROM audit_log WHERE audit_log.resource_id = {table}.id AND audit_log.action = :made
      AND (audit_log.client_id IS NULL OR audit_log.client_id <> :client_id))"""


async def end_of_person(db: Session, user_id: str, *, now: int) -> list[Event]:
    """Let no code and no invitation of a person who goes give more than a plain seat; what there is to tell."""
    codes = await _disable(db, "created_by = :user_id", now=now, user_id=user_id)
    invited = await _cancel(db, "invited_by = :user_id", user_id=user_id)
    return _told(codes, invited)


async def end_of_client(db: Session, client_id: str, tenant_id: str | None, *, now: int) -> list[Event]:
    """The same for a client that acted as itself, in its tenant or with None in all of them.

    That a client made something is known by the audit log alone. What the log says nothing about any more counts as
    the client's own: better one code too few than one that nobody answers for.
    """
    given = {"client_id": client_id, "tenant_id": tenant_id or ""}
    by_code = _MADE_BY_CLIENT.format(table="tenant_join_codes", maker="created_by")
    codes = await _disable(db, by_code, now=now, made=JoinCodeCreated.tag, **given)
    by_mail = _MADE_BY_CLIENT.format(table="invitations", maker="invited_by")
    return _told(codes, await _cancel(db, by_mail, made=InvitationSent.tag, **given))


async def is_given(db: Session, role_id: str, *, now: int) -> bool:
    """Whether a code that counts or an open invitation gives a role."""
    row = await db.one(
        """
        SELECT 1 AS given WHERE
          EXISTS (SELECT 1 FROM tenant_join_codes WHERE role_id = :role_id AND disabled_at IS NULL
            AND (expires_at IS NULL OR expires_at > :now) AND (max_uses IS NULL OR used_count < max_uses))
          OR EXISTS (SELECT 1 FROM invitations
            WHERE role_id = :role_id AND status = 'pending' AND expires_at > :now)""",
        role_id=role_id,
        now=now,
    )
    return row is not None


async def _disable(db: Session, condition: str, *, now: int, **values: str) -> list[Row]:
    return await db.all(
        f"""
        UPDATE tenant_join_codes SET disabled_at = :now
        WHERE disabled_at IS NULL AND {_GIVES_MORE} AND {condition} RETURNING id, tenant_id""",  # noqa: S608
        now=now,
        **values,
    )


async def _cancel(db: Session, condition: str, **values: str) -> list[Row]:
    return await db.all(
        f"""
        UPDATE invitations SET status = 'cancelled'
        WHERE status = 'pending' AND {_GIVES_MORE} AND {condition} RETURNING id, tenant_id""",  # noqa: S608
        **values,
    )


def _told(codes: list[Row], invited: list[Row]) -> list[Event]:
    return [
        *(JoinCodeDisabled(tenant_id=row["tenant_id"], target_id=row["id"]) for row in codes),
        *(InvitationCancelled(tenant_id=row["tenant_id"], target_id=row["id"]) for row in invited),
    ]
