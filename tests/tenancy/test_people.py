"""What staff do with people, P03: all that they and their agents hold counts, and the last ones stay."""

from collections.abc import Awaitable, Callable

import pytest

from hibana_op.foundation.errors import Conflict, TooStrong
from hibana_op.login import people as rules
from hibana_op.provider import Provider
from hibana_op.records import audit_log, users
from hibana_op.records.users import User
from hibana_op.tenancy import people
from hibana_op.tenancy.access import Actor
from tests.api.credentials import person_token
from tests.deployment import Deployment
from tests.make import make_user
from tests.tenancy.authority import HERE, acting, give, make_member, make_staff, make_tenant, make_unit, suspend

Act = Callable[[Provider, Actor, str], Awaitable[object]]
# What leads to somebody's account, or ends it.
TAKE_OVER: dict[str, Act] = {
    "new address": lambda op, actor, user_id: people.update(
        op, actor, user_id, {"email": "mallory@evil.example"}, origin=HERE
    ),
    "reset": lambda op, actor, user_id: people.reset_factors(op, actor, user_id, kinds=None, origin=HERE),
    "suspend": lambda op, actor, user_id: people.suspend(op, actor, user_id, origin=HERE),
    "resume": lambda op, actor, user_id: people.resume(op, actor, user_id, origin=HERE),
    "erase": lambda op, actor, user_id: people.erase(op, actor, user_id, origin=HERE),
}
END: dict[str, Act] = {name: TAKE_OVER[name] for name in ("suspend", "erase")}


async def status(op: Provider, user: User) -> str | None:
    """What a person is now, None when they are no more."""
    found = await users.find(op.db, user.id)
    return found.status if found else None


async def agent_of(op: Provider, parent: User, **changes: str) -> User:
    return await make_user(op, password=None, **{"kind": "agent", "parent_user_id": parent.id, **changes})


@pytest.mark.parametrize("name", TAKE_OVER)
@pytest.mark.parametrize("held", ["owner", "admin", "in a unit"])
async def test_P03_what_is_held_in_a_tenant_counts_where_an_account_is_taken_over(
    deployment_on_sqlite: Deployment, name: str, held: str
) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    await make_member(op, tenant, "owner")
    strong = await make_member(op, tenant, "member" if held == "in a unit" else held)
    if held == "in a unit":
        await give(op, strong, "tenant_owner", tenant=tenant, unit=await make_unit(op, tenant))
    weaker = await acting(op, await make_staff(op, "operation_admin"))

    with pytest.raises(TooStrong):
        await TAKE_OVER[name](op, weaker, strong.id)
    assert await users.find(op.db, strong.id) == strong


