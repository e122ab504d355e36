"""The same done to many members of a tenant at once, in the background: changed as one is, or removed."""

from collections.abc import Mapping, Sequence
from typing import Any

from hibana_op.foundation.errors import Forbidden, InvalidRecord
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import memberships
from hibana_op.records.jobs import Job
from hibana_op.storage.database import Session
from hibana_op.tenancy import membership, row_by_row, seats
from hibana_op.tenancy.access import Actor, paths_reached, require
from hibana_op.tenancy.places import place_of, tenant_for
from hibana_op.tenancy.row_by_row import Tell
from hibana_op.tenancy.seats import Seat

KIND = "members"


async def change(
    op: Provider,
    actor: Actor,
    tenant_id: str,
    changes: Mapping[str, Any],
    membership_ids: Sequence[str],
    *,
    origin: Origin,
) -> Job:
    """Have the same changed of many members: `role`, `unit_id`, `status`."""
    membership.check_changes(changes)
    if not changes:
        raise InvalidRecord("say what is to change: role, unit_id or status")

    async def check(tx: Session, acting: Actor) -> None:
        await _enter(tx, acting, tenant_id, "memberships:update")
        if changes.get("unit_id") is not None:
            require(acting, "memberships:update", await place_of(tx, tenant_id, changes["unit_id"]))
        if "role" in changes:
            await seats.check_may_give(tx, acting, tenant_id, Seat(role=changes["role"]))

    found = row_by_row.wanted("membership_ids", membership_ids)
    given = {"changes": dict(changes), "membership_ids": found}
    return await row_by_row.begin(
        op, actor, KIND, given, total=len(found), check=check, origin=origin, tenant_id=tenant_id
    )


async def remove(op: Provider, actor: Actor, tenant_id: str, membership_ids: Sequence[str], *, origin: Origin) -> Job:
    """Have many members taken out of their tenant."""

    async def check(tx: Session, acting: Actor) -> None:
        await _enter(tx, acting, tenant_id, "memberships:delete")

    found = row_by_row.wanted("membership_ids", membership_ids)
    given = {"changes": None, "membership_ids": found}
    return await row_by_row.begin(
        op, actor, KIND, given, total=len(found), check=check, origin=origin, tenant_id=tenant_id
    )


async def run(op: Provider, job: Job, *, origin: Origin, tell: Tell) -> dict[str, Any]:
    """Do it member by member; those out of reach are as unknown as those who never were."""
    tenant_id, changes = str(job.tenant_id), job.input["changes"]

    async def act(actor: Actor, membership_id: str, acting: Origin) -> None:
        if changes is None:
            await membership.remove(op, actor, tenant_id, membership_id, origin=acting)
        else:
            await membership.update(op, actor, tenant_id, membership_id, changes, origin=acting)

    async def was_done(membership_id: str) -> bool:
        """A change that is made twice is the same change; nobody can be removed twice."""
        member = await memberships.find(op.db, tenant_id, membership_id)
        return changes is None and member is not None and (member.left_at or 0) >= job.created_at

    return await row_by_row.run(op, job, job.input["membership_ids"], act, origin=origin, tell=tell, was_done=was_done)


async def _enter(tx: Session, actor: Actor, tenant_id: str, permission: str) -> None:
    """Somewhere in the tenant: whom it reaches is found member by member."""
    await tenant_for(tx, actor, tenant_id)
    if not paths_reached(actor, permission, tenant_id):
        raise Forbidden(permission)
