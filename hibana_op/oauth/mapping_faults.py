"""A scope mapping that cannot be followed gives no claim, and the audit log says so."""

from collections.abc import Sequence

from hibana_op.foundation.events import ScopeMappingFailed
from hibana_op.foundation.origin import Origin
from hibana_op.oauth.claims import Explained
from hibana_op.provider import Provider
from hibana_op.storage.database import Session


async def report(op: Provider, faults: Sequence[Explained], origin: Origin) -> None:
    """Audit each of the faults, unless this worker did so within the hour; never from inside a transaction."""
    due = [each for each in faults if op.seldom.is_due(("mapping", each.scope, each.claim), op.now())]
    if not due:
        return

    async def write(tx: Session) -> None:
        for each in due:
            event = ScopeMappingFailed(target_id=f"{each.scope} {each.claim}", reason=each.absent or "")
            await op.emit(tx, event, origin)

    await op.db.transact(write)
