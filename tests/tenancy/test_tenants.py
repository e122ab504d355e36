"""Tenants: added with their roles, changed by whom they concern, and gone for good once they are deleted."""

from dataclasses import replace
from typing import Any

import pytest

from hibana_op.foundation.errors import Conflict, Forbidden, InvalidRecord, LoginRefused, NotFound, SamePerson
from hibana_op.foundation.ids import uuid7
from hibana_op.records import audit_log, memberships, roles, sessions, tenant_changes, tenants, token_families
from hibana_op.records.tenants import ROLE_TEMPLATE, SYSTEM, Tenant
from hibana_op.records.token_families import TokenFamily
from hibana_op.tenancy import actors, join_codes, management
from hibana_op.tenancy import tenants as rules
from hibana_op.tenancy.access import Actor
from hibana_op.tenancy.seats import Seat
from tests.deployment import Deployment
from tests.make import make_client, make_session, make_user
from tests.tenancy.authority import HERE, acting, make_member, make_staff, make_tenant


async def command(deployment: Deployment) -> Actor:
    return await actors.command(deployment.op)


async def actions(deployment: Deployment) -> list[str]:
    return [each.action for each in await audit_log.page(deployment.op.db)]


async def demand(deployment: Deployment, *approvals: str) -> None:
    """From now on these actions take a second person."""
    await rules.update(
        deployment.op,
        await command(deployment),
        SYSTEM,
        {"settings": {"approvals": list(approvals)}},
        origin=HERE,
    )


async def issued(deployment: Deployment, tenant: Tenant, **changes: Any) -> tuple[str, str, str]:
    """A member's session in a tenant, and a family of tokens: the ids of both, and of the membership."""
    op = deployment.op
    user = await make_member(op, tenant)
    member = await memberships.of_person(op.db, tenant.id, user.id)
    assert member is not None
    session = await make_session(op, user, active_membership_id=member.id)
    client = await make_client(op)
    family = TokenFamily(
        id=session.id,
        user_id=user.id,
        client_id=client.client_id,
        session_id=session.id,
        scopes=("openid", "offline_access"),
        resources=(),
        claims={},
        auth_time=op.now(),
        acr="1",
        amr=("pwd",),
        offline=True,
        created_at=op.now(),
        expires_at=op.now() + 86400,
        tenant_id=tenant.id,
        membership_id=member.id,
    )
    await op.db.transact(lambda tx: token_families.insert(tx, replace(family, **changes)))
    return session.id, family.id, member.id


async def live(deployment: Deployment, session_id: str, family_id: str) -> tuple[bool, bool]:
    """Whether a session and a family count."""
    db, now = deployment.op.db, deployment.op.now()
    session = await sessions.find_live(db, session_id, now=now)
    return session is not None, await token_families.find_live(db, family_id, now=now) is not None


async def test_a_new_tenant_has_the_roles_of_the_template_and_its_owner(deployment: Deployment) -> None:
    op = deployment.op
    owner = await make_user(op)
    made = await rules.create(
        op,
        await command(deployment),
        slug="acme",
        name="ACME",
        plan="standard",
        max_users=3,
        owner_id=owner.id,
        reason="signed the contract",
        origin=HERE,
    )
    tenant = await tenants.get_by_slug(op.db, "acme")
    assert (tenant.id, tenant.status, tenant.plan, tenant.max_users) == (made.tenant.id, "active", "standard", 3)
    names = [each.name for each in await roles.every(op.db, tenant.id)]
    assert sorted(names) == sorted(each.name for each in await roles.every(op.db, ROLE_TEMPLATE))
    member = await memberships.of_person(op.db, tenant.id, owner.id)
    assert member is not None
    assert (member.role, member.status) == ("owner", "active")
    (noted,) = await tenant_changes.page(op.db, tenant_id=tenant.id)
    assert (noted.action_type, noted.status, noted.reason) == ("created", "done", "signed the contract")
    assert noted.new_values["max_users"] == 3
    assert "tenant:record:created" in await actions(deployment)
    (joined,) = await audit_log.page(op.db, action="tenant:member:joined")
    assert (joined.tenant_id, joined.resource_id) == (tenant.id, owner.id)
    assert joined.metadata == {"membership_id": member.id, "role": "owner", "way": "added"}


@pytest.mark.parametrize("slug", ["", "a", "-acme", "acme-", "Acme", "ac me", "xn--acme", "a" * 64, "admin", "system"])
async def test_a_slug_is_the_label_of_a_host_and_not_reserved(deployment_on_sqlite: Deployment, slug: str) -> None:
    with pytest.raises(InvalidRecord, match="slug"):
        await rules.create(
            deployment_on_sqlite.op, await command(deployment_on_sqlite), slug=slug, name="ACME", origin=HERE
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "two\nlines"},
        {"plan": "gold"},
        {"max_users": 0},
        {"max_users": True},
        {"plan_expires_at": -1},
        {"settings": {"nothing": 1}},
        {"status": "active"},
        {"id": "another"},
        {"tenant_type": "service_provider"},
    ],
    ids=str,
)
async def test_P02_what_may_not_be_chosen_is_refused(deployment_on_sqlite: Deployment, wrong: dict[str, Any]) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    with pytest.raises(InvalidRecord):
        await rules.update(op, await command(deployment_on_sqlite), tenant.id, wrong, origin=HERE)


