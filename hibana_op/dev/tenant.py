"""The organisation of a development deployment: Alice owns it, and a code lets anybody in."""

from hibana_op.dev.people import ALICE
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import join_codes as codes
from hibana_op.records import tenants, users
from hibana_op.tenancy import actors, join_codes
from hibana_op.tenancy.seats import Seat
from hibana_op.tenancy.tenants import create

SLUG, NAME = "acme", "Acme Logistics"
LABEL = "start page"


async def ensure(op: Provider, origin: Origin) -> None:
    """Add it, unless it is there or was deleted."""
    if await tenants.is_taken(op.db, SLUG):
        return
    owner = await users.find_by_login(op.db, ALICE.email)
    actor = await actors.command(op)
    changed = await create(op, actor, slug=SLUG, name=NAME, owner_id=owner.id if owner else None, origin=origin)
    await join_codes.create(op, actor, changed.tenant.id, seat=Seat(), label=LABEL, origin=origin)


async def join_code(op: Provider) -> str | None:
    """The code that the start page shows, while anybody can join with it."""
    tenant = await tenants.find_by_slug(op.db, SLUG)
    if tenant is None or not tenant.is_open(now=op.now()):
        return None
    for code in await codes.page(op.db, tenant.id):
        if code.label == LABEL and code.disabled_at is None:
            return join_codes.text_of(op, code)
    return None
