"""What is done to many people is done by whoever may still do it when it is done, and from where it was left."""

from dataclasses import replace

from hibana_op.background import KINDS
from hibana_op.jobs.work import work_once
from hibana_op.provider import Provider
from hibana_op.records import jobs, resources, roles, users
from hibana_op.records.jobs import Job
from hibana_op.records.resources import OWN_API, OWN_SCOPE
from hibana_op.records.roles import Granted
from hibana_op.records.users import User
from hibana_op.tenancy import actors, api_keys, many_people
from hibana_op.tenancy.access import Actor
from tests.api.credentials import ORIGIN, with_role
from tests.jobs.house import House
from tests.make import make_client, make_user


async def people(op: Provider, count: int = 3) -> list[User]:
    """Some people of no role."""
    return [await make_user(op, password=None) for _ in range(count)]


async def statuses(op: Provider, found: list[User]) -> list[str]:
    """How they are now."""
    return [(await users.get(op.db, each.id)).status for each in found]


async def person(op: Provider, user: User) -> Actor:
    """Somebody with what they hold now."""
    return await op.db.glance(lambda tx: actors.person(tx, user.id, now=op.now()))


async def asked(op: Provider, actor: Actor, action: str, found: list[User]) -> Job:
    """A new job over people."""
    return await many_people.ask(op, actor, action, [each.id for each in found], origin=ORIGIN)


async def done(op: Provider, job: Job) -> Job:
    """The job once a worker has been at it."""
    assert await work_once(op, KINDS)
    return await jobs.get(op.db, job.id)


async def test_it_is_done_person_by_person_and_a_failure_does_not_stop_the_rest(house: House) -> None:
    op = house.op
    admin, root, found = await with_role(op, "admin"), await with_role(op, "super_admin"), await people(op)
    job = await asked(op, await person(op, admin), "suspend", [found[0], root, *found[1:]])
    assert await statuses(op, found) == ["active"] * 3

    after = await done(op, job)

    assert (after.status, after.result["done"], after.result["failed"]) == ("done", 3, 1)
    assert after.result["errors"] == [{"id": root.id, "detail": "this person may do more than you may here"}]
    assert await statuses(op, [*found, root]) == ["suspended"] * 3 + ["active"]


async def test_P01_rights_that_were_taken_since_do_not_count_when_it_is_done(house: House) -> None:
    op = house.op
    admin, found = await with_role(op, "admin"), await people(op)
    job = await asked(op, await person(op, admin), "suspend", found)
    await op.db.run("DELETE FROM user_roles WHERE user_id = :id", id=admin.id)

    after = await done(op, job)

    assert (after.result["done"], after.result["failed"]) == (0, 3)
    assert {each["detail"] for each in after.result["errors"]} == {"this takes the permission users:suspend"}
    assert await statuses(op, found) == ["active"] * 3


async def test_P01_nobody_acts_after_they_were_suspended(house: House) -> None:
    op = house.op
    admin, found = await with_role(op, "admin"), await people(op, 1)
    job = await asked(op, await person(op, admin), "suspend", found)
    await op.db.run("UPDATE users SET status = 'suspended' WHERE id = :id", id=admin.id)
    assert (await done(op, job)).result["failed"] == 1


async def test_P04_what_a_key_asked_for_ends_with_the_key(house: House) -> None:
    op = house.op
    admin, found = await with_role(op, "super_admin"), await people(op)
    key, _ = await api_keys.create(
        op, await actors.command(op), user_id=admin.id, name="A program", scopes=("*",), tenant_id=None, origin=ORIGIN
    )
    job = await asked(op, replace(await person(op, admin), ceiling=("*",), key_id=key.id), "delete", found)
    await api_keys.revoke(op, await actors.command(op), key.id, origin=ORIGIN)

    assert (await done(op, job)).result["failed"] == 3
    assert await statuses(op, found) == ["active"] * 3


async def test_P01_rights_that_were_given_since_do_not_count_either(house: House) -> None:
    op = house.op
    asker, stronger = await with_role(op, "operation_admin"), await with_role(op, "admin")
    job = await asked(op, await person(op, asker), "suspend", [stronger])
    await op.db.transact(lambda tx: roles.assign(tx, asker.id, "super_admin", now=op.now()))
    assert (await done(op, job)).result["failed"] == 1
    assert await statuses(op, [stronger]) == ["active"]


async def test_P01_a_machine_acts_while_it_may_and_no_longer(house: House) -> None:
    op = house.op
    client, found = await make_client(op, grant_types=("client_credentials",)), await people(op, 1)
    await op.db.transact(
        lambda tx: resources.grant(tx, client.client_id, OWN_API, scopes=frozenset({OWN_SCOPE}), now=op.now())
    )
    everything = (Granted(role="machine", permissions=("*",), tenant_id=None),)
    machine = Actor(catalogue=await op.remembered.catalogue(), client_id=client.client_id, granted=everything)
    assert (await done(op, await asked(op, machine, "suspend", found))).result["done"] == 1
    job = await asked(op, machine, "resume", found)
    await op.db.run("DELETE FROM client_grants")
    assert (await done(op, job)).result["failed"] == 1
    assert await statuses(op, found) == ["suspended"]


async def test_a_job_goes_on_where_a_worker_before_it_left_off(house: House) -> None:
    op = house.op
    root, found = await with_role(op, "super_admin"), await people(op)
    job = await asked(op, await person(op, root), "suspend", found)
    held = await op.db.transact(lambda tx: jobs.take(tx, lease="a worker that dies", now=op.now()))
    assert held is not None
    progress = {**job.progress, "done": 2}
    await op.db.transact(lambda tx: jobs.note_progress(tx, held, progress, now=op.now()))
    house.clock.advance(jobs.LEASE_SECONDS + 1)

    after = await done(op, job)

    assert (after.result["done"], after.result["failed"]) == (3, 0)
    assert await statuses(op, found) == ["active", "active", "suspended"]


async def test_a_cancelled_job_is_not_done(house: House) -> None:
    op = house.op
    root, found = await with_role(op, "super_admin"), await people(op)
    job = await asked(op, await person(op, root), "suspend", found)
    assert await op.db.transact(lambda tx: jobs.cancel(tx, job.id, now=op.now()))
    assert not await work_once(op, KINDS)
    assert await statuses(op, found) == ["active"] * 3
