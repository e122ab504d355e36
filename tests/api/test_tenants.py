"""Tenants by the API: added with their owner, sold to, suspended and ended, some of it with a second person."""

from typing import Any

import pytest

from hibana_op.foundation.ids import uuid7
from hibana_op.records import memberships
from tests.api.credentials import ask, key_of, machine_token, person_token, with_role
from tests.api.specimens import join, seed_side
from tests.deployment import Deployment
from tests.make import make_member, make_tenant, make_user


async def root(deployment: Deployment) -> str:
    """Somebody who may do everything."""
    return await person_token(deployment.op, await with_role(deployment.op, "super_admin"))


async def made(deployment: Deployment, token: str, slug: str = "acme", **more: Any) -> dict[str, Any]:
    """A tenant, as the API answers."""
    answer = await ask(deployment, "POST", "/tenants", token, json={"slug": slug, "name": "ACME", **more})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def demand(deployment: Deployment, token: str, *actions: str) -> None:
    """From now on these actions take a second person."""
    answer = await ask(deployment, "PATCH", "/tenants/system", token, json={"settings": {"approvals": list(actions)}})
    assert answer.status_code == 200, answer.text


async def test_a_new_tenant_has_its_owner_its_roles_and_its_plan(deployment: Deployment) -> None:
    op, token = deployment.op, await root(deployment)
    owner = await make_user(op)
    tenant = await made(
        deployment, token, owner_id=owner.id, plan="standard", plan_expires_at="2030-01-01T09:00:00+09:00", max_users=5
    )

    shown = await ask(deployment, "GET", f"/tenants/{tenant['id']}", token)
    roles = await ask(deployment, "GET", "/roles", token, params={"tenant_id": tenant["id"]})
    member = await memberships.of_person(op.db, tenant["id"], owner.id)

    assert shown.json() == tenant
    assert (tenant["plan_expires_at"], tenant["max_users"], tenant["status"]) == ("2030-01-01T00:00:00Z", 5, "active")
    assert member is not None
    assert member.role == "owner"
    names = {each["name"] for each in roles.json()["items"]}
    assert names == {"tenant_owner", "tenant_admin", "department_manager", "user", "guest"}


async def test_a_slug_is_taken_once_and_never_comes_back(deployment: Deployment) -> None:
    token = await root(deployment)
    tenant = await made(deployment, token)
    body = {"slug": "acme", "name": "Another"}

    assert (await ask(deployment, "POST", "/tenants", token, json=body)).status_code == 409
    ended = await ask(deployment, "DELETE", f"/tenants/{tenant['id']}", token, params={"reason": "closed"})
    assert ended.status_code == 204
    assert (await ask(deployment, "GET", f"/tenants/{tenant['id']}", token)).status_code == 404
    assert (await ask(deployment, "POST", "/tenants", token, json=body)).status_code == 409
    kept = await ask(deployment, "GET", "/tenants", token, params={"status": "deleted"})
    assert [each["slug"] for each in kept.json()["items"]] == ["acme"]


async def test_tenants_are_searched_and_listed_a_page_at_a_time(deployment: Deployment) -> None:
    token = await root(deployment)
    slugs = [(await made(deployment, token, f"tenant-{number}"))["slug"] for number in range(5)]
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        page = (await ask(deployment, "GET", "/tenants", token, params={"limit": 2, "cursor": cursor})).json()
        found += [each["slug"] for each in page["items"]]
        cursor = page["next_cursor"]
    searched = (await ask(deployment, "GET", "/tenants", token, params={"q": "NANT-3"})).json()

    assert found == slugs
    assert [each["slug"] for each in searched["items"]] == ["tenant-3"]


async def test_settings_change_in_part_and_the_rest_stays(deployment: Deployment) -> None:
    token = await root(deployment)
    tenant = await made(deployment, token, settings={"passwords": {"min_length": 12}, "retention": {"audit_days": 90}})
    path = f"/tenants/{tenant['id']}"

    changed = await ask(
        deployment, "PATCH", path, token, json={"settings": {"passwords": {"history": 3}, "retention": None}}
    )
    wrong = await ask(deployment, "PATCH", path, token, json={"settings": {"passwords": {"min_length": 3}}})

    assert changed.json()["settings"] == {"passwords": {"min_length": 12, "history": 3}}
    assert wrong.status_code == 422
    assert "min_length" in wrong.json()["detail"]


async def test_whoever_read_an_older_tenant_does_not_overwrite_the_newer(deployment: Deployment) -> None:
    token = await root(deployment)
    path = f"/tenants/{(await made(deployment, token))['id']}"
    read = await ask(deployment, "GET", path, token)
    headers = {"If-Match": read.headers["etag"]}

    first = await ask(deployment, "PATCH", path, token, json={"name": "First"}, headers=headers)
    second = await ask(deployment, "PATCH", path, token, json={"name": "Second"}, headers=headers)

    assert (first.status_code, second.status_code) == (200, 412)
    assert (await ask(deployment, "GET", path, token)).json()["name"] == "First"


