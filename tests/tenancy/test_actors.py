"""Who acts: what people hold at this moment, and what does not count."""

from typing import Any

import pytest

from hibana_op.oauth.claims import load_person
from hibana_op.records import memberships, policies
from hibana_op.records.permissions import catalogue
from hibana_op.records.policies import Destination
from hibana_op.records.tenants import ROLE_TEMPLATE
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import IN_DEPLOYMENT, Where, may, reaches
from hibana_op.tenancy.places import at
from tests.deployment import Deployment
from tests.policies import choose
from tests.tenancy.authority import acting, give, make_member, make_staff, make_tenant, make_unit


async def test_people_hold_what_their_membership_and_their_roles_give(deployment: Deployment) -> None:
    op = deployment.op
    ours, theirs = await make_tenant(op), await make_tenant(op, "other")
    unit = await make_unit(op, ours)
    below = await make_unit(op, ours, above=unit)
    person = await make_member(op, ours)
    await make_member(op, theirs, "admin", user=person)
    await give(op, person, "department_manager", tenant=ours, unit=unit)

    actor = await acting(op, person)

    assert {(each.role, each.tenant_id, each.unit_path) for each in actor.granted} == {
        ("user", ours.id, ""),
        ("department_manager", ours.id, unit.path),
        ("tenant_admin", theirs.id, ""),
    }
    assert may(actor, "units:update", Where(tenant_id=ours.id, unit_path=below.path))
    assert not may(actor, "units:update", Where(tenant_id=ours.id))
    assert may(actor, "units:update", Where(tenant_id=theirs.id))
    assert not may(actor, "users:read", IN_DEPLOYMENT)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE tenant_memberships SET status = 'suspended'",
        "UPDATE tenant_memberships SET status = 'left'",
        "UPDATE tenants SET status = 'suspended' WHERE slug = 'acme'",
    ],
)
async def test_O05_what_is_held_in_a_tenant_ends_with_the_membership_and_with_the_tenant(
    deployment: Deployment, change: str
) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    person = await make_member(op, tenant, "owner")
    await give(op, person, "tenant_admin", tenant=tenant)
    assert reaches(await acting(op, person), tenant.id)

    await op.db.run(change)

    actor = await acting(op, person)
    assert actor.granted == ()
    assert not reaches(actor, tenant.id)


async def test_a_role_in_a_unit_ends_with_the_unit(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    unit = await make_unit(op, tenant)
    person = await make_member(op, tenant)
    await give(op, person, "department_manager", tenant=tenant, unit=unit)

    await op.db.run("UPDATE organization_units SET status = 'inactive'")

    assert [each.role for each in (await acting(op, person)).granted] == ["user"]


async def test_P03_a_role_in_a_unit_counts_while_the_unit_and_all_above_it_are_active(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    top = await make_unit(op, tenant)
    middle = await make_unit(op, tenant, above=top)
    unit, beside = await make_unit(op, tenant, above=middle), await make_unit(op, tenant)
    below = await make_unit(op, tenant, above=unit)
    person = await make_member(op, tenant)
    await give(op, person, "department_manager", tenant=tenant, unit=unit)
    await op.db.run("UPDATE roles SET requires_acr = 'phr' WHERE tenant_id = :id", id=tenant.id)
    membership = await memberships.of_person(op.db, tenant.id, person.id)
    assert membership is not None

    async def counts() -> tuple[bool, bool, bool]:
        """In what the person may, in what apps are told, and in what is asked of the sign-in."""
        told = await load_person(op.db, person.id, now=op.now(), membership_id=membership.id)
        assert told is not None
        chosen = await policies.of_person(op.db, person.id, to=Destination(tenant=tenant.id), now=op.now())
        asked = "phr" in chosen.classes
        actor = await acting(op, person, acr="phr")
        return may(actor, "units:update", at(below)), bool(told.unit_roles), asked

    await op.db.run("UPDATE roles SET requires_acr = NULL WHERE tenant_id = :id AND name = 'user'", id=tenant.id)
    for inactive, expected in ((beside, True), (below, True), (unit, False), (middle, False), (top, False)):
        await op.db.run("UPDATE organization_units SET status = 'inactive' WHERE id = :id", id=inactive.id)
        assert await counts() == (expected,) * 3, inactive
        await op.db.run("UPDATE organization_units SET status = 'active'")
        assert await counts() == (True,) * 3


async def test_P03_a_role_counts_only_where_it_belongs(deployment: Deployment) -> None:
    op = deployment.op
    ours, theirs = await make_tenant(op), await make_tenant(op, "other")
    person = await make_member(op, ours)
    await give(op, person, "tenant_owner", tenant=theirs)
    assignment = await give(op, person, "tenant_owner", tenant=ours)
    await op.db.run("UPDATE user_roles SET scope_type = 'deployment', tenant_id = NULL WHERE id = :id", id=assignment)

    assert [each.role for each in (await acting(op, person)).granted] == ["user"]


async def test_what_was_taken_away_since_is_not_renewed(deployment: Deployment) -> None:
    op = deployment.op
    person = await make_staff(op, "admin")
    await give(op, person, "viewer")
    before = await acting(op, person)

    await op.db.run("DELETE FROM user_roles WHERE role_id = 'role-admin'")
    after = await op.db.read(lambda tx: actors.renewed(tx, before, now=op.now()))

    assert [each.role for each in after.granted] == ["viewer"]
    command = await actors.command(op)
    assert await op.db.read(lambda tx: actors.renewed(tx, command, now=op.now())) is command


async def test_every_permission_of_a_shipped_role_is_in_the_catalogue(deployment: Deployment) -> None:
    op = deployment.op
    known = await catalogue(op.db)
    rows: list[Any] = list(await op.db.all("SELECT name, tenant_id, permissions_json FROM roles"))
    assert {row["name"] for row in rows} >= {"super_admin", "tenant_owner", "server_manager"}
    for row in rows:
        level = "tenant" if row["tenant_id"] == ROLE_TEMPLATE else "deployment"
        names = {name for kind, _, name in known if kind == level}
        patterns = row["permissions_json"].strip("[]").replace('"', "").split(",")
        for pattern in patterns:
            assert pattern == "*" or any(
                name == pattern or name.startswith(pattern.removesuffix("*")) for name in names
            ), f"{row['name']}: {pattern}"


@pytest.mark.parametrize("asks", ["role", "tenant"])
async def test_P01_what_a_role_or_a_tenant_asks_of_the_sign_in_is_asked_of_the_token(
    deployment: Deployment, asks: str
) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    person = await make_member(op, tenant, "admin")
    await make_member(op, other, "admin", user=person)
    if asks == "tenant":
        await choose(op, tenant.id, sign_in={"acr": "phr"})
    else:
        await op.db.run(
            "UPDATE roles SET requires_acr = 'phr' WHERE tenant_id = :id AND name = 'tenant_admin'", id=tenant.id
        )

    async def tenants_of(**proof: Any) -> set[str | None]:
        return {each.tenant_id for each in (await acting(op, person, **proof)).granted}

    assert await tenants_of(acr="urn:hibana:loa:2", amr=("pwd", "otp", "mfa")) == {other.id}
    assert await tenants_of(acr="urn:hibana:loa:1", amr=("swk",)) == {tenant.id, other.id}
    assert await tenants_of(acr="urn:hibana:loa:3") == {tenant.id, other.id}
    by_key = {other.id} if asks == "role" else {tenant.id, other.id}
    assert await tenants_of() == by_key, "a key is no sign-in"
