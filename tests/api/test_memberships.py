"""Who belongs to a tenant, by the API: nobody gives what they lack, changes a stronger one, or is the last to go."""

from typing import Any

from hibana_op.provider import Provider
from hibana_op.records import memberships
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User
from tests.api.credentials import ask, key_of, person_token, with_role
from tests.deployment import Deployment
from tests.make import make_member, make_tenant, make_user
from tests.tenancy.authority import give, make_unit


async def a_member(op: Provider, tenant: Tenant, role: str = "member", **more: Any) -> tuple[User, str]:
    """A person in a tenant, and the id of the membership."""
    user = await make_user(op, password=None)
    return user, (await make_member(op, tenant, user, role=role, **more)).id


async def test_members_are_found_by_name_role_status_and_unit(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    unit = await make_unit(op, tenant)
    below = await make_unit(op, tenant, above=unit)
    owner, owner_id = await a_member(op, tenant, "owner")
    _, in_unit = await a_member(op, tenant, unit_id=below.id)
    _, out = await a_member(op, tenant, status="suspended")
    token = await person_token(op, owner)

    async def found(**query: str) -> list[str]:
        answer = await ask(deployment, "GET", "/memberships", token, params={"tenant_id": tenant.id, **query})
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    assert await found() == [owner_id, in_unit, out]
    assert await found(role="owner") == [owner_id]
    assert await found(status="suspended") == [out]
    assert await found(unit_id=unit.id) == [in_unit]
    assert await found(q=owner.email[:20].upper()) == [owner_id]


async def test_P03_the_last_owner_stays(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner, owner_id = await a_member(op, tenant, "owner")
    _, other_id = await a_member(op, tenant)
    token, path = await person_token(op, owner), f"/memberships/{owner_id}"

    for change in ({"role": "member"}, {"status": "suspended"}):
        assert (await ask(deployment, "PATCH", path, token, json=change)).status_code == 409
    assert (await ask(deployment, "DELETE", path, token)).status_code == 409
    raised = await ask(deployment, "PATCH", f"/memberships/{other_id}", token, json={"role": "owner"})
    assert raised.json()["role"] == "owner"
    assert (await ask(deployment, "DELETE", path, token)).status_code == 204


async def test_P03_nobody_gives_what_they_lack_or_changes_somebody_stronger(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    _, owner_id = await a_member(op, tenant, "owner")
    admin, admin_id = await a_member(op, tenant, "admin")
    _, member_id = await a_member(op, tenant)
    token = await person_token(op, admin)

    for target in (admin_id, member_id):
        raised = await ask(deployment, "PATCH", f"/memberships/{target}", token, json={"role": "owner"})
        assert raised.status_code == 403, raised.text
    for method, options in (("PATCH", {"json": {"role": "member"}}), ("DELETE", {})):
        assert (await ask(deployment, method, f"/memberships/{owner_id}", token, **options)).status_code == 403
    code = {"tenant_id": tenant.id, "email": "new@example.com", "role": "owner"}
    assert (await ask(deployment, "POST", "/invitations", token, json=code)).status_code == 403
    assert (
        await ask(deployment, "PATCH", f"/memberships/{member_id}", token, json={"role": "admin"})
    ).status_code == 200
    found = await memberships.find(op.db, tenant.id, owner_id)
    assert found is not None
    assert (found.role, found.status) == ("owner", "active")


async def test_a_manager_looks_after_a_unit_and_no_other(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    mine, theirs = await make_unit(op, tenant), await make_unit(op, tenant)
    manager, _ = await a_member(op, tenant, unit_id=mine.id)
    await give(op, manager, "department_manager", tenant=tenant, unit=mine)
    _, inside = await a_member(op, tenant, unit_id=mine.id)
    _, outside = await a_member(op, tenant, unit_id=theirs.id)
    token = await person_token(op, manager)

    async def status(method: str, path: str, **options: Any) -> int:
        return (await ask(deployment, method, path, token, **options)).status_code

    query = {"tenant_id": tenant.id}
    assert await status("GET", "/memberships", params={**query, "unit_id": mine.id}) == 200
    assert await status("GET", "/memberships", params={**query, "unit_id": theirs.id}) == 403
    assert await status("GET", "/memberships", params=query) == 403
    assert await status("GET", f"/memberships/{inside}") == 200
    assert await status("GET", f"/memberships/{outside}") == 404
    assert await status("PATCH", f"/memberships/{inside}", json={"unit_id": theirs.id}) == 403
    invited = {**query, "email": "new@example.com", "unit_id": mine.id}
    assert await status("POST", "/invitations", json=invited) == 201
    assert await status("POST", "/invitations", json={**invited, "unit_id": theirs.id}) == 403
    for collection in ("/invitations", "/join-codes"):
        assert await status("GET", collection, params=query) == 403
        assert await status("GET", collection, params={**query, "unit_id": theirs.id}) == 403
        assert await status("GET", collection, params={**query, "unit_id": mine.id}) == 200
    listed = await ask(deployment, "GET", "/invitations", token, params={**query, "unit_id": mine.id})
    assert [each["email"] for each in listed.json()["items"]] == ["new@example.com"]


async def test_whoever_is_suspended_is_out_at_once_and_comes_back_as_they_were(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner, _ = await a_member(op, tenant, "owner")
    admin, admin_id = await a_member(op, tenant, "admin")
    token = await person_token(op, owner)
    theirs = await key_of(op, admin, tenant_id=tenant.id)
    query = {"tenant_id": tenant.id}
    assert (await ask(deployment, "GET", "/memberships", theirs, params=query)).status_code == 200

    out = await ask(deployment, "PATCH", f"/memberships/{admin_id}", token, json={"status": "suspended"})

    assert out.json()["status"] == "suspended"
    assert (await ask(deployment, "GET", "/memberships", theirs, params=query)).status_code in (401, 403)
    back = await ask(deployment, "PATCH", f"/memberships/{admin_id}", token, json={"status": "active"})
    assert (back.json()["status"], back.json()["role"]) == ("active", "admin")


async def test_who_left_is_a_row_without_a_name(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner, _ = await a_member(op, tenant, "owner")
    user, member_id = await a_member(op, tenant)
    token, path = await person_token(op, owner), f"/memberships/{member_id}"

    assert (await ask(deployment, "GET", path, token)).json()["email"] == user.email
    assert (await ask(deployment, "DELETE", path, token)).status_code == 204
    left = (await ask(deployment, "GET", path, token)).json()
    assert (left["status"], left["email"], left["name"]) == ("left", None, None)
    listed = await ask(deployment, "GET", "/memberships", token, params={"tenant_id": tenant.id})
    assert member_id not in listed.text


async def test_O03_a_tenant_adds_nobody_whom_it_could_not_know(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner, _ = await a_member(op, tenant, "owner")
    stranger = await make_user(op)
    body = {"tenant_id": tenant.id, "user_id": stranger.id}

    by_owner = await ask(deployment, "POST", "/memberships", await person_token(op, owner), json=body)
    root = await person_token(op, await with_role(op, "super_admin"))
    by_staff = await ask(deployment, "POST", "/memberships", root, json=body)

    assert (by_owner.status_code, by_staff.status_code) == (404, 201)
    assert by_staff.headers["location"].endswith(f"/api/v1/memberships/{by_staff.json()['id']}")
    assert (await ask(deployment, "POST", "/memberships", root, json=body)).status_code == 409
