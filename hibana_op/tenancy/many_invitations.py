"""Many addresses invited into a tenant at once, in the background."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from hibana_op.foundation.errors import Conflict
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records.invitations import pending_to
from hibana_op.records.jobs import Job
from hibana_op.records.tenants import SPECIAL
from hibana_op.records.users import login_key
from hibana_op.storage.database import Session
from hibana_op.tenancy import invitations, membership, row_by_row, seats
from hibana_op.tenancy.access import Actor, require
from hibana_op.tenancy.places import place_of, tenant_for
from hibana_op.tenancy.row_by_row import Tell
from hibana_op.tenancy.seats import Seat

KIND = "invitations"


async def ask(
    op: Provider,
    actor: Actor,
    tenant_id: str,
    emails: Sequence[str],
    *,
    seat: Seat,
    lifetime: int = invitations.LIFETIME,
    language: str = "ja",
    origin: Origin,
) -> Job:
    """Have many addresses invited, each as if it were invited alone; an address that is written twice counts once."""
    membership.check_role(seat.role)
    invitations.check_lifetime(lifetime)
    found = row_by_row.wanted("emails", list({login_key(each): each for each in reversed(emails)}.values())[::-1])

    async def check(tx: Session, acting: Actor) -> None:
        tenant = await tenant_for(tx, acting, tenant_id)
        require(acting, "invitations:create", await place_of(tx, tenant_id, seat.unit_id))
        if tenant.id in SPECIAL:
            raise Conflict(f"nobody joins {tenant.slug}")
        await seats.check_may_promise(tx, acting, tenant_id, seat)

    given = {"emails": found, "seat": asdict(seat), "lifetime": lifetime, "language": language}
    return await row_by_row.begin(
        op, actor, KIND, given, total=len(found), check=check, origin=origin, tenant_id=tenant_id
    )


async def run(op: Provider, job: Job, *, origin: Origin, tell: Tell) -> dict[str, Any]:
    """Invite address by address."""
    tenant_id, given = str(job.tenant_id), job.input
    seat = Seat(**given["seat"])

    async def act(actor: Actor, email: str, acting: Origin) -> None:
        await invitations.create(
            op,
            actor,
            tenant_id,
            email=email,
            seat=seat,
            lifetime=given["lifetime"],
            language=given["language"],
            origin=acting,
        )

    async def was_done(email: str) -> bool:
        """Nobody is mailed twice because a worker died between the mail and the count."""
        return any(
            each.tenant_id == tenant_id and each.created_at >= job.created_at and each.invited_by == job.created_by
            for each in await pending_to(op.db, email, now=op.now())
        )

    return await row_by_row.run(op, job, given["emails"], act, origin=origin, tell=tell, was_done=was_done)
