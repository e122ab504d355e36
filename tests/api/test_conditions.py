"""`ETag`, `If-Match` and `If-None-Match`: at however many workers, nobody overwrites what they have not seen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from hibana_op.api.table import by_path
from hibana_op.records import users
from tests.api.credentials import ask, key_of, with_role
from tests.api.specimens import Side, seed_side, specimens
from tests.deployment import Deployment, deploy

CONDITIONAL = {
    path: operations
    for path, operations in by_path().items()
    if any(each.method == "GET" and not each.is_list for each in operations)
    and any(each.method in ("PATCH", "PUT", "DELETE") for each in operations)
}
ROUNDS = 8


@pytest.fixture
async def workers(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Deployment, Deployment]]:
    """Two of them on one database, which share nothing else."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(deploy(database_url, tmp_path))
        yield first, await stack.enter_async_context(deploy(database_url, tmp_path))


async def root(deployment: Deployment) -> str:
    """A key that may do everything."""
    return await key_of(deployment.op, await with_role(deployment.op, "super_admin"))


async def seen(deployment: Deployment, path: str, token: str) -> str:
    """The ETag of a thing."""
    answer = await ask(deployment, "GET", path, token)
    assert answer.status_code == 200, answer.text
    tag: str = answer.headers["etag"]
    return tag


async def test_of_changes_by_two_workers_one_wins(workers: tuple[Deployment, Deployment]) -> None:
    token = await root(workers[0])
    made = await ask(workers[0], "POST", "/users", token, json={"email": "bob@example.com"})
    path = f"/users/{made.json()['id']}"
    for at in range(ROUNDS):
        workers[0].clock.advance(1)
        workers[1].clock.advance(1)
        tag = {"If-Match": await seen(workers[at % 2], path, token)}

        answers = await asyncio.gather(
            *(
                ask(worker, "PATCH", path, token, json={"nickname": f"{at} {number}"}, headers=tag)
                for number, worker in enumerate(workers * 2)
            )
        )

        assert sorted(each.status_code for each in answers) == [200, 412, 412, 412]
        (won,) = [each.json()["nickname"] for each in answers if each.status_code == 200]
        assert (await ask(workers[0], "GET", path, token)).json()["nickname"] == won


async def test_of_a_change_and_a_removal_one_wins(workers: tuple[Deployment, Deployment]) -> None:
    token = await root(workers[0])
    for at in range(ROUNDS):
        made = await ask(workers[0], "POST", "/users", token, json={"email": f"bob{at}@example.com"})
        path = f"/users/{made.json()['id']}"
        tag = {"If-Match": await seen(workers[1], path, token)}

        changed, removed = await asyncio.gather(
            ask(workers[0], "PATCH", path, token, json={"nickname": "B"}, headers=tag),
            ask(workers[1], "DELETE", path, token, headers=tag),
        )

        assert (changed.status_code, removed.status_code) in ((200, 412), (412, 204), (404, 204))


async def test_what_is_made_of_several_rows_is_guarded_as_well(workers: tuple[Deployment, Deployment]) -> None:
    token = await root(workers[0])
    side = await seed_side(workers[0].op, "CANARYA")
    specimen = specimens()["PUT", "/clients/{id}/identity-providers"]
    path = specimen.fill("/clients/{id}/identity-providers", side)
    assert specimen.body is not None
    chosen = specimen.body(side)
    for none, some in ((workers[0], workers[1]), (workers[1], workers[0])) * 2:
        await ask(none, "PUT", path, token, json=chosen)
        tag = {"If-Match": await seen(some, path, token)}

        answers = await asyncio.gather(
            ask(none, "PUT", path, token, json={"identity_provider_ids": []}, headers=tag),
            ask(some, "PUT", path, token, json={"identity_provider_ids": []}, headers=tag),
        )

        assert sorted(each.status_code for each in answers) == [200, 412]


