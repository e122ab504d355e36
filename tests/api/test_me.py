"""`/me`: what the caller holds, each in its place."""

from tests.api.credentials import ask, key_of, person_token, with_role
from tests.deployment import Deployment
from tests.make import make_member, make_tenant, make_user
from tests.tenancy.authority import give, make_unit


async def test_P02_a_role_in_a_unit_gives_nothing_in_the_tenant(deployment: Deployment) -> None:
    op = deployment.op
    tenant, user = await make_tenant(op), await make_user(op)
    await make_member(op, tenant, user)
    unit = await make_unit(op, tenant)
    below = await make_unit(op, tenant, above=unit)
    await give(op, user, "department_manager", tenant=tenant, unit=below)

    me = (await ask(deployment, "GET", "/me", await person_token(op, user, tenant_id=tenant.id))).json()

    assert me["permissions"] == ["tenants:read"]
    held = {each["role"]: each for each in me["roles"]}
    assert (held["user"]["unit_id"], held["user"]["permissions"]) == (None, ["tenants:read"])
    manager = held["department_manager"]
    assert (manager["tenant_id"], manager["unit_id"]) == (tenant.id, below.id)
    assert {"users:read", "invitations:create"} <= set(manager["permissions"])


async def test_a_key_says_what_it_leaves_of_the_roles_of_its_owner(deployment: Deployment) -> None:
    op = deployment.op
    key = await key_of(op, await with_role(op, "support"), "users:read")

    me = (await ask(deployment, "GET", "/me", key)).json()

    assert me["permissions"] == ["users:read"]
    assert [(each["role"], each["permissions"]) for each in me["roles"]] == [("support", ["users:read"])]
