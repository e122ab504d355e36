"""Staff of the service provider: their roles count only with all that is asked of them."""

from typing import Any

import pytest

from hibana_op.foundation.errors import Conflict, Forbidden, InvalidRecord, NotFound, TooStrong
from hibana_op.records import audit_log, provider_staff
from hibana_op.tenancy import actors, staff
from hibana_op.tenancy.access import IN_DEPLOYMENT, Where, may
from tests.deployment import Deployment
from tests.make import make_user
from tests.pages.account.visiting import signed_in
from tests.tenancy.authority import HERE, acting, give, make_member, make_staff, make_tenant

TWO, ONE = "urn:hibana:loa:2", "urn:hibana:loa:1"


@pytest.mark.parametrize(
    ("asked", "proof", "expected"),
    [
        ([{"auth_type": "password"}], {"acr": ONE, "amr": ["pwd"]}, True),
        ([{"auth_type": "mfa"}], {"acr": ONE, "amr": ["pwd"]}, False),
        ([{"auth_type": "mfa"}], {"acr": TWO, "amr": ["pwd", "otp", "mfa"]}, True),
        ([{"auth_type": "mfa"}], {"acr": "urn:hibana:loa:3"}, True),
        ([{"auth_type": "mfa"}], {"acr": "urn:hibana:loa:22"}, False),
        ([{"auth_type": "mfa"}], {}, False),
        ([{"auth_type": "password"}], {}, False),
        ([{"auth_type": "sso"}], {"amr": ["fed"]}, False),
        ([{"auth_type": "password", "is_active": False}], {}, True),
        ([{"auth_type": "sso"}], {"acr": TWO, "amr": ["pwd", "otp"]}, False),
        ([{"auth_type": "sso"}], {"acr": ONE, "amr": ["fed"]}, True),
        ([{"auth_type": "sso"}, {"auth_type": "mfa"}], {"acr": ONE, "amr": ["fed"]}, False),
        ([{"auth_type": "sso"}, {"auth_type": "mfa"}], {"acr": TWO, "amr": ["fed", "otp"]}, True),
        ([{"auth_type": "mfa", "is_active": False}], {"acr": ONE}, True),
        ([{"auth_type": "password", "cidrs": ["192.0.2.0/24"]}], {"acr": ONE}, True),
        ([{"auth_type": "password", "cidrs": ["192.0.2.0/24"]}], {"acr": ONE, "ip": "::ffff:192.0.2.1"}, True),
        ([{"auth_type": "password", "cidrs": ["192.0.2.0/24"]}], {"acr": ONE, "ip": "198.51.100.1"}, False),
        ([{"auth_type": "password", "cidrs": ["192.0.2.0/24"]}], {"acr": ONE, "ip": None}, False),
    ],
    ids=str,
)
async def test_P08_roles_of_the_deployment_count_with_all_that_is_asked(
    deployment: Deployment, asked: list[dict[str, Any]], proof: dict[str, Any], expected: bool
) -> None:
    op = deployment.op
    person = await make_staff(op, "admin")
    tenant = await make_tenant(op)
    await make_member(op, tenant, "owner", user=person)
    other = await make_staff(op, "admin")
    for each in asked:
        await staff.put(op, await actors.command(op), person.id, origin=HERE, **each)

    actor = await acting(op, person, **proof)

    assert may(actor, "users:delete", IN_DEPLOYMENT) is expected
    assert may(actor, "clients:create", Where(tenant_id=tenant.id))
    assert may(await acting(op, other), "users:delete", IN_DEPLOYMENT)


async def test_what_is_asked_of_staff_ends_their_roles_on_its_day(deployment: Deployment) -> None:
    op = deployment.op
    person = await make_staff(op, "admin")
    until = op.now() + 60
    command = await actors.command(op)
    made = await staff.put(op, command, person.id, auth_type="password", expires_at=until, origin=HERE)
    assert may(await acting(op, person, acr=ONE), "users:read", IN_DEPLOYMENT)

    deployment.clock.advance(60)

    assert not may(await acting(op, person, acr=ONE), "users:read", IN_DEPLOYMENT)
    with pytest.raises(InvalidRecord, match="future"):
        await staff.put(op, command, person.id, auth_type="password", expires_at=op.now(), origin=HERE)
    renewed = await staff.put(op, command, person.id, auth_type="password", cidrs=["::ffff:192.0.2.10"], origin=HERE)
    assert (renewed.id, renewed.expires_at, renewed.cidrs) == (made.id, None, ("192.0.2.10/32",))
    assert may(await acting(op, person, acr=ONE), "users:read", IN_DEPLOYMENT)
    await staff.remove(op, command, person.id, "password", origin=HERE)
    with pytest.raises(NotFound, match="password is not asked"):
        await staff.remove(op, command, person.id, "password", origin=HERE)
    told = [each.action for each in await audit_log.page(op.db, limit=3)]
    assert told == ["user:staff_requirement:removed", *["user:staff_requirement:set"] * 2]


