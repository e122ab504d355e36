"""What tenants choose: who may see it and change it, and what is written down."""

import asyncio
from typing import Any

import pytest

from hibana_op.foundation.errors import Forbidden, InvalidRecord, NotFound
from hibana_op.provider import Provider
from hibana_op.records import tenant_changes
from hibana_op.records.tenants import SYSTEM, Tenant
from hibana_op.tenancy import actors
from hibana_op.tenancy import settings as rules
from hibana_op.tenancy.access import Actor
from tests.deployment import Deployment
from tests.flows.conftest import deployment
from tests.make import make_member, make_tenant, make_user
from tests.policies import ORIGIN, choose

__all__ = ["deployment"]

REQUIRED = {"sign_in": {"second_factor": "required"}}


async def a_member(op: Provider, tenant: Tenant, role: str) -> Actor:
    user = await make_user(op)
    await make_member(op, tenant, user, role=role)
    return await op.db.read(lambda tx: actors.person(tx, user.id, now=op.now()))


async def test_what_is_named_changes_and_the_rest_stays(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    actor = await actors.command(op)
    await choose(op, tenant.id, **REQUIRED, sessions={"idle_seconds": 600})

    await choose(op, tenant.id, sign_in={"acr": "phr"})
    both = (await rules.show(op, actor, tenant.id)).settings
    await choose(op, tenant.id, sign_in={"second_factor": None}, sessions=None)

    assert both == {"sign_in": {"second_factor": "required", "acr": "phr"}, "sessions": {"idle_seconds": 600}}
    assert (await rules.show(op, actor, tenant.id)).settings == {"sign_in": {"acr": "phr"}}


async def test_T06_of_several_who_choose_at_once_nobody_undoes_another(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    choices: list[dict[str, Any]] = [
        REQUIRED,
        {"sessions": {"idle_seconds": 600}},
        {"passwords": {"history": 3}},
        {"retention": {"audit_days": 30}},
    ]

    await asyncio.gather(*(choose(op, tenant.id, **each) for each in choices))

    kept = (await rules.show(op, await actors.command(op), tenant.id)).settings
    assert kept == {name: value for each in choices for name, value in each.items()}


async def test_the_old_and_the_new_are_written_down(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    await choose(op, tenant.id, **REQUIRED)
    changed = await rules.change(
        op, await actors.command(op), tenant.id, {"sign_in": None}, reason="Trial is over", origin=ORIGIN
    )

    assert changed.change is not None
    kept = await tenant_changes.find(op.db, changed.change.id)
    assert kept is not None
    assert (kept.old_values, kept.new_values) == ({"settings": REQUIRED}, {"settings": {}})
    assert kept.reason == "Trial is over"


@pytest.mark.parametrize(
    "wrong",
    [
        {"sign_in": {"methods": []}},
        {"sign_in": {"methods": ["magic"]}},
        {"sign_in": {"second_factor": "never"}},
        {"sessions": {"idle_seconds": 10}},
        {"passwords": {"min_length": 4}},
        {"passkeys": {"aaguids": ["everything"]}},
        {"no_such_group": {}},
    ],
    ids=["no method", "unknown method", "factor", "too short", "weak", "model", "group"],
)
async def test_what_makes_no_sense_is_refused_whole(deployment: Deployment, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidRecord, match="settings"):
        await choose(deployment.op, **wrong)
    assert (await rules.show(deployment.op, await actors.command(deployment.op), SYSTEM)).settings == {}


async def test_P03_only_those_who_may_see_and_change_them(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op)
    owner, member = await a_member(op, tenant, "owner"), await a_member(op, tenant, "member")

    await rules.change(op, owner, tenant.id, REQUIRED, origin=ORIGIN)
    assert (await rules.show(op, owner, tenant.id)).settings == REQUIRED
    with pytest.raises(Forbidden):
        await rules.show(op, member, tenant.id)
    with pytest.raises(Forbidden):
        await rules.change(op, member, tenant.id, REQUIRED, origin=ORIGIN)
    for unreachable in (other.id, SYSTEM, "no-such-tenant"):
        with pytest.raises(NotFound, match=f"no tenant has the id {unreachable}"):
            await rules.change(op, owner, unreachable, REQUIRED, origin=ORIGIN)
