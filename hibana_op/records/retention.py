"""Records that are kept for as long as the deployment or a tenant chose, and then taken out."""

from typing import Any

import msgspec

from hibana_op.records import audit_log
from hibana_op.storage.database import Session

BATCH = 1000


async def every_settings(db: Session) -> dict[str, dict[str, Any]]:
    """The settings of the deployment and of every tenant that has not been deleted, by its id."""
    rows = await db.all("SELECT id, settings_json FROM tenants WHERE status <> 'deleted' AND settings_json <> '{}'")
    return {row["id"]: msgspec.json.decode(row["settings_json"]) for row in rows}


async def forget_failed_logins(db: Session, *, before: int) -> int:
    """Take out some of the failed sign-ins of before a time; how many went."""
    return await db.run(
        """
        DELETE FROM failed_logins WHERE id IN (
          SELECT id FROM failed_logins WHERE created_at < :before LIMIT :batch)""",
        before=before,
        batch=BATCH,
    )


async def trim_audit_log(db: Session, *, before: int, key: bytes) -> int:
    """Take out some of the oldest entries of before a time; how many went.

    The log only ever loses its oldest end, and says with a proof where it begins: what is left stays one chain.
    """
    rows = await db.all("SELECT seq, hash, created_at FROM audit_log ORDER BY seq LIMIT :batch", batch=BATCH + 1)
    old = []
    for row in rows[:-1]:  # the newest entry stays whatever its age
        if row["created_at"] >= before:
            break
        old.append(row)
    if not old:
        return 0
    seq, hash = old[-1]["seq"], old[-1]["hash"]
    await db.run("DELETE FROM audit_log WHERE seq <= :seq", seq=seq)
    await db.run(
        "UPDATE audit_head SET base_seq = :seq, base_hash = :hash, base_proof = :proof WHERE id = 1",
        seq=seq,
        hash=hash,
        proof=audit_log.base_proof(key, seq, hash),
    )
    return len(old)
