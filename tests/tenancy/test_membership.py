"""Memberships: who may change whom, what ends with them, and the last owner who stays."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from hibana_op.foundation.errors import Conflict, Forbidden, InvalidRecord, NotFound
from hibana_op.records import audit_log, groups, memberships, roles, sessions, tenants, token_families, users
from hibana_op.records.memberships import Membership
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User
from hibana_op.tenancy import actors, domains
from hibana_op.tenancy import groups as group_rules
from hibana_op.tenancy import membership as rules
from hibana_op.tenancy.membership import LastOwner
from hibana_op.tenancy.seats import Seat
from tests.deployment import Deployment
from tests.make import make_session, make_user
from tests.tenancy.authority import HERE, acting, give, make_member, make_staff, make_tenant, make_unit
from tests.tenancy.test_tenants import issued


async def of(deployment: Deployment, tenant: Tenant, user: User) -> Membership:
    found = await memberships.of_person(deployment.op.db, tenant.id, user.id)
    assert found is not None
    return found


async def test_staff_add_a_person_and_a_tenant_only_somebody_it_knows(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner = await acting(op, await make_member(op, tenant, "owner"))
    staff = await acting(op, await make_staff(op, "admin"))
    stranger = await make_user(op, email="kei@acme.example", email_verified=True)

    for user_id in (stranger.id, "0192f0c2-0000-7000-8000-000000000000"):
        with pytest.raises(NotFound, match=f"no person has the id {user_id}"):
            await rules.add(op, owner, tenant.id, user_id, seat=Seat(), origin=HERE)
    added = await rules.add(op, staff, tenant.id, stranger.id, seat=Seat(), origin=HERE)
    assert (added.role, added.status) == ("member", "active")
    with pytest.raises(Conflict, match="already"):
        await rules.add(op, staff, tenant.id, stranger.id, seat=Seat(), origin=HERE)
    await rules.remove(op, owner, tenant.id, added.id, origin=HERE)
    again = await rules.add(op, owner, tenant.id, stranger.id, seat=Seat(role="admin"), origin=HERE)
    assert (again.id, again.role) == (added.id, "admin")

    domain = await domains.add(op, owner, tenant.id, domain="acme.example", origin=HERE)
    colleague = await make_user(op, email="mei@acme.example", email_verified=True)
    with pytest.raises(NotFound):
        await rules.add(op, owner, tenant.id, colleague.id, seat=Seat(), origin=HERE)
    await domains.verify(op, await actors.command(op), tenant.id, domain.id, is_known=True, origin=HERE)
    await rules.add(op, owner, tenant.id, colleague.id, seat=Seat(), origin=HERE)


async def test_O05_a_suspended_member_is_out_at_once_and_comes_back_only_by_signing_in(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    session_id, family_id, member_id = await issued(deployment, tenant)
    elsewhere = await make_session(op, await make_user(op))
    await rules.update(op, actor, tenant.id, member_id, {"status": "suspended"}, origin=HERE)
    assert await sessions.find_live(op.db, session_id, now=op.now()) is None
    assert await token_families.find_live(op.db, family_id, now=op.now()) is None
    assert await sessions.find_live(op.db, elsewhere.id, now=op.now()) is not None
    back = await rules.update(op, actor, tenant.id, member_id, {"status": "active"}, origin=HERE)
    assert back.status == "active"
    assert await token_families.find_live(op.db, family_id, now=op.now()) is None
    tags = {each.action for each in await audit_log.page(op.db)}
    assert {"tenant:member:suspended", "tenant:member:resumed"} <= tags


async def test_whoever_is_removed_or_leaves_holds_nothing_there_any_more(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    for leaves in (True, False):
        session_id, family_id, member_id = await issued(deployment, tenant)
        member = await memberships.find(op.db, tenant.id, member_id)
        assert member is not None
        user = await users.get(op.db, member.user_id)
        unit = await make_unit(op, tenant)
        await give(op, user, "department_manager", tenant=tenant, unit=unit)
        group = await group_rules.create(op, actor, tenant.id, name=f"Group {leaves}", origin=HERE)
        await group_rules.add_member(op, actor, tenant.id, group.id, member_id, origin=HERE)

        if leaves:
            await rules.leave(op, user.id, member_id, origin=HERE)
        else:
            await rules.remove(op, actor, tenant.id, member_id, origin=HERE)

        left = await of(deployment, tenant, user)
        assert (left.status, left.role, left.left_at) == ("left", "member", op.now())
        assert await roles.granted_to(op.db, user.id, now=op.now()) == []
        assert await groups.members(op.db, group.id) == []
        assert await token_families.find_live(op.db, family_id, now=op.now()) is None
        session = await sessions.find_live(op.db, session_id, now=op.now())
        if leaves:
            assert session is not None, "whoever leaves by themselves stays signed in"
            assert session.active_membership_id is None
        else:
            assert session is None
    with pytest.raises(NotFound):
        await rules.leave(op, user.id, member_id, origin=HERE)


async def test_P03_the_last_owner_stays_whatever_is_tried(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    owner = await make_member(op, tenant, "owner")
    member = await of(deployment, tenant, owner)
    for change in ({"role": "admin"}, {"role": "member", "status": "suspended"}, {"status": "suspended"}):
        with pytest.raises(LastOwner):
            await rules.update(op, actor, tenant.id, member.id, change, origin=HERE)
    with pytest.raises(LastOwner):
        await rules.remove(op, actor, tenant.id, member.id, origin=HERE)
    with pytest.raises(LastOwner):
        await rules.leave(op, owner.id, member.id, origin=HERE)
    await make_member(op, tenant, "owner")
    await rules.leave(op, owner.id, member.id, origin=HERE)


async def test_T06_of_twenty_owners_who_leave_at_once_one_stays(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owners = [await make_member(op, tenant, "owner") for _ in range(20)]
    found = [await of(deployment, tenant, each) for each in owners]
    left = await asyncio.gather(
        *(rules.leave(op, each.user_id, each.id, origin=HERE) for each in found), return_exceptions=True
    )
    assert Counter(type(each) for each in left) == {type(None): 19, LastOwner: 1}


async def test_P03_nobody_makes_others_stronger_than_themselves_or_touches_who_is(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner, admin, plain = [await make_member(op, tenant, role) for role in ("owner", "admin", "member")]
    await make_member(op, tenant, "owner")
    acts = await acting(op, admin)
    own, above, below = [await of(deployment, tenant, each) for each in (admin, owner, plain)]
    for membership_id in (own.id, below.id):
        with pytest.raises(Forbidden):
            await rules.update(op, acts, tenant.id, membership_id, {"role": "owner"}, origin=HERE)
    with pytest.raises(Forbidden):
        await rules.update(op, acts, tenant.id, above.id, {"role": "member"}, origin=HERE)
    with pytest.raises(Forbidden):
        await rules.remove(op, acts, tenant.id, above.id, origin=HERE)
    await rules.update(op, await actors.command(op), tenant.id, above.id, {"status": "suspended"}, origin=HERE)
    with pytest.raises(Forbidden):
        await rules.remove(op, acts, tenant.id, above.id, origin=HERE)
    assert (await rules.update(op, acts, tenant.id, below.id, {"role": "admin"}, origin=HERE)).role == "admin"
    for user in (plain, await make_member(op, tenant)):
        nobody = await acting(op, user)
        if user is not plain:
            with pytest.raises(Forbidden):
                await rules.update(op, nobody, tenant.id, own.id, {"role": "member"}, origin=HERE)


async def test_seats_are_counted_when_somebody_is_added(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    await op.db.transact(lambda tx: tenants.update(tx, replace(tenant, max_users=4)))
    people = [await make_user(op, password=None) for _ in range(20)]
    found = await asyncio.gather(
        *(rules.add(op, actor, tenant.id, each.id, seat=Seat(), origin=HERE) for each in people),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Membership) for each in found) == 4
    assert {getattr(each, "reason", None) for each in found if isinstance(each, Exception)} == {"tenant_full"}


async def test_entering_makes_a_membership_the_active_one_of_a_session(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    user = await make_member(op, tenant)
    theirs = await of(deployment, other, await make_member(op, other))
    session = await make_session(op, user)
    member = await of(deployment, tenant, user)
    await rules.enter(op, user.id, member.id, session_id=session.id)
    found = await sessions.find_live(op.db, session.id, now=op.now())
    assert found is not None
    assert found.active_membership_id == member.id
    with pytest.raises(NotFound):
        await rules.enter(op, user.id, theirs.id, session_id=session.id)


@pytest.mark.parametrize(
    "changes",
    [{"status": "left"}, {"status": "invited"}, {"role": "god"}, {"user_id": "x"}, {"tenant_id": "x"}],
    ids=str,
)
async def test_P02_a_membership_changes_only_in_what_it_may(
    deployment_on_sqlite: Deployment, changes: dict[str, str]
) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    member = await of(deployment_on_sqlite, tenant, await make_member(op, tenant))
    with pytest.raises(InvalidRecord):
        await rules.update(op, await actors.command(op), tenant.id, member.id, changes, origin=HERE)


async def test_O01_a_membership_of_another_tenant_is_an_unknown_one(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    theirs = await of(deployment, other, await make_member(op, other))
    group = await group_rules.create(op, actor, tenant.id, name="Ours", origin=HERE)
    their_unit = await make_unit(op, other)
    ours = await of(deployment, tenant, await make_member(op, tenant))
    for call in (
        lambda: rules.get(op, actor, tenant.id, theirs.id),
        lambda: rules.update(op, actor, tenant.id, theirs.id, {"role": "admin"}, origin=HERE),
        lambda: rules.remove(op, actor, tenant.id, theirs.id, origin=HERE),
        lambda: group_rules.add_member(op, actor, tenant.id, group.id, theirs.id, origin=HERE),
        lambda: rules.update(op, actor, tenant.id, ours.id, {"unit_id": their_unit.id}, origin=HERE),
    ):
        with pytest.raises(NotFound):
            await call()


async def test_groups_are_filled_and_emptied(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    admin = await acting(op, await make_member(op, tenant, "admin"))
    member = await of(deployment, tenant, await make_member(op, tenant))
    group = await group_rules.create(op, admin, tenant.id, name="Night shift", origin=HERE)
    with pytest.raises(Conflict):
        await group_rules.create(op, admin, tenant.id, name="Night shift", origin=HERE)
    for _ in range(2):
        await group_rules.add_member(op, admin, tenant.id, group.id, member.id, origin=HERE)
    assert await groups.names_of(op.db, member.id) == ["Night shift"]
    changed = await group_rules.update(op, admin, tenant.id, group.id, {"name": "Late shift"}, origin=HERE)
    assert (await group_rules.get(op, admin, tenant.id, group.id)).name == changed.name == "Late shift"
    await group_rules.remove_member(op, admin, tenant.id, group.id, member.id, origin=HERE)
    with pytest.raises(NotFound):
        await group_rules.remove_member(op, admin, tenant.id, group.id, member.id, origin=HERE)
    await group_rules.delete(op, admin, tenant.id, group.id, origin=HERE)
    assert await groups.page(op.db, tenant.id) == []
    with pytest.raises(Forbidden):
        await group_rules.create(op, await acting(op, await make_member(op, tenant)), tenant.id, name="x", origin=HERE)
    tags = {each.action for each in await audit_log.page(op.db)}
    assert {
        f"tenant:group:{what}" for what in ("created", "updated", "deleted", "member_added", "member_removed")
    } <= tags
