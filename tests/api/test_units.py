"""Units, groups and domains of a tenant by the API."""

from tests.api.credentials import ask, person_token, with_role
from tests.deployment import Deployment
from tests.make import make_member, make_tenant, make_user


async def test_a_unit_moves_with_all_beneath_it_and_never_beneath_itself(deployment: Deployment) -> None:
    op = deployment.op
    tenant, owner = await make_tenant(op), await make_user(op)
    await make_member(op, tenant, owner, role="owner")
    token, ids = await person_token(op, owner), dict[str, str]()
    for name, above in (("a", None), ("b", "a"), ("c", "b"), ("d", None)):
        body = {"tenant_id": tenant.id, "name": name, "code": name, "parent_id": ids[above] if above else None}
        made = await ask(deployment, "POST", "/units", token, json=body)
        assert made.status_code == 201, made.text
        ids[name] = made.json()["id"]

    moved = await ask(deployment, "PATCH", f"/units/{ids['b']}", token, json={"parent_id": ids["d"]})
    circle = await ask(deployment, "PATCH", f"/units/{ids['d']}", token, json={"parent_id": ids["c"]})
    same_code = await ask(deployment, "PATCH", f"/units/{ids['d']}", token, json={"code": "a"})
    used = await ask(deployment, "DELETE", f"/units/{ids['d']}", token)
    below = await ask(deployment, "GET", "/units", token, params={"tenant_id": tenant.id, "unit_id": ids["d"]})

    assert moved.json()["path"] == [ids["d"], ids["b"]]
    assert (circle.status_code, same_code.status_code, used.status_code) == (422, 409, 409)
    assert [each["name"] for each in below.json()["items"]] == ["b", "c", "d"]
    shown = await ask(deployment, "GET", f"/units/{ids['c']}", token)
    assert shown.json()["path"] == [ids["d"], ids["b"], ids["c"]]
    removed = await ask(deployment, "DELETE", f"/units/{ids['d']}", token, params={"reassign_to": ids["a"]})
    assert removed.status_code == 204
    assert (await ask(deployment, "GET", f"/units/{ids['b']}", token)).json()["parent_id"] == ids["a"]


async def test_people_are_put_in_groups_and_taken_out(deployment: Deployment) -> None:
    op = deployment.op
    tenant, owner = await make_tenant(op), await make_user(op)
    await make_member(op, tenant, owner, role="owner")
    members = [(await make_member(op, tenant, await make_user(op))).id for _ in range(3)]
    token = await person_token(op, owner)
    body = {"tenant_id": tenant.id, "name": "Choir"}
    group = (await ask(deployment, "POST", "/groups", token, json=body)).json()
    path = f"/groups/{group['id']}/members"

    for member in (*members, members[0]):
        assert (await ask(deployment, "PUT", f"{path}/{member}", token)).status_code == 204
    listed = await ask(deployment, "GET", path, token, params={"limit": 2})
    rest = await ask(deployment, "GET", path, token, params={"cursor": listed.json()["next_cursor"]})
    assert [each["id"] for each in (*listed.json()["items"], *rest.json()["items"])] == members
    assert (await ask(deployment, "DELETE", f"{path}/{members[0]}", token)).status_code == 204
    assert (await ask(deployment, "GET", f"{path}/{members[0]}", token)).status_code == 404
    assert (await ask(deployment, "POST", "/groups", token, json=body)).status_code == 409


async def test_O01_somebody_of_another_tenant_is_put_in_no_group(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other, owner = await make_tenant(op), await make_tenant(op), await make_user(op)
    await make_member(op, tenant, owner, role="owner")
    foreign = await make_member(op, other, await make_user(op))
    token = await person_token(op, owner)
    group = (await ask(deployment, "POST", "/groups", token, json={"tenant_id": tenant.id, "name": "Choir"})).json()

    answer = await ask(deployment, "PUT", f"/groups/{group['id']}/members/{foreign.id}", token)

    assert answer.status_code == 404
    assert (await ask(deployment, "GET", f"/groups/{group['id']}/members", token)).json()["items"] == []


async def test_P03_a_domain_is_proven_or_vouched_for_by_the_deployment(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other, owner = await make_tenant(op), await make_tenant(op), await make_user(op)
    await make_member(op, tenant, owner, role="owner")
    token = await person_token(op, owner)
    root = await person_token(op, await with_role(op, "super_admin"))
    body = {"tenant_id": tenant.id, "domain": "acme.invalid"}
    made = (await ask(deployment, "POST", "/tenant-domains", token, json=body)).json()
    path = f"/tenant-domains/{made['id']}"

    assert made["proof_url"] == "https://acme.invalid/.well-known/hibana-domain.txt"
    assert made["verified_at"] is None
    assert (await ask(deployment, "POST", f"{path}/verify", token)).status_code == 422
    assert (await ask(deployment, "POST", f"{path}/vouch", token)).status_code == 404
    vouched = await ask(deployment, "POST", f"{path}/vouch", root)
    assert vouched.json()["verified_at"] is not None
    opened = await ask(deployment, "PATCH", path, token, json={"may_join": True})
    assert opened.json()["may_join"] is True
    claimed = await ask(deployment, "POST", "/tenant-domains", root, json={**body, "tenant_id": other.id})
    assert claimed.status_code == 201, "that somebody else has it is not told before it is proven"
    taken = await ask(deployment, "POST", f"/tenant-domains/{claimed.json()['id']}/vouch", root)
    assert taken.status_code == 409
