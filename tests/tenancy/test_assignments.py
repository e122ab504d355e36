"""Who holds which role: P03, that nobody rises by it, and that somebody always stays in office."""

import asyncio
from collections.abc import Awaitable

import pytest

from hibana_op.foundation.errors import Conflict, Forbidden, NotFound, Refusal, TooStrong
from hibana_op.records import audit_log, roles
from hibana_op.records.roles import Role
from hibana_op.records.tenants import SYSTEM, Tenant
from hibana_op.tenancy import actors, assignments
from hibana_op.tenancy.access import IN_DEPLOYMENT, Where, may
from hibana_op.tenancy.administrators import require_another_super_admin, require_may_change
from tests.deployment import Deployment
from tests.make import make_user
from tests.tenancy.authority import (
    HERE,
    acting,
    give,
    make_member,
    make_role,
    make_staff,
    make_tenant,
    make_unit,
    suspend,
)

NOBODY = "01890000-0000-7000-8000-000000000000"


async def named(deployment: Deployment, name: str, tenant: Tenant | None = None) -> Role:
    role = await roles.find_by_name(deployment.op.db, tenant.id if tenant else SYSTEM, name)
    assert role is not None
    return role


async def test_a_role_is_given_and_taken_in_each_kind_of_place(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    unit = await make_unit(op, tenant)
    chief = await make_staff(op, "super_admin")
    member = await make_member(op, tenant)
    actor = await acting(op, chief)
    manager, viewer = await named(deployment, "department_manager", tenant), await named(deployment, "viewer")
    places = [
        (viewer, None, None, IN_DEPLOYMENT, "users:read"),
        (manager, tenant.id, None, Where(tenant_id=tenant.id), "groups:update"),
        (manager, tenant.id, unit.id, Where(tenant_id=tenant.id, unit_path=unit.path), "groups:update"),
    ]
    for role, tenant_id, unit_id, where, permission in places:
        assert not may(await acting(op, member), permission, where)
        made = await assignments.assign(
            op, actor, user_id=member.id, role_id=role.id, tenant_id=tenant_id, unit_id=unit_id, origin=HERE
        )
        assert may(await acting(op, member), permission, where)
        assert made.assigned_by == chief.id
        assert await assignments.get(op.db, actor, made.id) == made
        assert made in await assignments.page(op.db, actor, tenant_id=tenant_id, user_id=member.id)
        with pytest.raises(Conflict, match=role.name):
            await assignments.assign(
                op, actor, user_id=member.id, role_id=role.id, tenant_id=tenant_id, unit_id=unit_id, origin=HERE
            )
        await assignments.withdraw(op, actor, made.id, origin=HERE)
        assert not may(await acting(op, member), permission, where)
        with pytest.raises(NotFound, match="no role assignment"):
            await assignments.withdraw(op, actor, made.id, origin=HERE)
    told = [(each.action, each.metadata, each.resource_id) for each in await audit_log.page(op.db, limit=2)]
    assert told == [
        ("user:role:withdrawn", {"role": "department_manager"}, member.id),
        ("user:role:assigned", {"role": "department_manager"}, member.id),
    ]


@pytest.mark.parametrize(
    ("giver", "given"),
    [
        ("tenant_admin", "tenant_owner"),
        ("department_manager", "department_manager"),
        ("user", "user"),
        ("guest", "guest"),
    ],
)
async def test_P03_nobody_gives_a_role_that_they_may_not(deployment: Deployment, giver: str, given: str) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    person, friend = await make_member(op, tenant), await make_member(op, tenant)
    await give(op, person, giver, tenant=tenant)
    actor = await acting(op, person)
    role = await named(deployment, given, tenant)

    for receiver in (person, friend):
        with pytest.raises(Forbidden):
            await assignments.assign(op, actor, user_id=receiver.id, role_id=role.id, tenant_id=tenant.id, origin=HERE)
    chosen = [each for each in await roles.assignments_page(op.db, tenant_id=tenant.id) if each.role_id == role.id]
    assert [each.user_id for each in chosen] == ([person.id] if giver == given else [])


@pytest.mark.parametrize("giver", ["admin", "operation_admin", "customer_success", "auditor", "viewer", "support"])
async def test_P03_no_role_of_the_deployment_below_the_highest_gives_the_highest(
    deployment: Deployment, giver: str
) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    person = await make_member(op, tenant)
    await give(op, person, giver)
    actor = await acting(op, person)

    highest = await named(deployment, "super_admin")
    with pytest.raises(Forbidden):
        await assignments.assign(op, actor, user_id=person.id, role_id=highest.id, tenant_id=None, origin=HERE)
    owner = await named(deployment, "tenant_owner", tenant)
    if giver == "admin":  # holds all that an owner does
        await assignments.assign(op, actor, user_id=person.id, role_id=owner.id, tenant_id=tenant.id, origin=HERE)
        return
    with pytest.raises(Forbidden):
        await assignments.assign(op, actor, user_id=person.id, role_id=owner.id, tenant_id=tenant.id, origin=HERE)


async def test_P03_a_manager_of_a_unit_gives_nothing_above_or_beside_it(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    sales, office = await make_unit(op, tenant), await make_unit(op, tenant)
    team = await make_unit(op, tenant, above=sales)
    manager, friend = await make_member(op, tenant), await make_member(op, tenant)
    role = await make_role(op, tenant, ["role-assignments:*", "users:read"], "lead")
    await give(op, manager, "lead", tenant=tenant, unit=sales)
    actor = await acting(op, manager)

    for unit_id in (None, office.id):
        with pytest.raises(Forbidden):
            await assignments.assign(
                op, actor, user_id=friend.id, role_id=role.id, tenant_id=tenant.id, unit_id=unit_id, origin=HERE
            )
    for unit in (sales, team):
        made = await assignments.assign(
            op, actor, user_id=friend.id, role_id=role.id, tenant_id=tenant.id, unit_id=unit.id, origin=HERE
        )
        await assignments.withdraw(op, actor, made.id, origin=HERE)
    with pytest.raises(NotFound, match="no unit"):
        await assignments.assign(
            op, actor, user_id=friend.id, role_id=role.id, tenant_id=tenant.id, unit_id=NOBODY, origin=HERE
        )


async def test_O01_people_roles_units_and_assignments_of_other_tenants_are_unknown(deployment: Deployment) -> None:
    op = deployment.op
    ours, theirs = await make_tenant(op), await make_tenant(op, "other")
    owner, stranger = await make_member(op, ours, "owner"), await make_member(op, theirs)
    left = await make_member(op, ours, status="left")
    actor = await acting(op, owner)
    role, foreign = await named(deployment, "guest", ours), await named(deployment, "guest", theirs)
    held = await give(op, stranger, "guest", tenant=theirs)
    of_deployment = await give(op, stranger, "viewer")

    for user_id in (stranger.id, left.id, NOBODY):
        with pytest.raises(NotFound, match=f"no member has the id {user_id}"):
            await assignments.assign(op, actor, user_id=user_id, role_id=role.id, tenant_id=ours.id, origin=HERE)
    for role_id in (foreign.id, (await named(deployment, "viewer")).id, NOBODY):
        with pytest.raises(NotFound, match=f"no role has the id {role_id}"):
            await assignments.assign(op, actor, user_id=owner.id, role_id=role_id, tenant_id=ours.id, origin=HERE)
    for tenant_id in (theirs.id, NOBODY):
        with pytest.raises(NotFound, match=f"no tenant has the id {tenant_id}"):
            await assignments.page(op.db, actor, tenant_id=tenant_id)
    for assignment_id in (held, of_deployment, NOBODY):
        with pytest.raises(NotFound, match=f"no role assignment has the id {assignment_id}"):
            await assignments.withdraw(op, actor, assignment_id, origin=HERE)
        with pytest.raises(NotFound, match=f"no role assignment has the id {assignment_id}"):
            await assignments.get(op.db, actor, assignment_id)
    unit = await make_unit(op, theirs)
    with pytest.raises(NotFound, match="no unit"):
        await assignments.assign(
            op, actor, user_id=owner.id, role_id=role.id, tenant_id=ours.id, unit_id=unit.id, origin=HERE
        )


async def test_P03_a_stronger_administrator_keeps_their_roles(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    admin, owner = await make_member(op, tenant, "admin"), await make_member(op, tenant, "owner")
    extra = await give(op, owner, "department_manager", tenant=tenant)
    actor = await acting(op, admin)

    with pytest.raises(TooStrong):
        await assignments.withdraw(op, actor, extra, origin=HERE)
    guest = await named(deployment, "guest", tenant)
    with pytest.raises(TooStrong):
        await assignments.assign(op, actor, user_id=owner.id, role_id=guest.id, tenant_id=tenant.id, origin=HERE)
    assert await roles.find_assignment(op.db, extra) is not None


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ("admin", "super_admin", True),
        ("operation_admin", "admin", True),
        ("operation_admin", "auditor", True),
        ("operation_admin", "customer_success", False),
        ("admin", "viewer", False),
        ("super_admin", "super_admin", False),
    ],
)
async def test_P03_whoever_may_do_more_is_not_to_be_changed_even_while_suspended(
    deployment: Deployment, mine: str, theirs: str, expected: bool
) -> None:
    op = deployment.op
    actor = await acting(op, await make_staff(op, mine))
    other = await make_staff(op, theirs)
    for _ in range(2):
        check = op.db.transact(lambda tx: require_may_change(tx, actor, other.id, IN_DEPLOYMENT))
        if expected:
            with pytest.raises(TooStrong):
                await check
        else:
            await check
        await suspend(op, other)


async def test_P03_the_last_super_administrator_stays(deployment: Deployment) -> None:
    op = deployment.op
    chief, other = await make_staff(op, "super_admin"), await make_user(op)
    only = (await roles.assignments_page(op.db, tenant_id=None, user_id=chief.id))[0].id
    for actor in (await acting(op, chief), await actors.command(op)):
        with pytest.raises(Conflict, match="last super administrator"):
            await assignments.withdraw(op, actor, only, origin=HERE)
    with pytest.raises(Conflict, match="last super administrator"):
        await op.db.transact(lambda tx: require_another_super_admin(tx, chief.id))
    await op.db.transact(lambda tx: require_another_super_admin(tx, other.id))

    await give(op, other, "super_admin")
    await suspend(op, other)
    with pytest.raises(Conflict, match="last super administrator"):
        await assignments.withdraw(op, await acting(op, chief), only, origin=HERE)
    await op.db.run("UPDATE users SET status = 'active'")
    await assignments.withdraw(op, await acting(op, chief), only, origin=HERE)


async def outcomes(acts: list[Awaitable[object]]) -> list[str]:
    done = await asyncio.gather(*acts, return_exceptions=True)
    for each in done:
        assert each is None or isinstance(each, Refusal), each
    return sorted("done" if each is None else type(each).__name__ for each in done)


async def test_P03_of_two_super_administrators_who_remove_each_other_at_once_one_stays(
    deployment: Deployment,
) -> None:
    op = deployment.op
    one, two = await make_staff(op, "super_admin"), await make_staff(op, "super_admin")
    held = {
        each.user_id: each.id
        for each in await roles.assignments_page(op.db, tenant_id=None)
        if each.user_id in (one.id, two.id)
    }
    first, second = await acting(op, one), await acting(op, two)

    found = await outcomes(
        [
            assignments.withdraw(op, first, held[two.id], origin=HERE),
            assignments.withdraw(op, second, held[one.id], origin=HERE),
        ]
    )

    assert found in (["Conflict", "done"], ["Forbidden", "done"])
    assert len(await roles.assignments_page(op.db, tenant_id=None)) == 1


async def test_P03_whoever_loses_a_role_gives_nothing_by_it_at_the_same_moment(deployment: Deployment) -> None:
    op = deployment.op
    chief, admin = await make_staff(op, "super_admin"), await make_staff(op, "super_admin")
    friend = await make_user(op)
    actor = await acting(op, admin)
    held = (await roles.assignments_page(op.db, tenant_id=None, user_id=admin.id))[0].id
    await assignments.withdraw(op, await acting(op, chief), held, origin=HERE)

    role = await named(deployment, "viewer")
    with pytest.raises(Forbidden):
        await assignments.assign(op, actor, user_id=friend.id, role_id=role.id, tenant_id=None, origin=HERE)
    assert await roles.names_of_user(op.db, friend.id) == []


async def test_those_at_a_unit_are_told_from_those_that_reach_it_from_above(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    above, beside = await make_unit(op, tenant), await make_unit(op, tenant)
    unit = await make_unit(op, tenant, above=above)
    below = await make_unit(op, tenant, above=unit)
    owner, person = await make_member(op, tenant, "owner"), await make_member(op, tenant)
    whole = await give(op, person, "guest", tenant=tenant)
    ids = {each.id: await give(op, person, "guest", tenant=tenant, unit=each) for each in (above, beside, unit, below)}
    await give(op, person, "support")

    async def found(unit_id: str, *, from_above: bool = False) -> set[str]:
        page = await assignments.page(
            op.db, await acting(op, owner), tenant_id=tenant.id, unit_id=unit_id, from_above=from_above
        )
        return {each.id for each in page}

    assert await found(unit.id) == {ids[unit.id]}
    assert await found(unit.id, from_above=True) == {whole, ids[above.id], ids[unit.id]}
    assert await found(beside.id, from_above=True) == {whole, ids[beside.id]}


async def test_O03_a_manager_of_a_unit_sees_who_is_in_it_and_nothing_above(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    sales, office, foreign = await make_unit(op, tenant), await make_unit(op, tenant), await make_unit(op, other)
    manager = await make_member(op, tenant)
    await make_role(op, tenant, ["role-assignments:read"], "lead")
    own = await give(op, manager, "lead", tenant=tenant, unit=sales)
    await give(op, manager, "guest", tenant=tenant)
    actor = await acting(op, manager)

    shown = await assignments.page(op.db, actor, tenant_id=tenant.id, unit_id=sales.id)
    assert [each.id for each in shown] == [own]
    for unit_id, from_above in ((None, False), (office.id, False), (sales.id, True)):
        with pytest.raises(Forbidden):
            await assignments.page(op.db, actor, tenant_id=tenant.id, unit_id=unit_id, from_above=from_above)
    for tenant_id, unit_id in ((tenant.id, foreign.id), (tenant.id, NOBODY), (None, sales.id)):
        with pytest.raises(NotFound, match="no unit has the id"):
            await assignments.page(op.db, actor, tenant_id=tenant_id, unit_id=unit_id)
