"""`/lockouts`, of the whole deployment."""

from hibana_op.login import throttle
from hibana_op.provider import Provider
from hibana_op.records import lockouts
from tests.api.specimens import Side, Specimen


async def seed(op: Provider, side: Side) -> None:
    """A member who failed too often."""
    counter = throttle.subject_of_user(side.member.id)
    for _ in range(2):
        await op.db.transact(lambda tx: lockouts.reserve(tx, counter, limit=1, seconds=900, now=op.now()))


SPECIMENS = {
    ("GET", "/lockouts"): Specimen(of_tenant=False),
    ("DELETE", "/lockouts/{user_id}"): Specimen(of_tenant=False, path={"user_id": "member"}),
}