async def test_P02_the_owner_describes_the_tenant_and_does_not_sell_it(deployment: Deployment) -> None:
    side = await seed_side(deployment.op, "CANARYA")
    token, path = await person_token(deployment.op, side.owner), f"/tenants/{side.tenant_id}"

    described = await ask(deployment, "PATCH", path, token, json={"name": "Ours", "company_size": "small"})
    assert (described.status_code, described.json()["name"]) == (200, "Ours")
    for sold in ({"plan": "unlimited"}, {"max_users": None}, {"license_expires_at": None, "license_type": "paid"}):
        assert (await ask(deployment, "PATCH", path, token, json=sold)).status_code == 403, sold
    for never in ("id", "slug", "status", "created_at", "deleted_at", "organization_id"):
        refused = await ask(deployment, "PATCH", path, token, json={never: "active"})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, never)
    approvals = await ask(deployment, "PATCH", path, token, json={"settings": {"approvals": []}})
    assert approvals.status_code == 200
    forbidden = await ask(deployment, "PATCH", path, token, json={"settings": {"approvals": ["deleted"]}})
    assert forbidden.status_code == 422


async def test_a_plain_member_sees_the_tenant_and_not_what_it_chose(deployment_on_sqlite: Deployment) -> None:
    side = await seed_side(deployment_on_sqlite.op, "CANARYA")
    path = f"/tenants/{side.tenant_id}"

    by_member = await ask(deployment_on_sqlite, "GET", path, await person_token(deployment_on_sqlite.op, side.member))
    by_owner = await ask(deployment_on_sqlite, "GET", path, await person_token(deployment_on_sqlite.op, side.owner))

    assert "settings" not in by_member.json()
    assert by_owner.json()["settings"] == {}


async def test_O05_suspending_ends_what_was_issued_in_the_tenant(deployment: Deployment) -> None:
    op, token = deployment.op, await root(deployment)
    side = await seed_side(op, "CANARYA")
    key = await key_of(op, side.owner, tenant_id=side.tenant_id)
    assert (await ask(deployment, "GET", "/me", key)).status_code == 200
    path = f"/tenants/{side.tenant_id}"

    suspended = await ask(deployment, "POST", f"{path}/suspend", token, json={"reason": "unpaid"})
    again = await ask(deployment, "POST", f"{path}/suspend", token)

    assert (suspended.json()["status"], again.status_code) == ("suspended", 409)
    assert (await ask(deployment, "GET", "/me", key)).status_code == 401
    assert (await ask(deployment, "POST", f"{path}/resume", token)).json()["status"] == "active"
    log = await ask(deployment, "GET", "/tenant-changes", token, params={"tenant_id": side.tenant_id, "status": "done"})
    told = [(each["action_type"], each["reason"]) for each in log.json()["items"]]
    assert told == [("resumed", None), ("suspended", "unpaid")]


@pytest.mark.parametrize("special", ["system", "role-template"])
async def test_the_special_tenants_stay(deployment_on_sqlite: Deployment, special: str) -> None:
    token = await root(deployment_on_sqlite)
    for method, path in (("POST", f"/tenants/{special}/suspend"), ("DELETE", f"/tenants/{special}")):
        assert (await ask(deployment_on_sqlite, method, path, token)).status_code == 409
    user = await make_user(deployment_on_sqlite.op)
    joined = await ask(
        deployment_on_sqlite, "POST", "/memberships", token, json={"tenant_id": special, "user_id": user.id}
    )
    assert joined.status_code == 409


async def test_P03_what_takes_two_is_asked_for_by_one_and_approved_by_another(deployment: Deployment) -> None:
    op, first, second = deployment.op, await root(deployment), await root(deployment)
    path = f"/tenants/{(await made(deployment, first))['id']}"
    await demand(deployment, first, "suspended", "plan_changed")

    asked = await ask(deployment, "POST", f"{path}/suspend", first, json={"reason": "unpaid"})
    assert (asked.status_code, asked.json()["status"]) == (202, "waiting")
    assert asked.headers["location"] == f"{op.issuer}/api/v1/tenant-changes/{asked.json()['id']}"
    assert (await ask(deployment, "GET", path, first)).json()["status"] == "active"
    change = f"/tenant-changes/{asked.json()['id']}"
    assert (await ask(deployment, "POST", f"{change}/approve", first)).status_code == 403
    support = await person_token(op, await with_role(op, "support"))
    assert (await ask(deployment, "POST", f"{change}/approve", support)).status_code == 403

    done = await ask(deployment, "POST", f"{change}/approve", second)

    assert (done.status_code, done.json()["status"], done.json()["reason"]) == (200, "done", "unpaid")
    assert (await ask(deployment, "GET", path, first)).json()["status"] == "suspended"
    assert (await ask(deployment, "POST", f"{change}/reject", second)).status_code == 409


