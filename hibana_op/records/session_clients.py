"""Which apps took part in a session: each of them hears of its end."""

from hibana_op.records.clients import Client
from hibana_op.records.row import as_record
from hibana_op.storage.database import Session


async def note(db: Session, session_id: str, client_id: str, *, now: int) -> None:
    """Remember that a client was told of a session; once is enough."""
    await db.run(
        """
        INSERT INTO session_clients (session_id, client_id, created_at) VALUES (:session_id, :client_id, :now)
        ON CONFLICT (session_id, client_id) DO NOTHING""",
        session_id=session_id,
        client_id=client_id,
        now=now,
    )


async def of_session(db: Session, session_id: str) -> list[Client]:
    """The clients that took part in a session, the earliest first."""
    rows = await db.all(
        """
        SELECT oauth_clients.* FROM oauth_clients
        JOIN session_clients ON session_clients.client_id = oauth_clients.client_id
        WHERE session_clients.session_id = :session_id
        ORDER BY session_clients.created_at, oauth_clients.client_id""",
        session_id=session_id,
    )
    return [as_record(Client, row) for row in rows]
