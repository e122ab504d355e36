"""What apps hear of roles that somebody holds in a unit alone: never as if they counted in the whole tenant."""

from dataclasses import replace
from typing import Any

from hibana_op.records import units
from hibana_op.records.units import Unit
from tests.deployment import Deployment
from tests.flows.journeys import claims_of, obtain_tokens
from tests.flows.test_entering import SCOPE, userinfo
from tests.make import make_client, make_member, make_resource, make_tenant, make_user
from tests.tenancy.authority import give, make_role, make_unit


async def test_P02_a_role_in_a_unit_is_told_apart_from_those_in_the_tenant(deployment: Deployment) -> None:
    op = deployment.op
    client, user, tenant = await make_client(op, first_party=True), await make_user(op), await make_tenant(op)
    await make_member(op, tenant, user)
    api = await make_resource(op)
    for name in ("reader", "writer"):
        await make_role(op, tenant, (f"units:{'read' if name == 'reader' else 'update'}",), name=name)
    unit, bare = await coded(deployment, await make_unit(op, tenant), "S-1"), await make_unit(op, tenant)
    for name, place in (("writer", unit), ("reader", unit), ("reader", bare)):
        await give(op, user, name, tenant=tenant, unit=place)

    tokens = await obtain_tokens(deployment, client, user, scope=f"{SCOPE} read", resource=api.identifier)
    at_userinfo = await obtain_tokens(deployment, client, user, scope=SCOPE)

    here = {
        "unit_id": unit.id,
        "unit_code": "S-1",
        "roles": ["reader", "writer"],
        "permissions": ["units:read", "units:update"],
    }
    there = {"unit_id": bare.id, "unit_code": None, "roles": ["reader"], "permissions": ["units:read"]}
    for told in (claims_of(tokens["access_token"]), await userinfo(deployment, at_userinfo["access_token"])):
        assert (told["roles"], told["permissions"]) == (["user"], ["tenants:read"])
        assert told["unit_roles"] == [here, there]


async def test_a_role_in_the_tenant_and_in_a_unit_is_told_as_what_it_is_in_each(deployment: Deployment) -> None:
    told, unit = await _with_role_in(deployment, "department_manager", is_in_tenant=True)

    assert told["roles"] == ["department_manager", "user"]
    assert "invitations:*" in told["permissions"]
    assert [(each["unit_id"], each["roles"]) for each in told["unit_roles"]] == [(unit.id, ["department_manager"])]


async def test_a_unit_that_is_closed_gives_nothing(deployment: Deployment) -> None:
    told, _ = await _with_role_in(deployment, "department_manager", status="inactive")

    assert told["roles"] == ["user"]
    assert "unit_roles" not in told


async def coded(deployment: Deployment, unit: Unit, code: str) -> Unit:
    """The same unit with a code."""
    changed = replace(unit, code=code)
    await deployment.op.db.transact(lambda tx: units.update(tx, changed))
    return changed


async def _with_role_in(
    deployment: Deployment, role: str, *, is_in_tenant: bool = False, status: str = "active"
) -> tuple[dict[str, Any], Unit]:
    """What userinfo says of somebody who holds a role in a unit, and the unit."""
    op = deployment.op
    client, user, tenant = await make_client(op, first_party=True), await make_user(op), await make_tenant(op)
    await make_member(op, tenant, user)
    unit = await make_unit(op, tenant)
    await give(op, user, role, tenant=tenant, unit=unit)
    if is_in_tenant:
        await give(op, user, role, tenant=tenant)
    await op.db.transact(lambda tx: units.update(tx, replace(unit, status=status)))
    tokens = await obtain_tokens(deployment, client, user, scope=SCOPE)
    return await userinfo(deployment, tokens["access_token"]), unit
