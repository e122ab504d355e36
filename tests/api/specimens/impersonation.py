"""`/users/{id}/impersonation`: a right of the deployment, which has to allow it."""

from hibana_op.provider import Provider
from hibana_op.records.tenants import SYSTEM
from hibana_op.tenancy import actors, settings
from tests.api.credentials import ORIGIN
from tests.api.specimens import Side, Specimen, join


async def seed(op: Provider, side: Side) -> None:
    """Somebody to act as, in a deployment that allows it."""
    await settings.change(op, await actors.command(op), SYSTEM, {"impersonation": "allowed"}, origin=ORIGIN)
    side.ids["acted-as"] = (await join(op, side.tenant_id, "member", side.canary)).id


SPECIMENS = {
    ("POST", "/users/{id}/impersonation"): Specimen(
        of_tenant=False, path={"id": "acted-as"}, body=lambda side: {"reason": "Ticket 4711"}
    ),
}
