"""Roles, who holds them, from where people act and what staff must bring, by the API."""

from hibana_op.foundation.ids import uuid7
from hibana_op.records.administrators import SUPER_ADMIN
from tests.api.credentials import ask, person_token, with_role
from tests.deployment import Deployment
from tests.make import make_member, make_tenant, make_user
from tests.tenancy.authority import give, make_role, make_unit


async def test_P03_a_role_gives_no_more_than_its_maker_holds(deployment: Deployment) -> None:
    op = deployment.op
    tenant, user = await make_tenant(op), await make_user(op)
    await make_member(op, tenant, user)
    await make_role(op, tenant, ["roles:*", "users:read"], "role-maker")
    await give(op, user, "role-maker", tenant=tenant)
    stronger = await make_role(op, tenant, ["clients:*"], "app-maker")
    token = await person_token(op, user)
    body = {"tenant_id": tenant.id, "name": "reader", "permissions": ["users:read"]}

    made = await ask(deployment, "POST", "/roles", token, json=body)
    assert (made.status_code, made.json()["permissions"]) == (201, ["users:read"])
    for permissions in (["*"], ["users:read", "clients:read"], ["memberships:*"]):
        wider = {**body, "name": "wider", "permissions": permissions}
        assert (await ask(deployment, "POST", "/roles", token, json=wider)).status_code == 403
        changed = {"permissions": permissions}
        path = f"/roles/{made.json()['id']}"
        assert (await ask(deployment, "PATCH", path, token, json=changed)).status_code == 403
    path = f"/roles/{stronger.id}"
    assert (await ask(deployment, "PATCH", path, token, json={"permissions": ["users:read"]})).status_code == 403
    assert (await ask(deployment, "DELETE", path, token)).status_code == 403
    same = await ask(deployment, "POST", "/roles", token, json=body)
    unknown = await ask(
        deployment, "POST", "/roles", token, json={**body, "name": "x", "permissions": ["tenants:sell"]}
    )
    assert (same.status_code, unknown.status_code) == (409, 422)


async def test_roles_of_the_deployment_and_of_tenants_are_lists_of_their_own(deployment: Deployment) -> None:
    op = deployment.op
    tenant, owner = await make_tenant(op), await make_user(op)
    await make_member(op, tenant, owner, role="owner")
    root, token = await person_token(op, await with_role(op, "super_admin")), await person_token(op, owner)

    own = (await ask(deployment, "GET", "/roles", root)).json()["items"]
    theirs = (await ask(deployment, "GET", "/roles", token, params={"tenant_id": tenant.id})).json()["items"]

    assert "super_admin" in {each["name"] for each in own}
    assert {each["tenant_id"] for each in own} == {None}
    assert {each["tenant_id"] for each in theirs} == {tenant.id}
    assert (await ask(deployment, "GET", "/roles", token)).status_code == 403
    assert (await ask(deployment, "GET", f"/roles/{SUPER_ADMIN}", token)).status_code == 404
    everything = next(each for each in theirs if each["name"] == "tenant_owner")
    kept = await ask(deployment, "PATCH", f"/roles/{everything['id']}", token, json={"permissions": []})
    assert kept.status_code == 409


async def test_P03_roles_are_given_and_taken_by_those_who_hold_as_much(deployment: Deployment) -> None:
    op = deployment.op
    root, admin = await with_role(op, "super_admin"), await with_role(op, "admin")
    user = await make_user(op)
    as_root, as_admin = await person_token(op, root), await person_token(op, admin)
    body = {"user_id": user.id, "role_id": SUPER_ADMIN}

    for target in (admin.id, user.id):
        refused = await ask(deployment, "POST", "/role-assignments", as_admin, json={**body, "user_id": target})
        assert refused.status_code == 403
    query = {"user_id": root.id}
    (held,) = (await ask(deployment, "GET", "/role-assignments", as_admin, params=query)).json()["items"]
    path = f"/role-assignments/{held['id']}"
    assert (await ask(deployment, "DELETE", path, as_admin)).status_code == 403
    assert (await ask(deployment, "DELETE", path, as_root)).status_code == 409, "the last super administrator stays"
    assert (await ask(deployment, "POST", "/role-assignments", as_root, json=body)).status_code == 201
    assert (await ask(deployment, "POST", "/role-assignments", as_root, json=body)).status_code == 409
    assert (await ask(deployment, "DELETE", path, as_root)).status_code == 204


async def test_a_role_in_a_unit_counts_in_it_and_below(deployment: Deployment) -> None:
    op = deployment.op
    tenant, owner, user = await make_tenant(op), await make_user(op), await make_user(op)
    await make_member(op, tenant, owner, role="owner")
    member = await make_member(op, tenant, user)
    unit = await make_unit(op, tenant)
    below = await make_unit(op, tenant, above=unit)
    token, theirs = await person_token(op, owner), await person_token(op, user)
    listed = await ask(deployment, "GET", "/roles", token, params={"tenant_id": tenant.id})
    role = next(each for each in listed.json()["items"] if each["name"] == "department_manager")
    assert (await ask(deployment, "GET", f"/units/{below.id}", theirs)).status_code == 403
    body = {"tenant_id": tenant.id, "unit_id": unit.id, "user_id": user.id, "role_id": role["id"]}

    given = await ask(deployment, "POST", "/role-assignments", token, json=body)

    assert (given.json()["unit_id"], given.json()["assigned_by"]) == (unit.id, owner.id)
    assert (await ask(deployment, "GET", f"/units/{below.id}", theirs)).status_code == 200
    assert (await ask(deployment, "GET", f"/memberships/{member.id}", theirs)).status_code == 404
    assert (await ask(deployment, "DELETE", f"/role-assignments/{given.json()['id']}", token)).status_code == 204
    assert (await ask(deployment, "GET", f"/units/{below.id}", theirs)).status_code == 403


