"""`/memberships/bulk` and `/invitations/bulk`: a tenant's own jobs, which touch and show nothing of another's."""

from dataclasses import replace
from typing import Any

import pytest

from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from hibana_op.records import audit_log, invitations, jobs, memberships
from hibana_op.records.jobs import Job
from hibana_op.records.tenants import Tenant
from hibana_op.records.units import Unit
from hibana_op.records.users import User
from hibana_op.tenancy import many_members
from tests.api.credentials import ask, key_of, machine_token, person_token, with_role
from tests.api.specimens import seed_side
from tests.api.test_jobs import done
from tests.clock import FrozenClock
from tests.deployment import Deployment
from tests.make import make_member, make_tenant, make_user
from tests.tenancy.authority import HERE, acting, give, make_role, make_unit


async def members(op: Provider, tenant: Tenant, count: int = 3) -> list[str]:
    """The ids of some plain memberships."""
    return [(await make_member(op, tenant, await make_user(op, password=None))).id for _ in range(count)]


async def statuses(op: Provider, tenant: Tenant, ids: list[str]) -> list[str]:
    """How they are now."""
    found = [await memberships.find(op.db, tenant.id, each) for each in ids]
    return [each.status for each in found if each is not None]


async def begun(deployment: Deployment, token: str, path: str, **body: Any) -> str:
    """The path of a new job."""
    answer = await ask(deployment, "POST", path, token, json=body)
    assert answer.status_code == 202, answer.text
    return f"/jobs/{answer.json()['id']}"


async def administered(op: Provider, role: str = "owner", slug: str = "acme") -> tuple[Tenant, str, str]:
    """A tenant, somebody's token for the API, and the id of their membership."""
    tenant, user = await make_tenant(op, slug=slug), await make_user(op, password=None)
    member = await make_member(op, tenant, user, role=role)
    return tenant, await person_token(op, user), member.id


async def test_many_members_are_suspended_let_in_moved_and_removed(deployment: Deployment) -> None:
    op = deployment.op
    tenant, token, own = await administered(op)
    ids, unit = await members(op, tenant), await make_unit(op, tenant)
    body: dict[str, Any] = {"tenant_id": tenant.id, "membership_ids": ids}

    path = await begun(deployment, token, "/memberships/bulk", **body, status="suspended")
    told = await done(deployment, path)
    assert (told["status"], told["kind"], told["tenant_id"]) == ("done", "members", tenant.id)
    assert told["result"] == {"total": 3, "done": 3, "failed": 0}
    assert await statuses(op, tenant, ids) == ["suspended"] * 3
    assert (await ask(deployment, "GET", path, token)).json() == told

    await done(deployment, await begun(deployment, token, "/memberships/bulk", **body, status="active"))
    assert await statuses(op, tenant, ids) == ["active"] * 3
    await done(deployment, await begun(deployment, token, "/memberships/bulk", **body, role="admin", unit_id=unit.id))
    found = [await memberships.find(op.db, tenant.id, each) for each in ids]
    assert {(each.role, each.unit_id) for each in found if each} == {("admin", unit.id)}

    everybody = {**body, "membership_ids": [*ids, own, ids[0]]}
    removed = await done(deployment, await begun(deployment, token, "/memberships/bulk/remove", **everybody))
    assert removed["result"] == {"total": 4, "done": 3, "failed": 1}
    assert [(each["id"], "last owner" in each["detail"]) for each in removed["errors"]] == [(own, True)]
    assert await statuses(op, tenant, ids) == ["left"] * 3


async def test_many_addresses_are_invited_and_each_failure_is_told(deployment: Deployment) -> None:
    op = deployment.op
    tenant, token, _ = await administered(op)
    guest = await make_role(op, tenant, ["tenants:read"], "visitor")
    inside = await make_user(op, password=None, email="inside@example.com")
    await make_member(op, tenant, inside)
    emails = ["one@example.com", "ONE@example.com", "no address", "inside@example.com", "two@example.com"]

    told = await done(
        deployment,
        await begun(
            deployment, token, "/invitations/bulk", tenant_id=tenant.id, emails=emails, role_id=guest.id, language="en"
        ),
    )

    assert (told["kind"], told["result"]) == ("invitations", {"total": 4, "done": 2, "failed": 2})
    assert [(each["id"], each["detail"]) for each in told["errors"]] == [
        ("no address", "email must be an e-mail address"),
        ("inside@example.com", "the person with this address is a member already"),
    ]
    made = await invitations.page(op.db, tenant.id)
    assert [(each.email, each.role_id, each.status) for each in made] == [
        ("one@example.com", guest.id, "pending"),
        ("two@example.com", guest.id, "pending"),
    ]


