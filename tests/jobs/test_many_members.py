"""What is done to many members or addresses goes on where a worker left off, by whoever may still do it then."""

from hibana_op.background import KINDS
from hibana_op.jobs.work import work_once
from hibana_op.provider import Provider
from hibana_op.records import invitations, jobs, memberships, tenants
from hibana_op.records.jobs import Job
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User
from hibana_op.tenancy import actors, many_invitations, many_members, membership
from hibana_op.tenancy.access import Actor
from hibana_op.tenancy.invitations import create
from hibana_op.tenancy.seats import Seat
from tests.api.credentials import ORIGIN
from tests.jobs.house import House
from tests.make import make_member, make_tenant, make_user


async def owned(op: Provider) -> tuple[Tenant, User, Actor]:
    """A tenant and its owner, with what they hold now."""
    tenant, owner = await make_tenant(op), await make_user(op, password=None)
    await make_member(op, tenant, owner, role="owner")
    return tenant, owner, await op.db.glance(lambda tx: actors.person(tx, owner.id, now=op.now()))


async def members(op: Provider, tenant: Tenant, count: int = 3) -> list[str]:
    """The ids of some plain memberships."""
    return [(await make_member(op, tenant, await make_user(op, password=None))).id for _ in range(count)]


async def statuses(op: Provider, tenant: Tenant, ids: list[str]) -> list[str]:
    """How they are now."""
    found = [await memberships.find(op.db, tenant.id, each) for each in ids]
    return [each.status for each in found if each is not None]


async def done(op: Provider, job: Job) -> Job:
    """The job once a worker has been at it."""
    assert await work_once(op, KINDS)
    return await jobs.get(op.db, job.id)


async def taken_by_one_that_dies(house: House) -> None:
    """A worker takes the job and is heard of no more."""
    held = await house.op.db.transact(lambda tx: jobs.take(tx, lease="a worker that dies", now=house.op.now()))
    assert held is not None
    house.clock.advance(jobs.LEASE_SECONDS + 1)


async def test_a_member_who_was_removed_just_before_a_worker_died_counts_as_done(house: House) -> None:
    op = house.op
    tenant, _, owner = await owned(op)
    ids = await members(op, tenant)
    job = await many_members.remove(op, owner, tenant.id, ids, origin=ORIGIN)
    await taken_by_one_that_dies(house)
    await membership.remove(op, owner, tenant.id, ids[0], origin=ORIGIN)

    after = await done(op, job)

    assert (after.status, after.result["done"], after.result["failed"]) == ("done", 3, 0)
    assert await statuses(op, tenant, ids) == ["left"] * 3


async def test_nobody_is_mailed_twice_because_a_worker_died(house: House) -> None:
    op = house.op
    tenant, _, owner = await owned(op)
    job = await many_invitations.ask(
        op, owner, tenant.id, ["one@example.com", "two@example.com"], seat=Seat(), origin=ORIGIN
    )
    await taken_by_one_that_dies(house)
    await create(op, owner, tenant.id, email="one@example.com", seat=Seat(), origin=ORIGIN)

    after = await done(op, job)

    assert (after.result["done"], after.result["failed"]) == (2, 0)
    made = await invitations.page(op.db, tenant.id)
    assert [(each.email, each.status) for each in made] == [
        ("one@example.com", "pending"),
        ("two@example.com", "pending"),
    ]


async def test_an_invitation_from_before_the_job_is_sent_anew(house: House) -> None:
    op = house.op
    tenant, _, owner = await owned(op)
    await create(op, owner, tenant.id, email="one@example.com", seat=Seat(), origin=ORIGIN)
    house.clock.advance(60)
    job = await many_invitations.ask(op, owner, tenant.id, ["one@example.com"], seat=Seat(), origin=ORIGIN)
    await taken_by_one_that_dies(house)

    assert (await done(op, job)).result["done"] == 1
    assert [each.status for each in await invitations.page(op.db, tenant.id)] == ["cancelled", "pending"]


async def test_P01_rights_that_were_taken_since_do_not_count_when_it_is_done(house: House) -> None:
    op = house.op
    tenant, owner, actor = await owned(op)
    ids = await members(op, tenant)
    change = await many_members.change(op, actor, tenant.id, {"status": "suspended"}, ids, origin=ORIGIN)
    invite = await many_invitations.ask(op, actor, tenant.id, ["one@example.com"], seat=Seat(), origin=ORIGIN)
    await op.db.run("UPDATE tenant_memberships SET role = 'member' WHERE user_id = :id", id=owner.id)

    for job in (change, invite):
        await work_once(op, KINDS)
        after = await jobs.get(op.db, job.id)
        assert (after.result["done"], after.result["failed"]) == (0, after.progress["total"])
    assert await statuses(op, tenant, ids) == ["active"] * 3
    assert await invitations.page(op.db, tenant.id) == []


async def test_P01_nobody_acts_in_a_tenant_that_was_closed_since(house: House) -> None:
    op = house.op
    tenant, _, actor = await owned(op)
    ids = await members(op, tenant, 1)
    job = await many_members.remove(op, actor, tenant.id, ids, origin=ORIGIN)
    await op.db.transact(lambda tx: tenants.set_status(tx, tenant.id, "suspended", now=op.now()))

    assert (await done(op, job)).result["failed"] == 1
    assert await statuses(op, tenant, ids) == ["active"]


async def test_a_job_that_is_over_has_forgotten_whom_it_was_about(house: House) -> None:
    op = house.op
    tenant, _, owner = await owned(op)
    ended = await many_invitations.ask(op, owner, tenant.id, ["one@example.com"], seat=Seat(), origin=ORIGIN)
    assert "one@example.com" in str((await jobs.get(op.db, ended.id)).input)
    assert (await done(op, ended)).input == {}
    cancelled = await many_invitations.ask(op, owner, tenant.id, ["two@example.com"], seat=Seat(), origin=ORIGIN)
    assert await op.db.transact(lambda tx: jobs.cancel(tx, cancelled.id, now=op.now()))
    assert (await jobs.get(op.db, cancelled.id)).input == {}
