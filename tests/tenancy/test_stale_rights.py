"""Whoever lost a right between asking and acting acts without it: what they would hand out would outlast them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from hibana_op.foundation.errors import Forbidden, NotFound
from hibana_op.provider import Provider
from hibana_op.records import audit_log, memberships
from hibana_op.records.tenants import SYSTEM
from hibana_op.tenancy import (
    actors,
    api_keys,
    domains,
    groups,
    invitations,
    ip_rules,
    join_codes,
    management,
    membership,
    people,
    settings,
    tenants,
    units,
)
from hibana_op.tenancy.access import Actor
from hibana_op.tenancy.seats import Seat
from tests.deployment import Deployment
from tests.make import make_session
from tests.tenancy.authority import HERE, acting, make_member, make_staff, make_tenant


@dataclass(frozen=True, slots=True)
class Scene:
    """A tenant in which there is one of everything; `ids` by names of their own."""

    op: Provider
    tenant_id: str
    ids: dict[str, str] = field(default_factory=dict)


Act = Callable[[Scene, Actor], Awaitable[Any]]


def _change(changes: dict[str, Any]) -> Act:
    return lambda at, by: membership.update(at.op, by, at.tenant_id, at.ids["member"], changes, origin=HERE)


OF_TENANTS: dict[str, Act] = {
    "invite an owner": lambda at, by: invitations.create(
        at.op, by, at.tenant_id, email="mallory@example.com", seat=Seat(role="owner"), origin=HERE
    ),
    "invite again": lambda at, by: invitations.resend(at.op, by, at.tenant_id, at.ids["invitation"], origin=HERE),
    "cancel an invitation": lambda at, by: invitations.cancel(
        at.op, by, at.tenant_id, at.ids["invitation"], origin=HERE
    ),
    "make a code": lambda at, by: join_codes.create(at.op, by, at.tenant_id, seat=Seat(role="admin"), origin=HERE),
    "disable a code": lambda at, by: join_codes.disable(at.op, by, at.tenant_id, at.ids["code"], origin=HERE),
    "make a key": lambda at, by: api_keys.create(
        at.op, by, name="kept", scopes=("*",), tenant_id=at.tenant_id, origin=HERE
    ),
    "revoke a key": lambda at, by: api_keys.revoke(at.op, by, at.ids["key"], origin=HERE),
    "promote": _change({"role": "owner"}),
    "suspend": _change({"status": "suspended"}),
    "remove": lambda at, by: membership.remove(at.op, by, at.tenant_id, at.ids["member"], origin=HERE),
    "end a session": lambda at, by: people.end_session(at.op, by, at.ids["session"], origin=HERE),
    "add a group": lambda at, by: groups.create(at.op, by, at.tenant_id, name="New", origin=HERE),
    "rename a group": lambda at, by: groups.update(
        at.op, by, at.tenant_id, at.ids["group"], {"name": "New"}, origin=HERE
    ),
    "remove a group": lambda at, by: groups.delete(at.op, by, at.tenant_id, at.ids["group"], origin=HERE),
    "put in a group": lambda at, by: groups.add_member(
        at.op, by, at.tenant_id, at.ids["group"], at.ids["member"], origin=HERE
    ),
    "take out of a group": lambda at, by: groups.remove_member(
        at.op, by, at.tenant_id, at.ids["group"], at.ids["grouped"], origin=HERE
    ),
    "add a unit": lambda at, by: units.create(at.op, by, at.tenant_id, name="New", origin=HERE),
    "rename a unit": lambda at, by: units.update(at.op, by, at.tenant_id, at.ids["unit"], {"name": "New"}, origin=HERE),
    "remove a unit": lambda at, by: units.delete(at.op, by, at.tenant_id, at.ids["unit"], origin=HERE),
    "add a domain": lambda at, by: domains.add(at.op, by, at.tenant_id, domain="new.example", origin=HERE),
    "let a domain join": lambda at, by: domains.set_may_join(
        at.op, by, at.tenant_id, at.ids["domain"], may_join=True, origin=HERE
    ),
    "remove a domain": lambda at, by: domains.remove(at.op, by, at.tenant_id, at.ids["domain"], origin=HERE),
    "add a network": lambda at, by: ip_rules.create(at.op, by, at.tenant_id, cidr="203.0.113.0/24", origin=HERE),
    "change a network": lambda at, by: ip_rules.update(
        at.op, by, at.tenant_id, at.ids["rule"], {"is_active": False}, origin=HERE
    ),
    "remove a network": lambda at, by: ip_rules.delete(at.op, by, at.tenant_id, at.ids["rule"], origin=HERE),
    "rename the tenant": lambda at, by: tenants.update(at.op, by, at.tenant_id, {"name": "New"}, origin=HERE),
    "choose settings": lambda at, by: settings.change(
        at.op, by, at.tenant_id, {"sign_in": {"acr": "phr"}}, origin=HERE
    ),
}
OF_STAFF: dict[str, Act] = {
    "vouch for a domain": lambda at, by: domains.verify(
        at.op, by, at.tenant_id, at.ids["domain"], is_known=True, origin=HERE
    ),
    "add a tenant": lambda at, by: tenants.create(at.op, by, slug="new", name="New", origin=HERE),
    "suspend a tenant": lambda at, by: tenants.suspend(at.op, by, at.tenant_id, origin=HERE),
    "delete a tenant": lambda at, by: tenants.delete(at.op, by, at.tenant_id, origin=HERE),
    "approve": lambda at, by: management.approve(at.op, by, at.ids["change"], origin=HERE),
    "reject": lambda at, by: management.reject(at.op, by, at.ids["change"], origin=HERE),
}


async def a_scene(op: Provider) -> Scene:
    """Everything that these acts are about."""
    command, tenant = await actors.command(op), await make_tenant(op)
    owner, plain = await make_member(op, tenant, "owner"), await make_member(op, tenant)
    at, member = Scene(op, tenant.id), await memberships.of_person(op.db, tenant.id, plain.id)
    grouped = await memberships.of_person(op.db, tenant.id, owner.id)
    assert member is not None
    assert grouped is not None
    sent = await invitations.create(op, command, tenant.id, email="a@example.com", seat=Seat(), origin=HERE)
    code, _ = await join_codes.create(op, command, tenant.id, seat=Seat(), origin=HERE)
    key, _ = await api_keys.create(
        op, command, user_id=plain.id, name="kept", scopes=("tenants:read",), tenant_id=tenant.id, origin=HERE
    )
    group = await groups.create(op, command, tenant.id, name="Choir", origin=HERE)
    await groups.add_member(op, command, tenant.id, group.id, grouped.id, origin=HERE)
    at.ids.update(
        {
            "member": member.id,
            "grouped": grouped.id,
            "invitation": sent.invitation.id,
            "code": code.id,
            "key": key.id,
            "group": group.id,
            "session": (await make_session(op, plain, active_membership_id=member.id)).id,
            "unit": (await units.create(op, command, tenant.id, name="Sales", origin=HERE)).id,
            "domain": (await domains.add(op, command, tenant.id, domain="acme.example", origin=HERE)).id,
            "rule": (await ip_rules.create(op, command, tenant.id, cidr="192.0.2.0/24", confirm=True, origin=HERE)).id,
        }
    )
    return at


@pytest.mark.parametrize("name", OF_TENANTS)
async def test_P03_a_right_in_a_tenant_that_was_lost_a_moment_ago_does_nothing(
    deployment_on_sqlite: Deployment, name: str
) -> None:
    op = deployment_on_sqlite.op
    at = await a_scene(op)
    tenant_id = at.tenant_id
    row = await op.db.one("SELECT user_id FROM tenant_memberships WHERE role = 'owner'")
    former = await memberships.of_person(op.db, tenant_id, str(row and row["user_id"]))
    assert former is not None
    as_read = await op.db.read(lambda tx: actors.person(tx, former.user_id, now=op.now(), ip=HERE.ip))
    await op.db.run("UPDATE tenant_memberships SET role = 'member' WHERE id = :id", id=former.id)
    before = await audit_log.page(op.db, limit=1)
    with pytest.raises((Forbidden, NotFound)):
        await OF_TENANTS[name](at, as_read)
    assert await audit_log.page(op.db, limit=1) == before
    await op.db.run("UPDATE tenant_memberships SET role = 'owner' WHERE id = :id", id=former.id)
    await OF_TENANTS[name](at, as_read)


@pytest.mark.parametrize("name", OF_STAFF)
async def test_P03_a_right_of_staff_that_was_lost_a_moment_ago_does_nothing(
    deployment_on_sqlite: Deployment, name: str
) -> None:
    op = deployment_on_sqlite.op
    at, staff, other = await a_scene(op), await make_staff(op, "super_admin"), await make_staff(op, "super_admin")
    if name in ("approve", "reject"):
        command = await actors.command(op)
        await settings.change(op, command, SYSTEM, {"approvals": ["suspended"]}, origin=HERE)
        asked = await tenants.suspend(op, await acting(op, other), at.tenant_id, origin=HERE)
        assert asked.change is not None
        at.ids["change"] = asked.change.id
    as_read = await acting(op, staff)
    await op.db.run("UPDATE user_roles SET role_id = 'role-support' WHERE user_id = :id", id=staff.id)
    before = await audit_log.page(op.db, limit=1)
    with pytest.raises((Forbidden, NotFound)):
        await OF_STAFF[name](at, as_read)
    assert await audit_log.page(op.db, limit=1) == before
    await op.db.run("UPDATE user_roles SET role_id = 'role-super-admin' WHERE user_id = :id", id=staff.id)
    await OF_STAFF[name](at, as_read)


@pytest.mark.parametrize("status", ["suspended", "erased"])
async def test_P03_whoever_may_not_sign_in_any_more_does_nothing(deployment: Deployment, status: str) -> None:
    op = deployment.op
    staff = await make_staff(op, "super_admin")
    as_read = await acting(op, staff)
    if status == "suspended":
        await op.db.run("UPDATE users SET status = 'suspended' WHERE id = :id", id=staff.id)
    else:
        await op.db.run("DELETE FROM users WHERE id = :id", id=staff.id)
    with pytest.raises(Forbidden):
        await OF_STAFF["add a tenant"](Scene(op, ""), as_read)