async def test_O01_an_id_of_another_tenant_fails_like_one_that_never_was(deployment: Deployment) -> None:
    op = deployment.op
    tenant, token, _ = await administered(op)
    other = await make_tenant(op, slug="other")
    (theirs,) = await members(op, other, 1)
    never = "01890000-0000-7000-8000-000000000000"

    for path, more in (("/memberships/bulk", {"status": "suspended"}), ("/memberships/bulk/remove", {})):
        body = {"tenant_id": tenant.id, "membership_ids": [theirs, never], **more}
        told = await done(deployment, await begun(deployment, token, path, **body))
        details = [each["detail"].replace(each["id"], "ID") for each in told["errors"]]
        assert (told["result"]["failed"], details) == (2, ["no membership has the id ID"] * 2)
    assert await statuses(op, other, [theirs]) == ["active"]


async def test_O01_a_job_of_a_tenant_is_seen_and_ended_in_it_alone(deployment: Deployment) -> None:
    op = deployment.op
    tenant, token, _ = await administered(op)
    _, stranger, _ = await administered(op, slug="other")
    path = await begun(
        deployment, token, "/memberships/bulk", tenant_id=tenant.id, membership_ids=["x"], status="active"
    )
    never = "/jobs/01890000-0000-7000-8000-000000000000"
    query = {"tenant_id": tenant.id}

    for method, of, nothing in (("GET", path, never), ("POST", f"{path}/cancel", f"{never}/cancel")):
        seen, unseen = await ask(deployment, method, of, stranger), await ask(deployment, method, nothing, stranger)
        assert (seen.status_code, unseen.status_code) == (404, 404)
        assert seen.json()["detail"] == unseen.json()["detail"]
    assert (await ask(deployment, "GET", "/jobs", stranger, params=query)).status_code == 404
    listed = (await ask(deployment, "GET", "/jobs", token, params=query)).json()["items"]
    assert [f"/jobs/{each['id']}" for each in listed] == [path]
    created = [each for each in await audit_log.page(op.db, limit=5) if each.action == "deployment:job:created"]
    assert [each.tenant_id for each in created] == [tenant.id]


async def test_P01_the_right_to_each_is_that_of_the_single_operation(deployment: Deployment) -> None:
    op = deployment.op
    tenant, token, own = await administered(op, "admin")
    owner = await make_member(op, tenant, await make_user(op, password=None), role="owner")
    (plain,) = await members(op, tenant, 1)
    body = {"tenant_id": tenant.id, "membership_ids": [owner.id, plain]}

    told = await done(deployment, await begun(deployment, token, "/memberships/bulk", **body, status="suspended"))

    assert told["errors"] == [{"id": owner.id, "detail": "this person may do more than you may here"}]
    assert await statuses(op, tenant, [owner.id, plain, own]) == ["active", "suspended", "active"]
    raised = await ask(deployment, "POST", "/memberships/bulk", token, json={**body, "role": "owner"})
    invited = {"tenant_id": tenant.id, "emails": ["new@example.com"], "role": "owner"}
    assert raised.status_code == 403
    assert (await ask(deployment, "POST", "/invitations/bulk", token, json=invited)).status_code == 403


async def a_manager(op: Provider) -> tuple[Tenant, Unit, User, dict[str, str]]:
    """A tenant with a unit, somebody who manages its people, and a plain membership in each place."""
    tenant, manager = await make_tenant(op), await make_user(op, password=None)
    unit, beside = await make_unit(op, tenant), await make_unit(op, tenant)
    below = await make_unit(op, tenant, above=unit)
    await make_member(op, tenant, manager)
    await make_role(op, tenant, ["memberships:*", "invitations:*"], "people-keeper")
    await give(op, manager, "people-keeper", tenant=tenant, unit=unit)
    ids = {}
    for name, place in (("unit", unit), ("below", below), ("beside", beside), ("none", None)):
        user = await make_user(op, password=None)
        ids[name] = (await make_member(op, tenant, user, unit_id=place.id if place else None)).id
    return tenant, unit, manager, ids