async def test_P03_a_membership_that_is_suspended_counts_too(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    await make_member(op, tenant, "owner")
    strong = await make_member(op, tenant, "owner", status="suspended")
    weaker = await acting(op, await make_staff(op, "operation_admin"))
    with pytest.raises(TooStrong):
        await TAKE_OVER["new address"](op, weaker, strong.id)


async def test_staff_look_after_plain_members_and_whoever_holds_all_after_everybody(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    await make_member(op, tenant, "owner")
    plain, strong = await make_member(op, tenant), await make_member(op, tenant, "owner")
    for role, user in (("operation_admin", plain), ("super_admin", strong)):
        actor = await acting(op, await make_staff(op, role))
        moved = await people.update(op, actor, user.id, {"email": f"new-{user.id}@example.com"}, origin=HERE)
        assert not moved.email_verified
        await people.suspend(op, actor, user.id, origin=HERE)
        assert await status(op, user) == "suspended"
        await people.erase(op, actor, user.id, origin=HERE)
        assert await status(op, user) is None


async def test_what_does_not_lead_to_an_account_is_weighed_in_the_deployment_alone(deployment: Deployment) -> None:
    op = deployment.op
    owner = await make_member(op, await make_tenant(op), "owner")
    support = await acting(op, await make_staff(op, "operation_admin"))
    changed = await people.update(op, support, owner.id, {"nickname": "O", "email": owner.email}, origin=HERE)
    assert changed.nickname == "O"
    await people.unlock(op, support, owner.id, origin=HERE)


@pytest.mark.parametrize("name", END)
@pytest.mark.parametrize("held", ["in the deployment", "in a tenant"])
async def test_P03_an_agent_who_may_do_more_is_not_suspended_through_a_plain_parent(
    deployment: Deployment, name: str, held: str
) -> None:
    op = deployment.op
    parent = await make_user(op, password=None)
    agent = await agent_of(op, parent)
    await make_staff(op, "super_admin")
    if held == "in a tenant":
        tenant = await make_tenant(op)
        await make_member(op, tenant, "owner")
        await make_member(op, tenant, "owner", user=agent)
    else:
        await give(op, agent, "super_admin")
    weaker = await acting(op, await make_staff(op, "operation_admin"))

    with pytest.raises(TooStrong):
        await END[name](op, weaker, parent.id)
    assert (await status(op, parent), await status(op, agent)) == ("active", "active")

    await END[name](op, await acting(op, await make_staff(op, "super_admin")), parent.id)
    assert await status(op, agent) == "suspended"


BY_COMMAND: dict[str, Callable[[Provider, User], Awaitable[None]]] = {
    "disable": lambda op, user: rules.disable(op, user, HERE),
    "delete": lambda op, user: rules.delete(op, user, HERE),
}


@pytest.mark.parametrize("name", BY_COMMAND)
@pytest.mark.parametrize("who", ["themselves", "their agent", "both"])
async def test_P03_commands_keep_the_last_super_administrator(deployment: Deployment, name: str, who: str) -> None:
    op = deployment.op
    parent = await make_user(op, password=None)
    agent = await agent_of(op, parent)
    for user in {"themselves": (parent,), "their agent": (agent,), "both": (parent, agent)}[who]:
        await give(op, user, "super_admin")
    with pytest.raises(Conflict, match="last super administrator; make another one first"):
        await BY_COMMAND[name](op, parent)
    assert (await status(op, parent), await status(op, agent)) == ("active", "active")
    await make_staff(op, "super_admin")
    await BY_COMMAND[name](op, parent)
    assert (await status(op, parent), await status(op, agent)) != ("active", "active")


@pytest.mark.parametrize("name", BY_COMMAND)
@pytest.mark.parametrize("who", ["themselves", "their agent", "both"])
async def test_P03_commands_keep_the_last_owner_of_a_tenant(deployment: Deployment, name: str, who: str) -> None:
    op = deployment.op
    parent = await make_user(op, password=None)
    agent = await agent_of(op, parent)
    tenant = await make_tenant(op)
    for user in {"themselves": (parent,), "their agent": (agent,), "both": (parent, agent)}[who]:
        await make_member(op, tenant, "owner", user=user)
    with pytest.raises(Conflict, match="last owner of a tenant; make somebody else an owner first"):
        await BY_COMMAND[name](op, parent)
    assert (await status(op, parent), await status(op, agent)) == ("active", "active")
    await make_member(op, tenant, "owner")
    await BY_COMMAND[name](op, parent)
    assert (await status(op, parent), await status(op, agent)) != ("active", "active")


@pytest.mark.parametrize("name", END)
async def test_P03_staff_keep_the_last_owner_of_a_tenant(deployment: Deployment, name: str) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner, other = await make_member(op, tenant, "owner"), await make_member(op, tenant, "owner")
    await suspend(op, other)
    root = await acting(op, await make_staff(op, "super_admin"))
    with pytest.raises(Conflict, match="last owner"):
        await END[name](op, root, owner.id)
    assert await status(op, owner) == "active"


async def test_J01_whoever_is_signed_out_of_apps_alone_leaves_a_trace(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op, password=None)
    await person_token(op, user)
    root = await acting(op, await make_staff(op, "super_admin"))
    for _ in range(2):
        await people.end_sessions(op, root, user.id, origin=HERE)
    (told,) = await audit_log.page(op.db, action="user:access:ended")
    assert (told.resource_id, told.metadata) == (user.id, {"families": 1})
