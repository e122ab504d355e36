"""Each assertion that somebody came back with: taken once, whichever worker sees it (SAML Profiles §4.1.4.5)."""

from hibana_op.storage.database import Session


async def spend(db: Session, assertion_hash: str, *, expires_at: int) -> bool:
    """Use an assertion up; False when it was used before. The row stays until the assertion has expired."""
    written = await db.run(
        """
        INSERT INTO saml_assertions_seen (assertion_hash, expires_at) VALUES (:assertion_hash, :expires_at)
        ON CONFLICT (assertion_hash) DO NOTHING""",
        assertion_hash=assertion_hash,
        expires_at=expires_at,
    )
    return written > 0
