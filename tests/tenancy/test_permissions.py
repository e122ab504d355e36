"""The catalogue of permissions: changed by the highest administrator alone, and never from under the program."""

from typing import Any

import pytest

from hibana_op.foundation.errors import Conflict, Forbidden, InvalidRecord, NotFound
from hibana_op.provider import Provider
from hibana_op.records import audit_log, permissions
from hibana_op.records.permissions import Permission
from hibana_op.tenancy import actors
from hibana_op.tenancy import permissions as rules
from hibana_op.tenancy.access import EVERYTHING, IN_DEPLOYMENT, Actor, Where, may
from tests.deployment import Deployment
from tests.tenancy.authority import HERE, acting, make_member, make_role, make_staff, make_tenant, make_unit

REPORTS: dict[str, Any] = {"permission": "reports:read", "held_in": ["tenant"], "description": "Read the reports"}


async def root(op: Provider) -> Actor:
    """The highest administrator."""
    return await acting(op, await make_staff(op, "super_admin"))


async def made(op: Provider, actor: Actor, **changes: Any) -> Permission:
    """A permission of the deployment's own."""
    return await rules.create(op, actor, **{**REPORTS, **changes}, origin=HERE)


async def test_a_permission_of_ones_own_is_added_given_changed_and_removed(deployment: Deployment) -> None:
    op = deployment.op
    actor, tenant = await root(op), await make_tenant(op)
    owner, plain = await make_member(op, tenant, "owner"), await make_member(op, tenant)
    inside = Where(tenant_id=tenant.id, unit_path=(await make_unit(op, tenant)).path)
    first = await made(op, actor)
    assert (first.is_built_in, await permissions.get(op.db, "reports:read")) == (False, first)
    assert may(await acting(op, owner), "reports:read", inside)
    assert not may(await acting(op, plain), "reports:read", inside)
    assert not may(await acting(op, owner), "reports:read", IN_DEPLOYMENT)
    with pytest.raises(Conflict, match="already"):
        await made(op, actor)

    changes = {"description": "Read them", "held_in": ["tenant", "deployment"], "is_active": False}
    changed = await rules.update(op, actor, "reports:read", changes, origin=HERE)
    assert (changed, changed.held_in) == (await permissions.get(op.db, "reports:read"), ("deployment", "tenant"))
    assert not may(await acting(op, owner), "reports:read", inside)
    await rules.delete(op, actor, "reports:read", origin=HERE)
    with pytest.raises(NotFound, match="no permission reports:read"):
        await rules.delete(op, actor, "reports:read", origin=HERE)

    told = [(each.action, each.resource_id, each.metadata) for each in await audit_log.page(op.db, limit=3)]
    assert told == [
        ("deployment:permission:removed", "reports:read", {}),
        (
            "deployment:permission:changed",
            "reports:read",
            {"fields": ["description", "held_in", "is_active"]},
        ),
        ("deployment:permission:added", "reports:read", {"held_in": ["tenant"]}),
    ]


@pytest.mark.parametrize("role", ["admin", "operation_admin", "auditor", "support"])
async def test_P03_nobody_below_the_highest_changes_the_catalogue(deployment: Deployment, role: str) -> None:
    op = deployment.op
    await made(op, await root(op))
    actor = await acting(op, await make_staff(op, role))

    with pytest.raises(Forbidden):
        await made(op, actor, permission="reports:write")
    with pytest.raises(Forbidden):
        await rules.update(op, actor, "reports:read", {"is_active": False}, origin=HERE)
    with pytest.raises(Forbidden):
        await rules.delete(op, actor, "reports:read", origin=HERE)
    assert (await permissions.get(op.db, "reports:read")).is_active


async def test_P03_what_narrows_the_highest_leaves_the_catalogue_alone(deployment: Deployment) -> None:
    op = deployment.op
    person, tenant = await make_staff(op, "super_admin"), await make_tenant(op)
    owner = await make_member(op, tenant, "owner")
    assert may(await acting(op, person, ceiling=("*",)), EVERYTHING, IN_DEPLOYMENT)
    for actor in (
        await acting(op, person, ceiling=("roles:*", "settings:update")),
        await acting(op, person, tenant_id=tenant.id),
        await acting(op, owner),
    ):
        for where in (IN_DEPLOYMENT, Where(tenant_id=tenant.id)):
            assert not may(actor, EVERYTHING, where)
        with pytest.raises(Forbidden):
            await made(op, actor)