async def test_P03_a_program_cannot_ask_for_what_takes_two(deployment: Deployment) -> None:
    """Whoever runs it could approve it as themselves."""
    first = await root(deployment)
    path = f"/tenants/{(await made(deployment, first))['id']}"
    await demand(deployment, first, "suspended", "created", "deleted")
    program = await machine_token(deployment)

    answers = [
        await ask(deployment, "POST", f"{path}/suspend", program),
        await ask(deployment, "DELETE", path, program),
        await ask(deployment, "POST", "/tenants", program, json={"slug": "newco", "name": "NewCo"}),
    ]
    assert [each.status_code for each in answers] == [409] * 3, [each.text for each in answers]
    assert (await ask(deployment, "GET", path, first)).json()["status"] == "active"


async def test_what_was_rejected_does_not_happen_and_tells_the_values(deployment: Deployment) -> None:
    first, second = await root(deployment), await root(deployment)
    path = f"/tenants/{(await made(deployment, first))['id']}"
    await demand(deployment, first, "plan_changed")

    body = {"plan": "premium", "plan_expires_at": "2030-01-01T00:00:00Z"}
    asked = (await ask(deployment, "PATCH", path, first, json=body)).json()
    waiting = await ask(deployment, "GET", "/tenant-changes", second, params={"status": "waiting"})
    rejected = await ask(deployment, "POST", f"/tenant-changes/{asked['id']}/reject", second)

    assert [each["id"] for each in waiting.json()["items"]] == [asked["id"]]
    assert rejected.json()["status"] == "rejected"
    assert (asked["old_values"], asked["new_values"]) == ({"plan": "free", "plan_expires_at": None}, body)
    assert (await ask(deployment, "GET", path, first)).json()["plan"] == "free"


async def test_T06_a_tenant_takes_no_more_people_than_it_bought(deployment: Deployment) -> None:
    op, token = deployment.op, await root(deployment)
    tenant = await made(deployment, token, max_users=1)
    people = [await make_user(op) for _ in range(2)]

    answers = [
        await ask(deployment, "POST", "/memberships", token, json={"tenant_id": tenant["id"], "user_id": each.id})
        for each in people
    ]

    assert [each.status_code for each in answers] == [201, 409]


async def test_staff_see_people_of_all_tenants_and_tenants_do_not(deployment: Deployment) -> None:
    op, token = deployment.op, await root(deployment)
    one, other = await make_tenant(op), await make_tenant(op)
    user = await make_user(op, name="Kei Mori")
    for tenant in (one, other):
        await make_member(op, tenant, user, role="admin")
    stranger = await join(op, one.id, "owner", "nobody")

    found = await ask(deployment, "GET", "/cross-tenant-users", token, params={"q": "kei", "role": "admin"})
    narrowed = await ask(deployment, "GET", "/cross-tenant-users", token, params={"tenant_id": other.id})
    refused = await ask(deployment, "GET", "/cross-tenant-users", await person_token(op, stranger))

    assert [each["tenant_id"] for each in found.json()["items"]] == [one.id, other.id]
    assert [each["user_id"] for each in narrowed.json()["items"]] == [user.id]
    assert refused.status_code == 403
    assert (await ask(deployment, "GET", f"/tenants/{uuid7()}", token)).status_code == 404


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-23:59", "1969-12-31T23:59:59Z"])
async def test_S02_a_time_that_could_not_be_told_again_is_refused(
    deployment_on_sqlite: Deployment, moment: str
) -> None:
    op = deployment_on_sqlite.op
    token = await root(deployment_on_sqlite)
    path = f"/tenants/{(await made(deployment_on_sqlite, token))['id']}"
    user = await with_role(op, "support")
    answers = [
        await ask(deployment_on_sqlite, "PATCH", path, token, json={"plan_expires_at": moment}),
        await ask(
            deployment_on_sqlite,
            "POST",
            "/staff",
            token,
            json={"user_id": user.id, "auth_type": "mfa", "expires_at": moment},
        ),
    ]
    assert [each.status_code for each in answers] == [422, 422], [each.text for each in answers]
    for listed in ("/tenants", "/staff"):
        assert (await ask(deployment_on_sqlite, "GET", listed, token)).status_code == 200
    latest = "9999-12-31T00:00:00Z"
    kept = await ask(deployment_on_sqlite, "PATCH", path, token, json={"plan_expires_at": latest})
    assert kept.json()["plan_expires_at"] == latest