async def test_the_owner_describes_the_tenant_and_the_service_provider_sells_the_plan(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner = await acting(op, await make_member(op, tenant, "owner"))
    finance = await acting(op, await make_staff(op, "finance_admin"))

    changed = await rules.update(op, owner, tenant.id, {"name": "ACME Inc."}, origin=HERE)
    assert (changed.tenant.name, changed.is_waiting) == ("ACME Inc.", False)
    with pytest.raises(Forbidden):
        await rules.update(op, owner, tenant.id, {"max_users": 9999}, origin=HERE)
    sold = await rules.update(op, finance, tenant.id, {"plan": "premium", "max_users": 9999}, origin=HERE)
    assert sold.change is not None
    assert sold.change.action_type == "plan_changed"
    assert sold.change.old_values == {"plan": "free", "max_users": 100}
    assert (await tenants.get(op.db, tenant.id)).max_users == 9999
    with pytest.raises(InvalidRecord, match="approvals"):
        await rules.update(op, owner, tenant.id, {"settings": {"approvals": ["deleted"]}}, origin=HERE)
    unchanged = await rules.update(op, owner, tenant.id, {"name": "ACME Inc."}, origin=HERE)
    assert unchanged.change is None


async def test_O01_no_slug_takes_the_place_of_another_tenants_id(deployment: Deployment) -> None:
    op, actor = deployment.op, await command(deployment)
    victim = await make_tenant(op, "victim")
    for slug in (victim.id, uuid7()):
        with pytest.raises(InvalidRecord, match="a slug does not look like an id"):
            await rules.create(op, actor, slug=slug, name="Imposter", origin=HERE)
    # One that got there before this was refused names nobody's tenant but its own.
    imposter = replace(victim, id=uuid7(), slug=victim.id, name="Imposter")
    await op.db.transact(lambda tx: tenants.insert(tx, imposter))
    assert await rules.get(op, actor, victim.id) == victim
    assert (await rules.get(op, actor, "victim")).id == victim.id


async def test_O01_to_people_of_another_tenant_it_does_not_exist(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    stranger = await acting(op, await make_member(op, other, "owner"))
    said = set()
    for tenant_id in (tenant.id, "0192f0c2-0000-7000-8000-000000000000"):
        with pytest.raises(NotFound) as refused:
            await rules.update(op, stranger, tenant_id, {"name": "Mine"}, origin=HERE)
        said.add(str(refused.value).replace(tenant_id, "ID"))
        with pytest.raises(NotFound):
            await rules.suspend(op, stranger, tenant_id, origin=HERE)
    assert said == {"no tenant has the id ID"}


async def test_O05_suspending_ends_what_was_issued_and_resuming_does_not_bring_it_back(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    session_id, family_id, _ = await issued(deployment, tenant)
    kept = await issued(deployment, other)
    staff = await acting(op, await make_staff(op, "admin"))

    suspended = await rules.suspend(op, staff, tenant.id, reason="unpaid", origin=HERE)

    assert suspended.tenant.status == "suspended"
    assert await live(deployment, session_id, family_id) == (False, False)
    assert await live(deployment, *kept[:2]) == (True, True)
    await rules.resume(op, staff, tenant.id, origin=HERE)
    assert await live(deployment, session_id, family_id) == (False, False)
    with pytest.raises(Conflict, match="not suspended"):
        await rules.resume(op, staff, tenant.id, origin=HERE)
    assert {"tenant:status:suspended", "tenant:status:resumed"} <= set(await actions(deployment))


async def test_O05_nothing_of_a_deleted_tenant_comes_back(deployment: Deployment) -> None:
    op, actor = deployment.op, await command(deployment)
    tenant = await make_tenant(op)
    session_id, family_id, _ = await issued(deployment, tenant)
    _, code = await join_codes.create(op, actor, tenant.id, seat=Seat(), origin=HERE)
    await rules.delete(op, actor, tenant.id, reason="closed", origin=HERE)

    assert await live(deployment, session_id, family_id) == (False, False)
    assert await tenants.find(op.db, tenant.id) is None
    with pytest.raises(Conflict, match="taken"):
        await rules.create(op, actor, slug=tenant.slug, name="ACME", origin=HERE)
    for act in (rules.resume, rules.suspend, rules.delete):
        with pytest.raises(NotFound):
            await act(op, actor, tenant.id, origin=HERE)
    person = await make_user(op)
    with pytest.raises(LoginRefused, match="join_code_wrong"):
        await join_codes.join(op, person.id, code, origin=HERE)


@pytest.mark.parametrize("special", [SYSTEM, ROLE_TEMPLATE])
async def test_the_special_tenants_stay_and_nobody_joins_them(deployment: Deployment, special: str) -> None:
    op, actor = deployment.op, await command(deployment)
    for act in (rules.suspend, rules.delete):
        with pytest.raises(Conflict):
            await act(op, actor, special, origin=HERE)
    with pytest.raises(Conflict):
        await rules.update(op, actor, special, {"plan": "free"}, origin=HERE)
    with pytest.raises(Conflict):
        await join_codes.create(op, actor, special, seat=Seat(), origin=HERE)


async def test_what_takes_a_second_person_waits_for_one(deployment: Deployment) -> None:
    op = deployment.op
    await demand(deployment, "suspended")
    tenant = await make_tenant(op)
    first, second = [await acting(op, await make_staff(op, "super_admin")) for _ in range(2)]

    asked = await rules.suspend(op, first, tenant.id, reason="unpaid", origin=HERE)

    assert asked.is_waiting
    assert asked.change is not None
    assert (await tenants.get(op.db, tenant.id)).status == "active"
    with pytest.raises(SamePerson, match="second person"):
        await management.approve(op, first, asked.change.id, origin=HERE)
    with pytest.raises(InvalidRecord, match="who decides"):
        await management.approve(op, await command(deployment), asked.change.id, origin=HERE)
    done = await management.approve(op, second, asked.change.id, origin=HERE)
    assert (done.tenant.status, done.change and done.change.approved_by) == ("suspended", second.user_id)
    with pytest.raises(Conflict):
        await management.approve(op, second, asked.change.id, origin=HERE)
    assert {"tenant:change:requested", "tenant:change:approved"} <= set(await actions(deployment))


async def test_what_was_rejected_does_not_happen(deployment: Deployment) -> None:
    op = deployment.op
    await demand(deployment, "created", "plan_changed")
    first, second = [await acting(op, await make_staff(op, "super_admin")) for _ in range(2)]
    made = await rules.create(op, first, slug="acme", name="ACME", origin=HERE)
    assert (made.tenant.status, made.is_waiting) == ("suspended", True)
    with pytest.raises(Conflict, match="waits"):
        await rules.resume(op, first, made.tenant.id, origin=HERE)
    with pytest.raises(Conflict, match="waits for somebody to approve that it was added as it is"):
        await rules.update(op, first, made.tenant.id, {"name": "Evil"}, origin=HERE)
    assert made.change is not None
    await management.reject(op, second, made.change.id, origin=HERE)
    assert await tenants.find(op.db, made.tenant.id) is None

    kept = await rules.create(op, first, slug="other", name="Other", origin=HERE)
    assert kept.change is not None
    await management.approve(op, second, kept.change.id, origin=HERE)
    assert (await tenants.get(op.db, kept.tenant.id)).status == "active"
    plan = await rules.update(op, first, kept.tenant.id, {"max_users": 5}, origin=HERE)
    assert plan.change is not None
    await management.reject(op, second, plan.change.id, origin=HERE)
    assert (await tenants.get(op.db, kept.tenant.id)).max_users == 100
    assert "tenant:change:rejected" in await actions(deployment)


async def test_what_waits_is_not_done_to_a_tenant_that_was_changed_since(deployment: Deployment) -> None:
    op = deployment.op
    await demand(deployment, "plan_changed")
    tenant = await make_tenant(op)
    first, second = [await acting(op, await make_staff(op, "super_admin")) for _ in range(2)]
    asked = [await rules.update(op, first, tenant.id, {"max_users": most}, origin=HERE) for most in (5, 6)]
    changes = [each.change for each in asked if each.change is not None]
    await management.approve(op, second, changes[0].id, origin=HERE)
    with pytest.raises(Conflict, match="changed since"):
        await management.approve(op, second, changes[1].id, origin=HERE)
    waiting = await management.log(op, second, tenant_id=tenant.id, status="waiting")
    assert [each.id for each in waiting] == [changes[1].id]


async def test_P03_the_list_of_what_takes_two_is_not_shortened_by_one(deployment: Deployment) -> None:
    op = deployment.op
    await demand(deployment, "deleted")
    alone = await acting(op, await make_staff(op, "super_admin"))
    asked = await rules.update(op, alone, SYSTEM, {"settings": {"approvals": []}}, origin=HERE)
    assert asked.is_waiting
    assert (await tenants.get(op.db, SYSTEM)).settings == {"approvals": ["deleted"]}


@pytest.mark.parametrize(
    ("given", "refusal"),
    [({"owner_id": "0192f0c2-0000-7000-8000-000000000000"}, NotFound), ({"reason": "two\nlines"}, InvalidRecord)],
    ids=["owner", "reason"],
)
async def test_Q01_a_tenant_that_cannot_be_added_is_not_there_in_part(
    deployment: Deployment, given: dict[str, str], refusal: type[Exception]
) -> None:
    op = deployment.op
    with pytest.raises(refusal):
        await rules.create(op, await command(deployment), slug="acme", name="Acme", origin=HERE, **given)
    assert not await tenants.is_taken(op.db, "acme")
    assert "tenant:created" not in str(await actions(deployment))
    assert [each["tenant_id"] for each in await op.db.all("SELECT DISTINCT tenant_id FROM roles ORDER BY 1")] == [
        ROLE_TEMPLATE,
        SYSTEM,
    ]
