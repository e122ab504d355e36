"""Clients that developers registered themselves: their own token (RFC 7592 §3), and what becomes of unused ones."""

from hibana_op.records import registry
from hibana_op.storage.database import Session

UNUSED_FOR = 7 * 86400  # seconds that a client from a stranger may wait for its first use
MOST_UNUSED = 10_000
BATCH = 500


async def rotate_token(db: Session, client_id: str, *, before: str, after: str) -> bool:
    """Put one registration access token in the place of another; whether the other one still counted."""
    touched = await db.run(
        """
        UPDATE oauth_clients SET registration_token_hash = :after
        WHERE client_id = :id AND registration_token_hash = :before""",
        id=client_id,
        before=before,
        after=after,
    )
    return touched > 0


async def remove_unused(db: Session, *, before: int) -> tuple[str, ...]:
    """Take out some of the clients that strangers registered before then and nobody has used; their ids."""
    rows = await db.all(
        """
        DELETE FROM oauth_clients WHERE client_id IN (
          SELECT client_id FROM oauth_clients
          WHERE registration = 'dcr' AND last_used_at IS NULL
            AND initial_access_token_id IS NULL AND NOT verified AND created_at < :before
          ORDER BY created_at LIMIT :batch)
        RETURNING client_id""",
        before=before,
        batch=BATCH,
    )
    return await _gone(db, [str(row["client_id"]) for row in rows])


async def make_room(db: Session, *, most: int) -> tuple[str, ...]:
    """Of the unused clients that strangers registered let only so many stay, the newest; the ids of the others."""
    rows = await db.all(
        """
        DELETE FROM oauth_clients WHERE client_id IN (
          SELECT client_id FROM oauth_clients
          WHERE registration = 'dcr' AND last_used_at IS NULL
            AND initial_access_token_id IS NULL AND NOT verified
          ORDER BY created_at DESC, client_id DESC LIMIT :batch OFFSET :most)
        RETURNING client_id""",
        most=most,
        batch=BATCH,
    )
    return await _gone(db, [str(row["client_id"]) for row in rows])


async def _gone(db: Session, client_ids: list[str]) -> tuple[str, ...]:
    if client_ids:
        await registry.advance(db)
    return tuple(sorted(client_ids))