async def test_P01_a_right_in_a_unit_reaches_the_people_of_the_unit_and_below(deployment: Deployment) -> None:
    op = deployment.op
    tenant, _, manager, ids = await a_manager(op)
    token = await person_token(op, manager)
    never = "01890000-0000-7000-8000-000000000000"
    body: dict[str, Any] = {"tenant_id": tenant.id, "membership_ids": [*ids.values(), never]}

    for path, more, after in (("", {"status": "suspended"}, "suspended"), ("/remove", {}, "left")):
        job = await begun(deployment, token, f"/memberships/bulk{path}", **body, **more)
        told = await done(deployment, job)
        assert told["result"] == {"total": 5, "done": 2, "failed": 3}
        assert [each["id"] for each in told["errors"]] == [ids["beside"], ids["none"], never]
        details = {each["detail"].replace(each["id"], "ID") for each in told["errors"]}
        assert details == {"no membership has the id ID"}, "out of reach is told from what never was"
        assert await statuses(op, tenant, list(ids.values())) == [after, after, "active", "active"]
        assert (await ask(deployment, "GET", job, token)).json() == told, "whoever asked for it sees what came of it"


async def test_P01_a_right_in_a_unit_moves_nobody_elsewhere_and_invites_into_the_unit_alone(
    deployment_on_sqlite: Deployment,
) -> None:
    op = deployment_on_sqlite.op
    tenant, unit, manager, ids = await a_manager(op)
    token = await person_token(op, manager)
    outside = await make_unit(op, tenant)
    moved = {"tenant_id": tenant.id, "membership_ids": [ids["unit"]], "unit_id": outside.id}
    invited = {"tenant_id": tenant.id, "emails": ["new@example.com"]}

    async def status(path: str, **body: Any) -> int:
        return (await ask(deployment_on_sqlite, "POST", path, token, json=body)).status_code

    assert await status("/memberships/bulk", **moved) == 403
    assert await status("/memberships/bulk", **{**moved, "unit_id": None, "role": "admin"}) == 403
    unnamed = await ask(deployment_on_sqlite, "POST", "/invitations/bulk", token, json=invited)
    assert (unnamed.status_code, [each["field"] for each in unnamed.json()["errors"]]) == (403, ["unit_id"])
    assert await status("/invitations/bulk", **invited, unit_id=outside.id) == 403
    told = await done(
        deployment_on_sqlite,
        await begun(deployment_on_sqlite, token, "/invitations/bulk", **invited, unit_id=unit.id),
    )
    assert told["result"]["done"] == 1