async def test_it_is_noted_when_staff_brought_all_that_is_asked(deployment: Deployment) -> None:
    op = deployment.op
    person = await make_staff(op, "admin")
    await staff.put(op, await actors.command(op), person.id, auth_type="mfa", origin=HERE)
    for acr, expected in ((ONE, None), (TWO, op.now())):
        await op.db.transact(
            lambda tx, acr=acr: provider_staff.note_sign_in(  # type: ignore[misc]
                tx, person.id, acr=acr, amr=(), ip=HERE.ip, now=op.now()
            )
        )
        found = await provider_staff.find(op.db, person.id, "mfa")
        assert found is not None
        assert found.last_used_at == expected


async def test_P03_what_staff_must_bring_is_said_by_somebody_else_who_may_do_as_much(deployment: Deployment) -> None:
    op = deployment.op
    chief, second, admin = [await make_staff(op, role) for role in ("super_admin", "super_admin", "admin")]
    actor = await acting(op, chief)

    with pytest.raises(Conflict, match="another administrator"):
        await staff.put(op, actor, chief.id, auth_type="mfa", origin=HERE)
    await staff.put(op, actor, second.id, auth_type="mfa", origin=HERE)
    with pytest.raises(Conflict, match="another administrator"):
        await staff.remove(op, await acting(op, second, acr=TWO), second.id, "mfa", origin=HERE)
    with pytest.raises(Forbidden, match="staff:create"):
        await staff.put(op, await acting(op, admin), second.id, auth_type="sso", origin=HERE)
    await give(op, await make_user(op), "viewer")
    for role in await op.db.all("SELECT id FROM roles WHERE name = 'admin' AND tenant_id = 'system'"):
        await op.db.run("UPDATE roles SET permissions_json = '[\"staff:*\"]' WHERE id = :id", id=role["id"])
    with pytest.raises(TooStrong):
        await staff.put(op, await acting(op, admin), second.id, auth_type="sso", origin=HERE)
    with pytest.raises(TooStrong):
        await staff.remove(op, await acting(op, admin), second.id, "mfa", origin=HERE)
    with pytest.raises(NotFound):
        await staff.put(op, actor, "nobody", auth_type="mfa", origin=HERE)
    with pytest.raises(Forbidden, match="staff:read"):
        await staff.page(op.db, await acting(op, await make_staff(op, "viewer")))
    assert [each.user_id for each in await staff.page(op.db, actor)] == [second.id]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"auth_type": "token"}, "auth_type"),
        ({"auth_type": "mfa", "cidrs": ["the office"]}, "cidrs"),
        ({"auth_type": "mfa", "cidrs": ["192.0.2.1"] * 51}, "at most"),
    ],
    ids=["type", "network", "too many"],
)
async def test_an_unsound_requirement_is_refused(
    deployment_on_sqlite: Deployment, wrong: dict[str, Any], said: str
) -> None:
    op = deployment_on_sqlite.op
    person = await make_user(op)
    with pytest.raises(InvalidRecord, match=said):
        await staff.put(op, await actors.command(op), person.id, origin=HERE, **wrong)


async def test_the_people_of_all_tenants_are_for_those_who_may_see_people_everywhere(deployment: Deployment) -> None:
    op = deployment.op
    ours, theirs = await make_tenant(op), await make_tenant(op, "other")
    both = await make_member(op, ours, "owner")
    await make_member(op, theirs, user=both)
    await give(op, both, "guest", tenant=ours)
    await give(op, both, "department_manager", tenant=ours)
    await give(op, both, "support")
    left = await make_member(op, theirs, status="left")
    actor = await acting(op, await make_staff(op, "auditor"))

    found = await staff.people_of_tenants(op.db, actor)
    assert [(each.user_id, each.tenant_name, each.membership_role, each.roles) for each in found] == [
        (both.id, "Acme", "owner", ("department_manager", "guest")),
        (both.id, "Other", "member", ()),
    ]
    page = await staff.people_of_tenants(op.db, actor, limit=1)
    rest = await staff.people_of_tenants(op.db, actor, after=page[0].membership_id)
    assert page + rest == found
    for filters, expected in (
        ({"tenant_id": theirs.id}, [both.id]),
        ({"status": "left"}, [left.id]),
        ({"role": "owner"}, [both.id]),
        ({"role": "guest"}, [both.id]),
        ({"role": "tenant_admin"}, []),
        ({"q": both.email[:20].upper()}, [both.id] * 2),
        ({"q": "100%"}, []),
    ):
        got = await staff.people_of_tenants(op.db, actor, **filters)  # type: ignore[arg-type]
        assert [each.user_id for each in got] == expected, filters
    with pytest.raises(Forbidden, match="users:read"):
        await staff.people_of_tenants(op.db, await acting(op, await make_member(op, ours, "owner")))


async def test_a_sign_in_that_brings_all_that_is_asked_is_noted_on_the_way(deployment: Deployment) -> None:
    op = deployment.op
    person = await make_user(op)
    await staff.put(op, await actors.command(op), person.id, auth_type="password", origin=HERE)

    await signed_in(deployment, person)

    (asked,) = await provider_staff.active_of_user(op.db, person.id)
    assert asked.last_used_at == op.now()