async def test_a_change_by_other_ways_counts_too(postgres_url: str, tmp_path: Path) -> None:
    """Somebody changes the person by a page, in a transaction that is open while the API is asked.

    SQLite lets no other transaction in while one is open.
    """
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(deploy(postgres_url, tmp_path)) for _ in range(2)]
        await overtake(first, second)


async def overtake(first: Deployment, second: Deployment) -> None:
    """Change a person by hand, while a change by the API waits that knows nothing of it."""
    token = await root(first)
    made = await ask(first, "POST", "/users", token, json={"email": "bob@example.com"})
    user_id = made.json()["id"]
    tag = {"If-Match": await seen(first, f"/users/{user_id}", token)}
    asked: list[asyncio.Task[httpx2.Response]] = []

    async def change(tx: Any) -> None:
        await users.confirm_phone(tx, user_id, phone_number="+81312345678", now=first.op.now() + 1)
        asked.append(
            asyncio.create_task(ask(second, "PATCH", f"/users/{user_id}", token, json={"nickname": "B"}, headers=tag))
        )
        while await tx.one("SELECT pg_sleep(0.01), 1 FROM pg_locks WHERE NOT granted") is None:
            await tx.one("SELECT pg_sleep(0.01)")

    await first.op.db.transact(change)

    assert (await asked[0]).status_code == 412
    assert (await ask(first, "GET", f"/users/{user_id}", token)).json()["phone_number"] == "+81312345678"


async def test_every_change_of_one_thing_can_be_made_under_a_condition(deployment: Deployment) -> None:
    token = await root(deployment)
    side = await seed_side(deployment.op, "CANARYA")
    for path, operations in CONDITIONAL.items():
        for operation in operations:
            if operation.method in ("PATCH", "PUT", "DELETE"):
                await refuse_and_allow(deployment, token, side, operation.method, path)


async def refuse_and_allow(deployment: Deployment, token: str, side: Side, method: str, template: str) -> None:
    """Try a change with a wrong tag, then with the present one."""
    specimen = specimens()[method, template]
    path = specimen.fill(template, side)
    body = {"json": specimen.body(side)} if specimen.body else {}
    if (await ask(deployment, "GET", path, token)).status_code == 404:
        return  # such as somebody who is not in the group yet
    stale = await ask(deployment, method, path, token, headers={"If-Match": '"stale"'}, **body)
    assert stale.status_code == 412, f"{method} {path}: {stale.text}"
    present = {"If-Match": await seen(deployment, path, token)}
    changed = await ask(deployment, method, path, token, headers=present, **body)
    assert changed.status_code in (200, 202, 204), f"{method} {path}: {changed.text}"


async def test_what_the_caller_has_is_not_sent_again(deployment_on_sqlite: Deployment) -> None:
    token = await root(deployment_on_sqlite)
    side = await seed_side(deployment_on_sqlite.op, "CANARYA")
    for (method, template), specimen in specimens().items():
        operation = next(each for each in by_path()[template] if each.method == method)
        if method != "GET" or operation.is_list or operation.streams:
            continue
        path = specimen.fill(template, side)
        tag = await seen(deployment_on_sqlite, path, token)
        for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            again = await ask(deployment_on_sqlite, "GET", path, token, headers={"If-None-Match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), path
        other = await ask(deployment_on_sqlite, "GET", path, token, headers={"If-None-Match": '"other"'})
        assert other.status_code == 200


async def test_whoever_may_not_see_it_learns_nothing_by_a_condition(deployment_on_sqlite: Deployment) -> None:
    token = await root(deployment_on_sqlite)
    made = await ask(deployment_on_sqlite, "POST", "/users", token, json={"email": "bob@example.com"})
    path = f"/users/{made.json()['id']}"
    condition = {"If-None-Match": await seen(deployment_on_sqlite, path, token), "If-Match": '"x"'}
    for method in ("GET", "DELETE"):
        assert (await ask(deployment_on_sqlite, method, path, None, headers=condition)).status_code == 401
        absent = await ask(deployment_on_sqlite, method, "/users/nobody", token, headers=condition)
        assert absent.status_code == 404