async def test_P01_who_has_no_such_right_in_any_unit_begins_no_job(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    tenant, _, manager, ids = await a_manager(op)
    token = await person_token(op, manager)
    stranger = await make_user(op, password=None)
    await make_member(op, tenant, stranger)
    body = {"tenant_id": tenant.id, "membership_ids": [ids["unit"]]}
    other = {**body, "tenant_id": (await make_tenant(op, slug="other")).id}

    theirs = await person_token(op, stranger)
    for path, more in (("/memberships/bulk", {"status": "suspended"}), ("/memberships/bulk/remove", {})):
        refused = await ask(deployment_on_sqlite, "POST", path, theirs, json={**body, **more})
        unknown = await ask(deployment_on_sqlite, "POST", path, token, json={**other, **more})
        assert (refused.status_code, unknown.status_code) == (403, 404)


async def test_P03_a_right_in_a_unit_that_was_lost_before_its_turn_does_nothing(
    deployment_on_sqlite: Deployment,
) -> None:
    op = deployment_on_sqlite.op
    tenant, _, manager, ids = await a_manager(op)
    # Asked for in an hour, so that no worker of the deployment does it before.
    later = replace(op, clock=FrozenClock(op.now() + 3600))
    changes, asked_of = {"status": "suspended"}, [ids["unit"], ids["below"]]
    job = await many_members.change(later, await acting(op, manager), tenant.id, changes, asked_of, origin=HERE)
    told: list[dict[str, Any]] = []

    async def tell(progress: dict[str, Any]) -> None:
        told.append(dict(progress))
        await op.db.run("DELETE FROM user_roles WHERE scope_type = 'organization_unit'")

    result = await many_members.run(op, job, origin=HERE, tell=tell)

    assert [(each["done"], each["failed"]) for each in told] == [(1, 0), (1, 1)]
    assert result["errors"] == [{"id": ids["below"], "detail": "this takes the permission memberships:update"}]
    assert await statuses(op, tenant, asked_of) == ["suspended", "active"]


async def test_O01_a_job_is_followed_and_ended_by_whoever_asked_for_it_while_they_belong_there(
    deployment_on_sqlite: Deployment,
) -> None:
    op = deployment_on_sqlite.op
    tenant, unit, manager, _ = await a_manager(op)
    colleague = await make_user(op, password=None)
    await make_member(op, tenant, colleague)
    await give(op, colleague, "people-keeper", tenant=tenant, unit=unit)
    token, theirs = await person_token(op, manager), await person_token(op, colleague)
    narrow = await key_of(op, manager, "memberships:update", tenant_id=tenant.id)
    wide = await key_of(op, manager, "jobs:*", tenant_id=tenant.id)
    later = op.now() + 3600
    job = Job(id=uuid7(), kind="members", tenant_id=tenant.id, created_by=manager.id, run_at=later, created_at=op.now())
    await op.db.transact(lambda tx: jobs.insert(tx, job))
    path = f"/jobs/{job.id}"

    async def seen(by: str) -> int:
        return (await ask(deployment_on_sqlite, "GET", path, by)).status_code

    assert [await seen(each) for each in (token, wide, narrow, theirs)] == [200, 200, 403, 403]
    assert (await ask(deployment_on_sqlite, "GET", "/jobs/never-was", theirs)).status_code == 403
    assert (await ask(deployment_on_sqlite, "POST", f"{path}/cancel", theirs)).status_code == 403
    await op.db.run("UPDATE tenant_memberships SET status = 'suspended' WHERE user_id = :id", id=manager.id)
    assert await seen(token) == 403
    await op.db.run("UPDATE tenant_memberships SET status = 'active' WHERE user_id = :id", id=manager.id)
    ended = await ask(deployment_on_sqlite, "POST", f"{path}/cancel", token)
    assert (ended.status_code, ended.json()["status"]) == (200, "cancelled")


async def test_P04_keys_machines_and_staff_do_no_more_to_many_than_to_one(deployment: Deployment) -> None:
    op = deployment.op
    tenant, owner = await make_tenant(op), await make_user(op, password=None)
    await make_member(op, tenant, owner, role="owner")
    ids = await members(op, tenant, 1)
    body = {"tenant_id": tenant.id, "membership_ids": ids}
    key = await key_of(op, owner, "memberships:update", tenant_id=tenant.id)
    machine = await machine_token(deployment, tenant_id=tenant.id)
    staff = await person_token(op, await with_role(op, "operation_admin"))

    assert (await ask(deployment, "POST", "/memberships/bulk/remove", key, json=body)).status_code == 403
    for token, status in ((key, "suspended"), (machine, "active"), (staff, "suspended")):
        told = await done(deployment, await begun(deployment, token, "/memberships/bulk", **body, status=status))
        assert told["result"]["done"] == 1
        assert await statuses(op, tenant, ids) == [status]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/memberships/bulk", {"membership_ids": ["x"]}),
        ("/memberships/bulk", {"membership_ids": [], "status": "active"}),
        ("/memberships/bulk", {"membership_ids": ["x"] * 1001, "status": "active"}),
        ("/memberships/bulk", {"membership_ids": ["x"], "status": "left"}),
        ("/memberships/bulk/remove", {"membership_ids": []}),
        ("/invitations/bulk", {"emails": []}),
        ("/invitations/bulk", {"emails": ["a@example.com"], "expires_at": "2099-01-01T00:00:00Z"}),
    ],
    ids=["nothing changes", "nobody", "too many", "no such status", "nobody to remove", "no address", "too long"],
)
async def test_what_cannot_be_done_to_any_is_refused_at_once(
    deployment_on_sqlite: Deployment, path: str, body: dict[str, Any]
) -> None:
    tenant, token, _ = await administered(deployment_on_sqlite.op)
    sent = {"tenant_id": tenant.id, **body}
    assert (await ask(deployment_on_sqlite, "POST", path, token, json=sent)).status_code == 422


async def test_O01_roles_and_units_of_another_tenant_are_unknown_at_once(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    one, other = await seed_side(op, "CANARYA"), await seed_side(op, "CANARYB")
    token = await person_token(op, one.owner)
    for more in ({"unit_id": other.ids["unit"]}, {"role_id": other.ids["role-guest"]}):
        body = {"tenant_id": one.tenant_id, "emails": ["new@example.com"], **more}
        assert (await ask(deployment_on_sqlite, "POST", "/invitations/bulk", token, json=body)).status_code == 404
