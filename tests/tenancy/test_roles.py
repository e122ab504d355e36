"""Roles: made and changed by those alone who hold all that they give."""

import json
from typing import Any

import pytest

from hibana_op.foundation.acr import TWO_FACTORS
from hibana_op.foundation.errors import Conflict, Forbidden, InvalidRecord, NotFound
from hibana_op.records import audit_log, roles
from hibana_op.records.tenants import ROLE_TEMPLATE, SYSTEM
from hibana_op.tenancy import actors
from hibana_op.tenancy import roles as rules
from tests.deployment import Deployment
from tests.tenancy.authority import HERE, acting, give, make_member, make_role, make_staff, make_tenant


async def test_an_owner_makes_changes_and_removes_a_role(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner = await make_member(op, tenant, "owner")
    member = await make_member(op, tenant)
    actor = await acting(op, owner)

    made = await rules.create(
        op, actor, tenant.id, name="desk", permissions=["users:read", "users:read"], display_name="受付", origin=HERE
    )
    assert await rules.get(op.db, actor, tenant.id, made.id) == made
    assert made.permissions == ("users:read",)
    assert not made.is_system_role

    changes = {"permissions": ["users:read", "units:*"], "requires_acr": TWO_FACTORS, "display_name": "受付"}
    changed = await rules.update(op, actor, tenant.id, made.id, changes, origin=HERE)
    assert changed.permissions == ("users:read", "units:*")
    assert changed.requires_acr == "urn:hibana:loa:2"
    assert await rules.update(op, actor, tenant.id, made.id, changes, origin=HERE) == changed

    await give(op, member, "desk", tenant=tenant)
    assert "desk" in {each.role for each in (await acting(op, member, acr=TWO_FACTORS)).granted}
    await rules.delete(op, actor, tenant.id, made.id, origin=HERE)
    assert "desk" not in {each.role for each in (await acting(op, member, acr=TWO_FACTORS)).granted}
    assert made.id not in {each.id for each in await rules.every(op.db, actor, tenant.id)}

    told = [(each.action, each.tenant_id, each.user_id) for each in await audit_log.page(op.db)]
    acts = ("deleted", "updated", "created")
    assert told == [(f"role:record:{act}", tenant.id, owner.id) for act in acts]
    entries = await audit_log.page(op.db, action="role:record:updated")
    assert entries[0].metadata == {"name": "desk", "fields": ["permissions", "requires_acr"]}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": "Desk"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "a" * 65}, "name"),
        ({"name": "super_admin"}, "kept for the deployment"),
        ({"display_name": " "}, "display_name"),
        ({"display_name": "a\x1b[2J"}, "display_name"),
        ({"description": "two\nlines"}, "description"),
        ({"permissions": ["users:fly"]}, "no permission users:fly"),
        ({"permissions": ["tenants:suspend"]}, "no permission tenants:suspend"),
        ({"permissions": [""]}, "no permission"),
        ({"permissions": ["users:read"] + [f"x{number}" for number in range(200)]}, "at most"),
        ({"requires_acr": "urn:hibana:loa:1"}, "requires_acr"),
        ({"requires_acr": "strong"}, "requires_acr"),
    ],
)
async def test_an_unsound_role_is_refused(deployment_on_sqlite: Deployment, values: dict[str, Any], said: str) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    actor = await acting(op, await make_member(op, tenant, "owner"))
    valid: dict[str, Any] = {"name": "desk", "permissions": ["users:read"], "display_name": "Desk"}

    with pytest.raises(InvalidRecord, match=said):
        await rules.create(op, actor, tenant.id, origin=HERE, **{**valid, **values})
    assert len(await roles.every(op.db, tenant.id)) == 5


async def test_a_name_is_taken_once_in_a_tenant_and_free_in_the_next(deployment: Deployment) -> None:
    op = deployment.op
    command = await actors.command(op)
    ours, theirs = await make_tenant(op), await make_tenant(op, "other")
    for tenant in (ours, theirs):
        await rules.create(op, command, tenant.id, name="desk", permissions=[], origin=HERE)

    with pytest.raises(Conflict, match="desk"):
        await rules.create(op, command, ours.id, name="desk", permissions=[], origin=HERE)


async def test_P03_no_role_of_a_tenant_passes_for_one_of_the_deployment(deployment: Deployment) -> None:
    op = deployment.op
    command, tenant = await actors.command(op), await make_tenant(op)
    await rules.create(op, command, None, name="desk", permissions=[], origin=HERE)
    await rules.create(op, command, tenant.id, name="reception", permissions=[], origin=HERE)

    with pytest.raises(InvalidRecord, match="desk is kept for the deployment"):
        await rules.create(op, command, tenant.id, name="desk", permissions=[], origin=HERE)
    for name in ("reception", "tenant_owner"):
        with pytest.raises(Conflict, match=f"a tenant has a role of the name {name}"):
            await rules.create(op, command, None, name=name, permissions=[], origin=HERE)


@pytest.mark.parametrize(
    ("holds", "wanted"),
    [
        (["roles:*", "users:read"], ["clients:read"]),
        (["roles:*", "users:read"], ["*"]),
        (["roles:*", "clients:read"], ["clients:*"]),
        (["roles:*"], ["roles:*", "role-assignments:create"]),
    ],
    ids=["another noun", "everything", "another verb", "one too many"],
)
async def test_P03_nobody_makes_or_widens_a_role_beyond_what_they_hold(
    deployment: Deployment, holds: list[str], wanted: list[str]
) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    manager = await make_member(op, tenant)
    await make_role(op, tenant, holds, "manager")
    await give(op, manager, "manager", tenant=tenant)
    small = await make_role(op, tenant, [], "small")
    actor = await acting(op, manager)

    with pytest.raises(Forbidden):
        await rules.create(op, actor, tenant.id, name="desk", permissions=wanted, origin=HERE)
    with pytest.raises(Forbidden):
        await rules.update(op, actor, tenant.id, small.id, {"permissions": wanted}, origin=HERE)
    assert await roles.find(op.db, tenant.id, small.id) == small