async def test_P08_nobody_shuts_themselves_out_without_saying_so(deployment: Deployment) -> None:
    op = deployment.op
    tenant, owner, admin = await make_tenant(op), await make_user(op), await make_user(op)
    await make_member(op, tenant, owner, role="owner")
    await make_member(op, tenant, admin, role="admin")
    token = await person_token(op, admin)
    body = {"tenant_id": tenant.id, "cidr": "198.51.100.0/24", "user_id": admin.id}

    refused = await ask(deployment, "POST", "/ip-allowlists", token, json=body)
    assert (refused.status_code, "confirm" in refused.json()["detail"]) == (409, True)
    made = await ask(deployment, "POST", "/ip-allowlists", token, json={**body, "confirm": True})
    assert made.status_code == 201
    query = {"tenant_id": tenant.id}
    assert (await ask(deployment, "GET", "/ip-allowlists", token, params=query)).status_code in (403, 404)

    theirs, path = await person_token(op, owner), f"/ip-allowlists/{made.json()['id']}"
    eased = await ask(deployment, "PATCH", path, theirs, json={"is_active": False})
    assert eased.json()["is_active"] is False
    assert (await ask(deployment, "GET", "/ip-allowlists", token, params=query)).status_code == 200
    wrong = await ask(deployment, "PATCH", path, theirs, json={"cidr": "198.51.100.1/99"})
    assert wrong.status_code == 422
    assert (await ask(deployment, "DELETE", path, theirs, params={"confirm": "true"})).status_code == 204


async def test_what_staff_must_bring_decides_whether_their_roles_count(deployment: Deployment) -> None:
    op = deployment.op
    root, support = await with_role(op, "super_admin"), await with_role(op, "support")
    as_root, theirs = await person_token(op, root), await person_token(op, support)
    body = {"user_id": support.id, "auth_type": "mfa"}
    assert (await ask(deployment, "GET", "/users", theirs)).status_code == 200

    made = await ask(deployment, "POST", "/staff", as_root, json=body)
    assert made.status_code == 201, made.text
    path = f"/staff/{made.json()['id']}"
    assert (await ask(deployment, "GET", "/users", theirs)).status_code == 403
    assert (await ask(deployment, "POST", "/staff", as_root, json=body)).status_code == 409
    own = await ask(deployment, "POST", "/staff", as_root, json={**body, "user_id": root.id})
    assert own.status_code == 409, "nobody says what they must bring themselves"
    eased = await ask(deployment, "PATCH", path, as_root, json={"is_active": False, "cidrs": ["192.0.2.0/24"]})
    assert (eased.json()["is_active"], eased.json()["cidrs"]) == (False, ["192.0.2.0/24"])
    assert (await ask(deployment, "GET", "/users", theirs)).status_code == 200
    assert (await ask(deployment, "DELETE", path, as_root)).status_code == 204
    assert (await ask(deployment, "GET", path, as_root)).status_code == 404
    assert (await ask(deployment, "PATCH", f"/staff/{uuid7()}", as_root, json={})).status_code == 404


async def test_assignments_are_listed_for_a_unit_and_for_what_reaches_it(deployment: Deployment) -> None:
    op = deployment.op
    tenant, owner, user = await make_tenant(op), await make_user(op), await make_user(op)
    await make_member(op, tenant, owner, role="owner")
    await make_member(op, tenant, user)
    unit = await make_unit(op, tenant)
    below = await make_unit(op, tenant, above=unit)
    given = [
        await give(op, user, "guest", tenant=tenant),
        await give(op, user, "guest", tenant=tenant, unit=unit),
        await give(op, user, "department_manager", tenant=tenant, unit=below),
    ]
    lead = await make_role(op, tenant, ["role-assignments:read"], "lead")
    token, theirs = await person_token(op, owner), await person_token(op, user)

    async def found(token: str, **query: str) -> list[str] | int:
        params = {"tenant_id": tenant.id, **query}
        answer = await ask(deployment, "GET", "/role-assignments", token, params=params)
        return [each["id"] for each in answer.json()["items"]] if answer.status_code == 200 else answer.status_code

    assert await found(token) == given
    assert await found(token, unit_id=below.id) == given[2:]
    assert await found(token, unit_id=below.id, from_above="true") == given
    assert await found(token, unit_id=unit.id, from_above="true", limit="1") == given[:1]
    assert await found(token, unit_id=uuid7()) == 404
    assert await found(token, from_above="true") == 422
    given.append(await give(op, user, lead.name, tenant=tenant, unit=unit))
    assert await found(theirs, unit_id=unit.id) == [given[1], given[3]]
    assert await found(theirs, unit_id=below.id) == [given[2]]
    assert await found(theirs, unit_id=below.id, from_above="true") == 403
    assert await found(theirs) == 403
