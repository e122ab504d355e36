"""Organisation units: a tree without cycles, in which nobody falls out when a branch is moved or removed."""

import asyncio

import pytest

from hibana_op.foundation.errors import Conflict, Forbidden, InvalidRecord, NotFound
from hibana_op.records import audit_log, memberships, units
from hibana_op.records.tenants import Tenant
from hibana_op.records.units import Unit
from hibana_op.tenancy import actors, membership
from hibana_op.tenancy import units as rules
from tests.deployment import Deployment
from tests.tenancy.authority import HERE, acting, give, make_member, make_tenant


async def grown(deployment: Deployment, tenant: Tenant, *names: str) -> list[Unit]:
    """Units, each beneath the one before."""
    op, actor = deployment.op, await actors.command(deployment.op)
    chain: list[Unit] = []
    for name in names:
        above = chain[-1].id if chain else None
        chain.append(await rules.create(op, actor, tenant.id, name=name, parent_id=above, origin=HERE))
    return chain


async def test_a_branch_is_moved_with_all_beneath_it(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    head, branch, team = await grown(deployment, tenant, "Head", "Branch", "Team")
    (other,) = await grown(deployment, tenant, "Other")
    await rules.update(op, actor, tenant.id, branch.id, {"parent_id": other.id, "name": "Moved"}, origin=HERE)
    paths = {each.name: each.path for each in await units.page(op.db, tenant.id)}
    assert paths == {
        "Head": f"{head.id}/",
        "Other": f"{other.id}/",
        "Moved": f"{other.id}/{branch.id}/",
        "Team": f"{other.id}/{branch.id}/{team.id}/",
    }
    await rules.update(op, actor, tenant.id, branch.id, {"parent_id": None}, origin=HERE)
    assert (await rules.get(op, actor, tenant.id, team.id)).path == f"{branch.id}/{team.id}/"
    tags = {each.action for each in await audit_log.page(op.db)}
    assert {"tenant:unit:created", "tenant:unit:updated", "tenant:unit:moved"} <= tags


async def test_a_unit_is_never_beneath_itself_whoever_moves_what_at_once(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    head, _, team = await grown(deployment, tenant, "Head", "Branch", "Team")
    for target in (head.id, team.id):
        with pytest.raises(InvalidRecord, match="beneath itself"):
            await rules.update(op, actor, tenant.id, head.id, {"parent_id": target}, origin=HERE)
    one, two = [(await grown(deployment, tenant, name))[0] for name in ("One", "Two")]
    moves = [
        rules.update(op, actor, tenant.id, unit.id, {"parent_id": above.id}, origin=HERE)
        for unit, above in [(one, two), (two, one)] * 10
    ]
    await asyncio.gather(*moves, return_exceptions=True)
    found = {each.id: each for each in await units.page(op.db, tenant.id)}
    assert [found[one.id].parent_id, found[two.id].parent_id].count(None) == 1
    for unit in found.values():
        above = found[unit.parent_id].path if unit.parent_id else ""
        assert unit.path == f"{above}{unit.id}/"


async def test_a_unit_is_removed_when_it_is_empty_or_another_takes_over(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    head, branch, team = await grown(deployment, tenant, "Head", "Branch", "Team")
    person = await make_member(op, tenant)
    member = await memberships.of_person(op.db, tenant.id, person.id)
    assert member is not None
    await membership.update(op, actor, tenant.id, member.id, {"unit_id": branch.id}, origin=HERE)
    with pytest.raises(Conflict, match="not empty"):
        await rules.delete(op, actor, tenant.id, branch.id, origin=HERE)
    with pytest.raises(InvalidRecord):
        await rules.delete(op, actor, tenant.id, branch.id, reassign_to=team.id, origin=HERE)
    await rules.delete(op, actor, tenant.id, branch.id, reassign_to=head.id, origin=HERE)
    moved = await memberships.of_person(op.db, tenant.id, person.id)
    assert moved is not None
    assert moved.unit_id == head.id
    assert (await rules.get(op, actor, tenant.id, team.id)).path == f"{head.id}/{team.id}/"
    await rules.delete(op, actor, tenant.id, team.id, origin=HERE)
    with pytest.raises(NotFound):
        await rules.get(op, actor, tenant.id, team.id)


async def test_a_code_is_one_units_and_a_manager_is_a_member(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    stranger, member = await make_member(op, other), await make_member(op, tenant)
    await rules.create(op, actor, tenant.id, name="Sales", code="S-1", manager_user_id=member.id, origin=HERE)
    with pytest.raises(Conflict, match="S-1"):
        await rules.create(op, actor, tenant.id, name="Shop", code="S-1", origin=HERE)
    await rules.create(op, actor, other.id, name="Sales", code="S-1", origin=HERE)
    for user_id in (stranger.id, "nobody"):
        with pytest.raises(InvalidRecord, match="manager_user_id"):
            await rules.create(op, actor, tenant.id, name="Shop", manager_user_id=user_id, origin=HERE)


async def test_units_stand_only_so_deep(deployment_on_sqlite: Deployment) -> None:
    tenant = await make_tenant(deployment_on_sqlite.op)
    names = [f"Unit {number}" for number in range(rules.DEEPEST)]
    chain = await grown(deployment_on_sqlite, tenant, *names)
    op, actor = deployment_on_sqlite.op, await actors.command(deployment_on_sqlite.op)
    with pytest.raises(InvalidRecord, match="deep"):
        await rules.create(op, actor, tenant.id, name="Deeper", parent_id=chain[-1].id, origin=HERE)
    (top,) = await grown(deployment_on_sqlite, tenant, "Top")
    with pytest.raises(InvalidRecord, match="deep"):
        await rules.update(op, actor, tenant.id, chain[0].id, {"parent_id": top.id}, origin=HERE)


async def test_a_manager_of_a_unit_reaches_it_and_what_is_beneath_and_no_further(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    head, branch, team = await grown(deployment, tenant, "Head", "Branch", "Team")
    person = await make_member(op, tenant)
    await give(op, person, "department_manager", tenant=tenant, unit=branch)
    manager = await acting(op, person)
    for unit in (branch, team):
        changed = await rules.update(op, manager, tenant.id, unit.id, {"name": f"{unit.name}!"}, origin=HERE)
        assert changed.name == f"{unit.name}!"
    with pytest.raises(Forbidden):
        await rules.update(op, manager, tenant.id, head.id, {"name": "Mine"}, origin=HERE)
    with pytest.raises(Forbidden):
        await rules.update(op, manager, tenant.id, team.id, {"parent_id": head.id}, origin=HERE)


async def test_O01_a_unit_of_another_tenant_is_an_unknown_one(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    (theirs,) = await grown(deployment, other, "Theirs")
    for call in (
        lambda: rules.get(op, actor, tenant.id, theirs.id),
        lambda: rules.create(op, actor, tenant.id, name="Ours", parent_id=theirs.id, origin=HERE),
        lambda: rules.delete(op, actor, tenant.id, theirs.id, origin=HERE),
    ):
        with pytest.raises(NotFound, match=f"no unit has the id {theirs.id}"):
            await call()


async def test_Q01_a_change_that_is_refused_changes_nothing(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    above, below = await grown(deployment, tenant, "Above", "Below")
    for parent_id, refusal in ((below.id, InvalidRecord), ("unknown", NotFound)):
        with pytest.raises(refusal):
            await rules.update(op, actor, tenant.id, above.id, {"name": "New", "parent_id": parent_id}, origin=HERE)
    assert [each.name for each in await units.page(op.db, tenant.id)] == ["Above", "Below"]


async def test_Q01_a_unit_that_cannot_be_emptied_keeps_all_that_is_in_it(deployment_on_sqlite: Deployment) -> None:
    op, actor = deployment_on_sqlite.op, await actors.command(deployment_on_sqlite.op)
    tenant = await make_tenant(op)
    deep = await grown(deployment_on_sqlite, tenant, *(f"Deep {number}" for number in range(rules.DEEPEST - 1)))
    full, first = await grown(deployment_on_sqlite, tenant, "Full", "First")
    second = await rules.create(op, actor, tenant.id, name="Second", parent_id=full.id, origin=HERE)
    await rules.create(op, actor, tenant.id, name="Too deep", parent_id=second.id, origin=HERE)
    with pytest.raises(InvalidRecord):
        await rules.delete(op, actor, tenant.id, full.id, reassign_to=deep[-1].id, origin=HERE)
    kept = await units.find(op.db, tenant.id, first.id)
    assert kept is not None
    assert kept.parent_id == full.id