async def test_P03_nobody_changes_or_removes_a_role_that_gives_more_than_they_hold(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    manager = await make_member(op, tenant)
    await make_role(op, tenant, ["roles:*"], "manager")
    await give(op, manager, "manager", tenant=tenant)
    big = await make_role(op, tenant, ["clients:*"], "big")
    actor = await acting(op, manager)

    weaker: list[dict[str, Any]] = [{"permissions": []}, {"display_name": "Small"}, {"requires_acr": "phr"}]
    for changes in weaker:
        with pytest.raises(Forbidden, match="clients"):
            await rules.update(op, actor, tenant.id, big.id, changes, origin=HERE)
    with pytest.raises(Forbidden, match="clients"):
        await rules.delete(op, actor, tenant.id, big.id, origin=HERE)
    assert await roles.find(op.db, tenant.id, big.id) == big


@pytest.mark.parametrize("role", ["member", "admin"])
async def test_P03_a_tenant_s_roles_are_its_owner_s_business(deployment: Deployment, role: str) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    actor = await acting(op, await make_member(op, tenant, role))
    with pytest.raises(Forbidden, match="roles:create"):
        await rules.create(op, actor, tenant.id, name="desk", permissions=[], origin=HERE)


async def test_what_we_bring_stays_and_its_heads_go_on_giving_everything(deployment: Deployment) -> None:
    op = deployment.op
    command = await actors.command(op)
    tenant = await make_tenant(op)
    for tenant_id, name in ((None, "super_admin"), (tenant.id, "tenant_owner")):
        role = await roles.find_by_name(op.db, tenant_id or SYSTEM, name)
        assert role is not None
        with pytest.raises(Conflict, match="everything"):
            await rules.update(op, command, tenant_id, role.id, {"permissions": []}, origin=HERE)
        with pytest.raises(Conflict, match="always there"):
            await rules.delete(op, command, tenant_id, role.id, origin=HERE)
        stricter = await rules.update(op, command, tenant_id, role.id, {"requires_acr": "phr"}, origin=HERE)
        assert (stricter.requires_acr, stricter.permissions) == ("phr", ("*",))
        with pytest.raises(InvalidRecord, match="name of a role"):
            await rules.update(op, command, tenant_id, role.id, {"name": "chef"}, origin=HERE)
    guest = await roles.find_by_name(op.db, tenant.id, "guest")
    assert guest is not None
    assert (await rules.update(op, command, tenant.id, guest.id, {"permissions": []}, origin=HERE)).permissions == ()


async def test_O01_the_roles_of_another_tenant_do_not_exist(deployment: Deployment) -> None:
    op = deployment.op
    ours, theirs = await make_tenant(op), await make_tenant(op, "other")
    actor = await acting(op, await make_member(op, ours, "owner"))
    foreign = await make_role(op, theirs, [], "canary")

    for tenant_id in (theirs.id, "01890000-0000-7000-8000-000000000000"):
        with pytest.raises(NotFound, match=f"no tenant has the id {tenant_id}"):
            await rules.every(op.db, actor, tenant_id)
        with pytest.raises(NotFound, match=f"no tenant has the id {tenant_id}"):
            await rules.create(op, actor, tenant_id, name="desk", permissions=[], origin=HERE)
    for role_id in (foreign.id, "01890000-0000-7000-8000-000000000000"):
        with pytest.raises(NotFound, match=f"no role has the id {role_id}"):
            await rules.update(op, actor, ours.id, role_id, {"display_name": "Ours"}, origin=HERE)
        with pytest.raises(NotFound, match=f"no role has the id {role_id}"):
            await rules.delete(op, actor, ours.id, role_id, origin=HERE)
    with pytest.raises(Forbidden):
        await rules.every(op.db, actor, None)
    with pytest.raises(Forbidden):
        await rules.create(op, actor, None, name="desk", permissions=[], origin=HERE)
    with pytest.raises(NotFound):
        await rules.create(op, actor, ROLE_TEMPLATE, name="desk", permissions=[], origin=HERE)


async def test_new_tenants_begin_with_the_template_as_the_deployment_left_it(deployment: Deployment) -> None:
    op = deployment.op
    actor = await acting(op, await make_staff(op, "super_admin"))
    await rules.create(op, actor, ROLE_TEMPLATE, name="desk", permissions=["users:read"], origin=HERE)

    tenant = await make_tenant(op)

    assert "desk" in {each.name for each in await roles.every(op.db, tenant.id)}


async def test_P03_whoever_lost_a_role_a_moment_ago_makes_nothing_by_it(deployment: Deployment) -> None:
    op = deployment.op
    person = await make_staff(op, "super_admin")
    await make_staff(op, "super_admin")
    actor = await acting(op, person)
    await op.db.run("DELETE FROM user_roles WHERE user_id = :id", id=person.id)

    with pytest.raises(Forbidden):
        await rules.create(op, actor, None, name="desk", permissions=["users:read"], origin=HERE)
    assert json.dumps([each.name for each in await roles.every(op.db, SYSTEM)]).count("desk") == 0
