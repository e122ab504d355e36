"""Every permission of the catalogue that may be held in a unit opens something there, and nothing beside it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from hibana_op.records import groups, permissions
from hibana_op.records.roles import UNIT
from hibana_op.records.tenants import Tenant
from hibana_op.records.units import Unit
from hibana_op.tenancy import actors, invitations, join_codes
from hibana_op.tenancy import groups as group_rules
from hibana_op.tenancy.seats import Seat
from tests.api.credentials import ORIGIN, ask, person_token
from tests.deployment import Deployment
from tests.make import make_member, make_session, make_tenant, make_user
from tests.tenancy.authority import give, make_role, make_unit


@dataclass(slots=True)
class Side:
    """A unit and one of everything in it; `ids` by names of their own."""

    tenant: Tenant
    unit: Unit
    ids: dict[str, str] = field(default_factory=dict)

    def nowhere(self) -> "Side":
        """The same with ids that never were."""
        return Side(self.tenant, self.unit, {name: uuid7() for name in self.ids})

    def named(self, **more: Any) -> dict[str, Any]:
        """The members that name the tenant and the unit."""
        return {"tenant_id": self.tenant.id, "unit_id": self.unit.id, **more}


Call = tuple[str, str, dict[str, Any]]


def listed(collection: str) -> Callable[[Side], Call]:
    """The list of what is in the unit."""
    return lambda side: ("GET", f"/{collection}", {"params": side.named()})


def one(method: str, path: str, **options: Any) -> Callable[[Side], Call]:
    """A call about one thing of the unit."""
    return lambda side: (method, path.format(**side.ids), options)


CALLS: dict[str, list[Callable[[Side], Call]]] = {
    "users:read": [listed("users"), one("GET", "/users/{user}")],
    "memberships:read": [listed("memberships"), one("GET", "/memberships/{member}")],
    "memberships:create": [lambda side: ("POST", "/memberships", {"json": side.named(user_id=side.ids["gone"])})],
    "memberships:update": [one("PATCH", "/memberships/{member}", json={"status": "suspended"})],
    "memberships:delete": [one("DELETE", "/memberships/{member}")],
    "invitations:read": [listed("invitations"), one("GET", "/invitations/{invitation}")],
    "invitations:create": [
        lambda side: ("POST", "/invitations", {"json": side.named(email=f"{uuid7()}@new.example")}),
        lambda side: ("POST", "/invitations/bulk", {"json": side.named(emails=[f"{uuid7()}@new.example"])}),
    ],
    "invitations:update": [one("POST", "/invitations/{invitation}/resend", json={})],
    "invitations:delete": [one("DELETE", "/invitations/{invitation}")],
    "join-codes:read": [listed("join-codes"), one("GET", "/join-codes/{code}")],
    "join-codes:create": [lambda side: ("POST", "/join-codes", {"json": side.named()})],
    "join-codes:update": [one("POST", "/join-codes/{code}/disable")],
    "units:read": [listed("units"), one("GET", "/units/{unit}")],
    "units:create": [
        lambda side: (
            "POST",
            "/units",
            {"json": {"tenant_id": side.tenant.id, "name": "New", "parent_id": side.unit.id}},
        )
    ],
    "units:update": [one("PATCH", "/units/{below}", json={"name": "Renamed"})],
    "units:delete": [one("DELETE", "/units/{below}")],
    "role-assignments:read": [listed("role-assignments"), one("GET", "/role-assignments/{assignment}")],
    "role-assignments:create": [
        lambda side: (
            "POST",
            "/role-assignments",
            {"json": side.named(user_id=side.ids["user"], role_id=side.ids["role"])},
        )
    ],
    "role-assignments:delete": [one("DELETE", "/role-assignments/{assignment}")],
    "sessions:read": [listed("sessions"), one("GET", "/sessions/{session}")],
    "sessions:delete": [one("DELETE", "/sessions/{session}")],
    "groups:read": [one("GET", "/groups/{group}/members/{grouped}")],
    "groups:update": [
        one("DELETE", "/groups/{group}/members/{grouped}"),
        one("PUT", "/groups/{group}/members/{member}"),
    ],
}


async def test_P01_the_calls_are_those_of_the_catalogue(deployment_on_sqlite: Deployment) -> None:
    known = await permissions.listed(deployment_on_sqlite.op.db)
    assert CALLS.keys() == {each.permission for each in known if UNIT in each.held_in}


@pytest.mark.parametrize("permission", CALLS)
async def test_P01_a_permission_that_is_held_in_a_unit_opens_something_there_and_nothing_beside(
    deployment_on_sqlite: Deployment, permission: str
) -> None:
    op = deployment_on_sqlite.op
    tenant, caller = await make_tenant(op), await make_user(op, password=None)
    role = await make_role(op, tenant, [permission], "holder")
    own = await make_member(op, tenant, caller)
    here, beside = await make_unit(op, tenant), await make_unit(op, tenant)
    await give(op, caller, "holder", tenant=tenant, unit=here)
    token = await person_token(op, caller)
    inside, outside = [await seeded(op, Side(tenant, each, {"role": role.id}), own.id) for each in (here, beside)]

    async def answer(call: Callable[[Side], Call], side: Side) -> tuple[int, Any]:
        method, path, options = call(side)
        told = await ask(deployment_on_sqlite, method, path, token, **options)
        document = told.json() if told.content else {}
        return told.status_code, {name: value for name, value in document.items() if name != "trace_id"}

    for call in CALLS[permission]:
        status, told = await answer(call, outside)
        is_about_one = call(outside)[1] != call(inside)[1]
        assert status == (404 if is_about_one else 403), told
        if is_about_one:
            assert (status, told) == await answer(call, outside.nowhere()), "what is beside is told from what never was"
        status, told = await answer(call, inside)
        assert 200 <= status < 300, told
        assert "items" not in told or told["items"], "the list shows what is there"


async def seeded(op: Provider, side: Side, own_id: str) -> Side:
    """One of everything in a unit, and the caller in the same groups."""
    command, tenant, unit = await actors.command(op), side.tenant, side.unit
    user, gone, holder = [await make_user(op, password=None) for _ in range(3)]
    member = await make_member(op, tenant, user, unit_id=unit.id)
    await make_member(op, tenant, gone, status="left", left_at=op.now())
    grouped = await make_member(op, tenant, holder, unit_id=unit.id)
    seat = Seat(unit_id=unit.id)
    group = await group_rules.create(op, command, tenant.id, name=f"Choir {unit.id}", origin=ORIGIN)
    for each in (own_id, grouped.id):
        await op.db.transact(lambda tx, each=each: groups.add_member(tx, group.id, each, now=op.now()))  # type: ignore[misc]
    sent = await invitations.create(op, command, tenant.id, email=f"{uuid7()}@x.example", seat=seat, origin=ORIGIN)
    code, _ = await join_codes.create(op, command, tenant.id, seat=seat, origin=ORIGIN)
    side.ids |= {
        "user": user.id,
        "member": member.id,
        "gone": gone.id,
        "grouped": grouped.id,
        "unit": unit.id,
        "below": (await make_unit(op, tenant, above=unit)).id,
        "group": group.id,
        "invitation": sent.invitation.id,
        "code": code.id,
        "session": (await make_session(op, user, active_membership_id=member.id)).id,
        "assignment": await give(op, holder, "holder", tenant=tenant, unit=unit),
    }
    return side
