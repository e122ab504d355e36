"""`/jobs` and `/users/bulk`: the same done to many people, by whoever may still do it when it is done."""

import asyncio
from typing import Any

import pytest

from hibana_op.background import KINDS
from hibana_op.foundation.ids import uuid7
from hibana_op.jobs.work import work_once
from hibana_op.provider import Provider
from hibana_op.records import jobs, users
from hibana_op.records.jobs import Job
from hibana_op.records.users import User
from tests.api.credentials import ask, key_of, machine_token, person_token, with_role
from tests.api.specimens import seed_side
from tests.api.test_clients import last_entry, root_token
from tests.deployment import Deployment
from tests.make import make_user


async def people(op: Provider, count: int = 3) -> list[User]:
    """Some people of no role."""
    return [await make_user(op, password=None) for _ in range(count)]


async def statuses(op: Provider, found: list[User]) -> list[str]:
    """How they are now."""
    return [(await users.get(op.db, each.id)).status for each in found]


async def begun(deployment: Deployment, token: str, action: str, found: list[User]) -> str:
    """The path of a new job over people."""
    body = {"action": action, "user_ids": [each.id for each in found]}
    answer = await ask(deployment, "POST", "/users/bulk", token, json=body)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"{deployment.op.issuer}/api/v1/jobs/{answer.json()['id']}"
    return f"/jobs/{answer.json()['id']}"


async def done(deployment: Deployment, path: str) -> dict[str, Any]:
    """What the job says once it is over, whichever worker did it: the server's own, or the test's."""
    token = await root_token(deployment.op)
    while True:
        await work_once(deployment.op, KINDS)
        told: dict[str, Any] = (await ask(deployment, "GET", path, token)).json()
        if told["finished_at"] is not None:
            return told
        await asyncio.sleep(0.05)


async def test_many_people_are_suspended_resumed_and_erased_and_each_failure_is_told(deployment: Deployment) -> None:
    op = deployment.op
    admin, root = await with_role(op, "admin"), await with_role(op, "super_admin")
    token, found = await person_token(op, admin), await people(op)
    path = await begun(deployment, token, "suspend", [found[0], root, *found[1:]])

    told = await done(deployment, path)
    assert (told["status"], told["created_by"], told["finished_at"] is None) == ("done", admin.id, False)
    assert told["progress"] == told["result"] == {"total": 4, "done": 3, "failed": 1}
    assert [each["id"] for each in told["errors"]] == [root.id]
    assert await statuses(op, [*found, root]) == ["suspended"] * 3 + ["active"]
    entry = await last_entry(op, "user:account:disabled")
    assert (entry.user_id, entry.resource_id) == (admin.id, found[2].id)
    assert (await last_entry(op, "deployment:job:created")).user_id == admin.id

    await done(deployment, await begun(deployment, token, "resume", found))
    assert await statuses(op, found) == ["active"] * 3
    erased = await done(deployment, await begun(deployment, token, "delete", [*found, found[0]]))
    assert erased["result"]["done"] == 3
    assert [await users.find(op.db, each.id) for each in found] == [None] * 3


async def test_P04_a_key_does_no_more_to_many_than_to_one(deployment: Deployment) -> None:
    op = deployment.op
    root, found = await with_role(op, "super_admin"), await people(op, 1)
    key = await key_of(op, root, "users:suspend")
    body = {"action": "delete", "user_ids": [found[0].id]}
    assert (await ask(deployment, "POST", "/users/bulk", key, json=body)).status_code == 403
    assert (await done(deployment, await begun(deployment, key, "suspend", found)))["result"]["done"] == 1


async def test_a_machine_changes_many_people(deployment: Deployment) -> None:
    found, token = await people(deployment.op, 1), await machine_token(deployment)
    assert (await done(deployment, await begun(deployment, token, "suspend", found)))["result"]["done"] == 1


async def test_a_job_is_cancelled_once_and_before_it_is_done(deployment: Deployment) -> None:
    op = deployment.op
    token = await root_token(op)
    job = Job(id=uuid7(), kind="people", run_at=op.now() + 3600, created_at=op.now())
    await op.db.transact(lambda tx: jobs.insert(tx, job))
    path = f"/jobs/{job.id}/cancel"
    cancelled = await ask(deployment, "POST", path, token)

    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert (await last_entry(op, "deployment:job:cancelled")).resource_id == job.id
    assert (await ask(deployment, "POST", path, token)).status_code == 409


@pytest.mark.parametrize("body", [{"action": "promote"}, {"user_ids": []}, {"user_ids": ["x"] * 1001}, {"role": "x"}])
async def test_what_cannot_be_done_to_many_is_refused_at_once(
    deployment_on_sqlite: Deployment, body: dict[str, Any]
) -> None:
    token = await root_token(deployment_on_sqlite.op)
    sent = {"action": "suspend", "user_ids": ["x"]} | body
    assert (await ask(deployment_on_sqlite, "POST", "/users/bulk", token, json=sent)).status_code == 422


async def test_jobs_are_listed_the_newest_first_and_a_tenant_sees_its_own(deployment: Deployment) -> None:
    op = deployment.op
    side = await seed_side(op, "CANARYA")
    token = await root_token(op)
    newer = Job(id=uuid7(), kind="people", run_at=op.now() + 3600, created_at=op.now())
    await op.db.transact(lambda tx: jobs.insert(tx, newer))
    of_kind = (await ask(deployment, "GET", "/jobs", token, params={"kind": "people"})).json()["items"]
    first = (await ask(deployment, "GET", "/jobs", token, params={"kind": "people", "limit": "1"})).json()
    query = {"kind": "people", "limit": "1", "cursor": first["next_cursor"]}
    second = (await ask(deployment, "GET", "/jobs", token, params=query)).json()
    own = (await ask(deployment, "GET", "/jobs", await person_token(op, side.owner, tenant_id=side.tenant_id))).json()

    assert [each["id"] for each in (*first["items"], *second["items"])] == [newer.id, side.ids["job"]]
    assert [each["id"] for each in of_kind] == [newer.id, side.ids["job"]]
    assert [each["id"] for each in own["items"]] == [side.ids["job"]]


async def test_the_locked_are_listed_and_let_in_again(deployment: Deployment) -> None:
    op = deployment.op
    side = await seed_side(op, "CANARYA")
    support = await with_role(op, "support")
    token = await person_token(op, support)
    listed = await ask(deployment, "GET", "/lockouts", token)
    path = f"/lockouts/{side.member.id}"

    assert [(each["user_id"], each["codes_only"]) for each in listed.json()["items"]] == [(side.member.id, False)]
    assert listed.json()["items"][0]["locked_until"] == "2027-01-15T08:15:00Z"
    assert (await ask(deployment, "DELETE", path, token)).status_code == 204
    assert (await ask(deployment, "GET", "/lockouts", token)).json()["items"] == []
    assert (await last_entry(op, "user:account:unlocked")).user_id == support.id
    assert (await ask(deployment, "DELETE", "/lockouts/never-was", token)).status_code == 404
    root = await with_role(op, "super_admin")
    assert (await ask(deployment, "DELETE", f"/lockouts/{root.id}", token)).status_code == 403
