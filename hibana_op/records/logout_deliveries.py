"""Logout tokens that wait to be delivered, one for each session and app: OpenID Connect Back-Channel Logout §2.5."""

from dataclasses import dataclass

from hibana_op.records.row import as_record, as_record_or_none
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutDelivery:
    """The end of a session, as one client has to hear of it."""

    id: str
    client_id: str
    session_id: str
    user_id: str
    created_at: int
    attempts: int
    next_attempt_at: int
    delivered_at: int | None = None
    failure: str | None = None


# A session ends once, so that it and the client name the delivery.
_QUEUE = """
    INSERT INTO logout_deliveries (id, client_id, session_id, user_id, created_at, attempts, next_attempt_at)
    SELECT sessions.id || '.' || oauth_clients.client_id, oauth_clients.client_id, sessions.id, sessions.user_id,
           :now, 0, :now
    FROM sessions
    JOIN session_clients ON session_clients.session_id = sessions.id
    JOIN oauth_clients ON oauth_clients.client_id = session_clients.client_id
    WHERE oauth_clients.backchannel_logout_uri IS NOT NULL AND sessions.expires_at > :now"""
_ONCE = " ON CONFLICT (id) DO NOTHING"
# With a session of an administrator those end in which they act as somebody else.
_QUEUE_OF_SESSION = f"""{_QUEUE} AND sessions.revoked_at = :now
    AND sessions.id IN (
      SELECT id FROM sessions WHERE id = :id
      UNION ALL SELECT id FROM sessions WHERE impersonator_session_id = :id){_ONCE}"""  # noqa: S608 - our own text
_QUEUE_OF_USER = f"""{_QUEUE} AND sessions.revoked_at = :now
    AND sessions.id IN (
      SELECT id FROM sessions WHERE user_id = :id
      UNION ALL SELECT id FROM sessions WHERE impersonator_id = :id){_ONCE}"""  # noqa: S608 - our own text
_QUEUE_OF_TENANT = f"""{_QUEUE} AND sessions.revoked_at = :now AND sessions.active_membership_id IN (
    SELECT id FROM tenant_memberships WHERE tenant_id = :id){_ONCE}"""  # noqa: S608 - the text stands in the code
_QUEUE_OF_ALL = f"{_QUEUE} AND sessions.revoked_at = :now{_ONCE}"


async def queue_of_session(db: Session, session_id: str, *, now: int) -> None:
    """Have every app of a session told that it has ended, in the transaction that ends it."""
    await db.run(_QUEUE_OF_SESSION, id=session_id, now=now)


async def queue_of_user(db: Session, user_id: str, *, now: int) -> None:
    """The same for the sessions of a person that ended this very moment."""
    await db.run(_QUEUE_OF_USER, id=user_id, now=now)


async def queue_of_tenant(db: Session, tenant_id: str, *, now: int) -> None:
    """The same for the sessions in a tenant that ended this very moment."""
    await db.run(_QUEUE_OF_TENANT, id=tenant_id, now=now)


async def queue_of_all(db: Session, *, now: int) -> None:
    """The same for all sessions that ended this very moment."""
    await db.run(_QUEUE_OF_ALL, now=now)


async def waiting_clients(db: Session, *, attempts: int, now: int) -> list[str]:
    """The clients that have something to hear now, whoever has waited longest first."""
    rows = await db.all(
        """
        SELECT client_id FROM logout_deliveries
        WHERE delivered_at IS NULL AND next_attempt_at <= :now AND attempts < :attempts
        GROUP BY client_id ORDER BY MIN(next_attempt_at)""",
        attempts=attempts,
        now=now,
    )
    return [row["client_id"] for row in rows]


async def lease(db: Session, client_id: str, *, until: int, attempts: int, now: int) -> LogoutDelivery | None:
    """Take what has waited longest for a client; nobody else gets it before `until`."""
    row = await db.one(
        """
        UPDATE logout_deliveries SET next_attempt_at = :until, attempts = attempts + 1
        WHERE id = (SELECT id FROM logout_deliveries
                    WHERE client_id = :client_id AND delivered_at IS NULL AND next_attempt_at <= :now
                      AND attempts < :attempts
                    ORDER BY next_attempt_at, id LIMIT 1)
          AND delivered_at IS NULL AND next_attempt_at <= :now
        RETURNING *""",
        client_id=client_id,
        until=until,
        attempts=attempts,
        now=now,
    )
    return as_record_or_none(LogoutDelivery, row)


async def note_delivered(db: Session, delivery_id: str, *, now: int) -> None:
    """The client has heard of it."""
    await db.run(
        "UPDATE logout_deliveries SET delivered_at = :now, failure = NULL WHERE id = :id", id=delivery_id, now=now
    )


async def note_failure(db: Session, delivery_id: str, *, failure: str, next_attempt_at: int) -> None:
    """The client could not be told; try again later."""
    await db.run(
        "UPDATE logout_deliveries SET failure = :failure, next_attempt_at = :next WHERE id = :id",
        id=delivery_id,
        failure=failure,
        next=next_attempt_at,
    )


async def of_session(db: Session, session_id: str) -> list[LogoutDelivery]:
    """What became of the deliveries of a session, by client."""
    rows = await db.all(
        "SELECT * FROM logout_deliveries WHERE session_id = :session_id ORDER BY client_id", session_id=session_id
    )
    return [as_record(LogoutDelivery, row) for row in rows]
