"""Each `jti` that a client's assertion carried: spent once per client, whichever worker sees it (RFC 7523 §3)."""

from hibana_op.storage.database import Session


async def spend(db: Session, client_id: str, jti_hash: str, *, expires_at: int) -> bool:
    """Use a jti up; False when it was used before. The row stays until nothing with this jti could be valid."""
    written = await db.run(
        """
        INSERT INTO jti_seen (client_id, jti_hash, expires_at) VALUES (:client_id, :jti_hash, :expires_at)
        ON CONFLICT (client_id, jti_hash) DO NOTHING""",
        client_id=client_id,
        jti_hash=jti_hash,
        expires_at=expires_at,
    )
    return written > 0
