"""Units and rights, P03: whoever removes a unit takes no more away than they may, and gains nothing by moving one."""

from collections.abc import Coroutine
from typing import Any

import pytest

from hibana_op.foundation.errors import Forbidden
from hibana_op.provider import Provider
from hibana_op.records import audit_log, memberships, units
from hibana_op.records.memberships import Membership
from hibana_op.records.tenants import Tenant
from hibana_op.records.units import Unit
from hibana_op.records.users import User
from hibana_op.tenancy import invitations, join_codes
from hibana_op.tenancy import units as rules
from hibana_op.tenancy.access import Actor
from hibana_op.tenancy.seats import Seat
from tests.deployment import Deployment
from tests.tenancy.authority import HERE, acting, give, make_member, make_role, make_tenant, make_unit


async def clerk(op: Provider, tenant: Tenant, *permissions: str) -> Actor:
    """A member of a tenant who holds just these permissions in it."""
    user, name = await make_member(op, tenant), f"clerk-{len(permissions)}"
    await make_role(op, tenant, permissions, name)
    await give(op, user, name, tenant=tenant)
    return await acting(op, user)


async def put(op: Provider, tenant: Tenant, user: User, unit: Unit) -> Membership:
    """Somebody is in a unit."""
    await op.db.run("UPDATE tenant_memberships SET unit_id = :unit WHERE user_id = :user", unit=unit.id, user=user.id)
    member = await memberships.of_person(op.db, tenant.id, user.id)
    assert member is not None
    return member


async def test_P03_nobody_takes_a_role_away_with_its_unit_who_could_not_take_it_away_alone(
    deployment: Deployment,
) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    unit, strong = await make_unit(op, tenant), await make_member(op, tenant)
    await make_role(op, tenant, ["*"], "unit_boss")
    await give(op, strong, "unit_boss", tenant=tenant, unit=unit)
    for permissions in (("units:*",), ("units:*", "role-assignments:*")):
        with pytest.raises(Forbidden):
            await rules.delete(op, await clerk(op, tenant, *permissions), tenant.id, unit.id, origin=HERE)
    assert len(await units.held_in(op.db, unit)) == 1
    assert await audit_log.page(op.db, action="tenant:unit:deleted") == []

    owner = await acting(op, await make_member(op, tenant, "owner"))
    await rules.delete(op, owner, tenant.id, unit.id, origin=HERE)
    (withdrawn,) = await audit_log.page(op.db, action="user:role:withdrawn")
    assert (withdrawn.resource_id, withdrawn.tenant_id) == (strong.id, tenant.id)
    assert (withdrawn.user_id, withdrawn.metadata) == (owner.user_id, {"role": "unit_boss"})


async def test_a_unit_without_roles_and_people_is_removed_by_whoever_removes_units(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    unit = await make_unit(op, tenant)
    await rules.delete(op, await clerk(op, tenant, "units:*"), tenant.id, unit.id, origin=HERE)
    assert await units.find(op.db, tenant.id, unit.id) is None


async def test_P03_people_are_moved_to_another_unit_by_those_alone_who_may_and_each_is_told(
    deployment: Deployment,
) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    one, two, person = await make_unit(op, tenant), await make_unit(op, tenant), await make_member(op, tenant)
    member = await put(op, tenant, person, two)
    actor = await clerk(op, tenant, "units:*")
    with pytest.raises(Forbidden, match="memberships:update"):
        await rules.delete(op, actor, tenant.id, two.id, reassign_to=one.id, origin=HERE)
    assert await memberships.of_person(op.db, tenant.id, person.id) == member

    actor = await clerk(op, tenant, "units:*", "memberships:update")
    await rules.delete(op, actor, tenant.id, two.id, reassign_to=one.id, origin=HERE)
    moved = await memberships.of_person(op.db, tenant.id, person.id)
    assert moved is not None
    assert moved.unit_id == one.id
    (told,) = await audit_log.page(op.db, action="tenant:member:updated")
    assert (told.resource_id, told.tenant_id, told.user_id) == (person.id, tenant.id, actor.user_id)
    assert told.metadata == {"membership_id": member.id, "fields": ["unit_id"]}


@pytest.mark.parametrize("way", ["a code", "an invitation"])
async def test_P03_a_role_that_is_given_in_a_unit_is_not_given_in_another_by_who_could_not(
    deployment: Deployment, way: str
) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    one, two = await make_unit(op, tenant), await make_unit(op, tenant)
    role = await make_role(op, tenant, ["groups:*"], "group_keeper")
    seat, owner = Seat(role_id=role.id, unit_id=two.id), await acting(op, await make_member(op, tenant, "owner"))
    if way == "a code":
        await join_codes.create(op, owner, tenant.id, seat=seat, origin=HERE)
    else:
        await invitations.create(op, owner, tenant.id, email="new@example.com", seat=seat, origin=HERE)
    weaker = await clerk(op, tenant, "units:*", "memberships:*")
    with pytest.raises(Forbidden):
        await rules.delete(op, weaker, tenant.id, two.id, reassign_to=one.id, origin=HERE)
    assert await units.find(op.db, tenant.id, two.id) == two
    await rules.delete(op, owner, tenant.id, two.id, reassign_to=one.id, origin=HERE)
    assert len(await units.given_into(op.db, one)) == 1


async def test_P03_a_unit_is_moved_by_those_alone_who_may_where_it_was_and_where_it_goes(
    deployment: Deployment,
) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    one, two = await make_unit(op, tenant), await make_unit(op, tenant)
    mover = await make_member(op, tenant)
    await give(op, mover, "department_manager", tenant=tenant, unit=one)
    await make_role(op, tenant, ["units:read", "units:update"], "unit_editor")
    await give(op, mover, "unit_editor", tenant=tenant, unit=two)

    actor = await acting(op, mover)
    with pytest.raises(Forbidden, match="units:update"):
        await rules.update(op, actor, tenant.id, two.id, {"parent_id": one.id}, origin=HERE)
    assert await units.find(op.db, tenant.id, two.id) == two


@pytest.mark.parametrize("way", ["moved", "taken over"])
async def test_P03_moving_a_unit_gives_its_mover_nothing_that_they_lacked_in_it(
    deployment: Deployment, way: str
) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    one, two = await make_unit(op, tenant), await make_unit(op, tenant)
    beneath = await make_unit(op, tenant, above=two)
    mover = await make_member(op, tenant)
    await make_role(op, tenant, ["units:*"], "unit_clerk")
    await give(op, mover, "unit_clerk", tenant=tenant)
    await give(op, mover, "department_manager", tenant=tenant, unit=one)
    actor = await acting(op, mover)

    if way == "moved":
        moving: Coroutine[Any, Any, object] = rules.update(
            op, actor, tenant.id, two.id, {"parent_id": one.id}, origin=HERE
        )
    else:
        moving = rules.delete(op, actor, tenant.id, two.id, reassign_to=one.id, origin=HERE)
    with pytest.raises(Forbidden):
        await moving
    assert await units.find(op.db, tenant.id, beneath.id) == beneath

    three = await make_unit(op, tenant)
    await rules.update(op, actor, tenant.id, two.id, {"parent_id": three.id}, origin=HERE)
    moved = await units.find(op.db, tenant.id, beneath.id)
    assert moved is not None
    assert moved.path == f"{three.id}/{two.id}/{beneath.id}/"