async def test_what_is_built_in_keeps_its_name_and_its_places(deployment: Deployment) -> None:
    op = deployment.op
    actor = await root(op)
    with pytest.raises(Conflict, match="built in, and stays"):
        await rules.delete(op, actor, "users:read", origin=HERE)
    with pytest.raises(Conflict, match="its held_in stays"):
        await rules.update(op, actor, "users:delete", {"held_in": ["deployment", "tenant"]}, origin=HERE)
    with pytest.raises(InvalidRecord, match="permission of a permission"):
        await rules.update(op, actor, "users:read", {"permission": "users:see"}, origin=HERE)
    with pytest.raises(InvalidRecord, match="users are built in"):
        await made(op, actor, permission="users:impersonate")
    assert (await permissions.get(op.db, "users:delete")).held_in == ("deployment",)


async def test_what_is_switched_off_is_nobodys_and_can_be_switched_on_again(deployment: Deployment) -> None:
    op = deployment.op
    actor = await root(op)
    for name in {name for _, _, name in actor.catalogue}:
        await rules.update(op, actor, name, {"is_active": False}, origin=HERE)
    everything_off = await acting(op, await make_staff(op, "super_admin"))
    assert not may(everything_off, "users:read", IN_DEPLOYMENT)
    await rules.update(op, everything_off, "users:read", {"is_active": True}, origin=HERE)
    assert may(await root(op), "users:read", IN_DEPLOYMENT)
    assert not may(await root(op), "users:update", IN_DEPLOYMENT)


async def test_what_a_role_gives_is_not_taken_from_under_it(deployment: Deployment) -> None:
    op = deployment.op
    actor, tenant = await root(op), await make_tenant(op)
    await made(op, actor, held_in=["deployment", "tenant"])
    await made(op, actor, permission="reports:write")
    await make_role(op, tenant, ["reports:read", "users:read"], "reader")

    with pytest.raises(Conflict, match="given by the role reader; change that first"):
        await rules.delete(op, actor, "reports:read", origin=HERE)
    with pytest.raises(Conflict, match="role reader"):
        await rules.update(op, actor, "reports:read", {"held_in": ["deployment"]}, origin=HERE)
    await rules.update(op, actor, "reports:read", {"held_in": ["tenant"]}, origin=HERE)
    await rules.delete(op, actor, "reports:write", origin=HERE)


async def test_a_noun_that_a_role_gives_keeps_its_last_permission(deployment: Deployment) -> None:
    op = deployment.op
    actor, tenant = await root(op), await make_tenant(op)
    await made(op, actor)
    await made(op, actor, permission="reports:write")
    await make_role(op, tenant, ["reports:*"], "reporter")
    await make_role(op, None, ["repo_ts:read"], "another")

    await rules.delete(op, actor, "reports:write", origin=HERE)
    with pytest.raises(Conflict, match="role reporter"):
        await rules.delete(op, actor, "reports:read", origin=HERE)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"permission": "reports"}, "a noun and a verb"),
        ({"permission": "Reports:read"}, "a noun and a verb"),
        ({"permission": "*:read"}, "a noun and a verb"),
        ({"permission": "reports:*"}, "a noun and a verb"),
        ({"held_in": []}, "held_in"),
        ({"held_in": ["system"]}, "held_in"),
        ({"held_in": ["organization_unit"]}, "takes tenant"),
        ({"description": " "}, "description"),
        ({"description": "a\nb"}, "description"),
        ({"resource_pattern": ""}, "resource_pattern"),
    ],
    ids=str,
)
async def test_a_permission_that_says_nothing_is_refused(
    deployment_on_sqlite: Deployment, changes: dict[str, Any], said: str
) -> None:
    command = await actors.command(deployment_on_sqlite.op)
    with pytest.raises(InvalidRecord, match=said):
        await made(deployment_on_sqlite.op, command, **changes)
