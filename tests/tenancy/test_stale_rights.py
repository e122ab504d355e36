"""Whoever lost a right between asking and acting acts without it: what they would hand out would outlast them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hibana_op.foundation.errors import Forbidden, NotFound
from hibana_op.provider import Provider
from hibana_op.records import memberships
from hibana_op.tenancy import actors, api_keys, invitations, join_codes, membership
from hibana_op.tenancy.access import Actor
from hibana_op.tenancy.seats import Seat
from tests.deployment import Deployment
from tests.tenancy.authority import HERE, acting, make_member, make_tenant

Act = Callable[[Provider, Actor, str, str], Awaitable[Any]]


def _change(changes: dict[str, Any]) -> Act:
    return lambda op, actor, tenant_id, member_id: membership.update(
        op, actor, tenant_id, member_id, changes, origin=HERE
    )


ACTS: dict[str, Act] = {
    "invite an owner": lambda op, actor, tenant_id, member_id: invitations.create(
        op, actor, tenant_id, email="mallory@example.com", seat=Seat(role="owner"), origin=HERE
    ),
    "make a code": lambda op, actor, tenant_id, member_id: join_codes.create(
        op, actor, tenant_id, seat=Seat(role="admin"), origin=HERE
    ),
    "make a key": lambda op, actor, tenant_id, member_id: api_keys.create(
        op, actor, name="kept", scopes=("*",), tenant_id=tenant_id, origin=HERE
    ),
    "promote": _change({"role": "owner"}),
    "suspend": _change({"status": "suspended"}),
    "remove": lambda op, actor, tenant_id, member_id: membership.remove(op, actor, tenant_id, member_id, origin=HERE),
}


@pytest.mark.parametrize("name", ACTS)
async def test_P03_a_right_that_was_lost_a_moment_ago_hands_out_nothing(deployment: Deployment, name: str) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    await make_member(op, tenant, "owner")
    former, accomplice = await make_member(op, tenant, "owner"), await make_member(op, tenant)
    as_read = await acting(op, former)
    place = await memberships.of_person(op.db, tenant.id, former.id)
    member = await memberships.of_person(op.db, tenant.id, accomplice.id)
    assert place is not None
    assert member is not None
    command = await actors.command(op)
    await membership.update(op, command, tenant.id, place.id, {"role": "member"}, origin=HERE)
    with pytest.raises((Forbidden, NotFound)):
        await ACTS[name](op, as_read, tenant.id, member.id)
