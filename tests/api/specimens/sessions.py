"""`/sessions`: people who are signed in and have entered the side's tenant."""

from hibana_op.provider import Provider
from hibana_op.records import memberships
from tests.api.specimens import Side, Specimen, join, of_tenant
from tests.make import make_session


async def seed(op: Provider, side: Side) -> None:
    """One session to look at, and one to end."""
    for name in ("session", "session-ended"):
        user = await join(op, side.tenant_id, "member", side.canary)
        membership = await memberships.of_person(op.db, side.tenant_id, user.id)
        assert membership is not None
        session = await make_session(op, user, active_membership_id=membership.id, user_agent=side.canary)
        side.ids[name] = session.id


SPECIMENS = {
    ("GET", "/sessions"): Specimen(of_tenant=True, query=of_tenant),
    ("GET", "/sessions/{id}"): Specimen(of_tenant=True, path={"id": "session"}),
    ("DELETE", "/sessions/{id}"): Specimen(of_tenant=True, path={"id": "session-ended"}),
}
