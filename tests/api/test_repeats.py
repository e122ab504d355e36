"""`Idempotency-Key` and `If-Match`: nothing is made twice, and nothing is overwritten unseen."""

import asyncio

import pytest

from hibana_op.api.repeated import KEPT_FOR
from tests.api.credentials import ask, key_of, with_role
from tests.deployment import Deployment

BOB = {"email": "bob@example.com", "name": "Bob"}
KEY = {"Idempotency-Key": "one-and-the-same"}


async def root(deployment: Deployment) -> str:
    """A key that may do everything."""
    return await key_of(deployment.op, await with_role(deployment.op, "super_admin"))


async def test_a_repeated_request_is_done_once_and_answered_alike(deployment: Deployment) -> None:
    token = await root(deployment)
    first = await ask(deployment, "POST", "/users", token, json=BOB, headers=KEY)
    again = await ask(deployment, "POST", "/users", token, json=BOB, headers=KEY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.headers["location"] == again.headers["location"]


async def test_the_same_key_for_another_request_is_refused(deployment: Deployment) -> None:
    token = await root(deployment)
    await ask(deployment, "POST", "/users", token, json=BOB, headers=KEY)
    other = await ask(deployment, "POST", "/users", token, json={**BOB, "name": "Robert"}, headers=KEY)
    assert other.status_code == 422


async def test_requests_at_once_make_one_thing(deployment: Deployment) -> None:
    token = await root(deployment)
    answers = await asyncio.gather(*(ask(deployment, "POST", "/users", token, json=BOB, headers=KEY) for _ in range(8)))

    assert {each.status_code for each in answers} <= {201, 409}
    made = {each.json()["id"] for each in answers if each.status_code == 201}
    assert len(made) == 1
    assert len(await deployment.op.db.all("SELECT id FROM users WHERE email = 'bob@example.com'")) == 1


async def test_a_request_that_was_refused_may_come_again(deployment: Deployment) -> None:
    token = await root(deployment)
    refused = await ask(deployment, "POST", "/users", token, json={"email": "no address"}, headers=KEY)
    made = await ask(deployment, "POST", "/users", token, json=BOB, headers=KEY)
    assert (refused.status_code, made.status_code) == (422, 201)


async def test_nobody_gets_the_answer_to_somebody_else(deployment: Deployment) -> None:
    one, other = await root(deployment), await root(deployment)
    made = await ask(deployment, "POST", "/users", one, json=BOB, headers=KEY)
    theirs = await ask(deployment, "POST", "/users", other, json=BOB, headers=KEY)
    assert (made.status_code, theirs.status_code) == (201, 409)


async def test_P04_a_key_is_not_answered_for_another_key_of_the_same_person(deployment: Deployment) -> None:
    op = deployment.op
    admin = await with_role(op, "super_admin")
    wide, narrow = await key_of(op, admin), await key_of(op, admin, "users:read")
    assert (await ask(deployment, "POST", "/users", wide, json=BOB, headers=KEY)).status_code == 201
    assert (await ask(deployment, "POST", "/users", narrow, json=BOB, headers=KEY)).status_code == 403


async def test_an_answer_is_kept_for_a_day_and_sealed(deployment: Deployment) -> None:
    token = await root(deployment)
    body = {"client_name": "Flower Shop", "redirect_uris": ["https://shop.example/cb"]}
    first = await ask(deployment, "POST", "/clients", token, json=body, headers=KEY)
    kept = str([dict(row) for row in await deployment.op.db.all("SELECT * FROM idempotency_keys")])
    assert first.json()["client_secret"] not in kept
    assert "Flower Shop" not in kept

    deployment.clock.advance(KEPT_FOR - 1)
    again = await ask(deployment, "POST", "/clients", token, json=body, headers=KEY)
    assert again.json() == first.json()
    deployment.clock.advance(1)
    anew = await ask(deployment, "POST", "/clients", token, json=body, headers=KEY)
    assert anew.json()["client_id"] != first.json()["client_id"]


@pytest.mark.parametrize("key", ["", "a" * 256, "with space", "tab\t"])
async def test_a_key_has_a_form(deployment_on_sqlite: Deployment, key: str) -> None:
    token = await root(deployment_on_sqlite)
    answer = await ask(deployment_on_sqlite, "POST", "/users", token, json=BOB, headers={"Idempotency-Key": key})
    assert answer.status_code == 400


async def test_what_was_changed_since_is_not_overwritten(deployment: Deployment) -> None:
    token = await root(deployment)
    path = f"/users/{(await ask(deployment, 'POST', '/users', token, json=BOB)).json()['id']}"
    seen = (await ask(deployment, "GET", path, token)).headers["etag"]
    deployment.clock.advance(5)

    first = await ask(deployment, "PATCH", path, token, json={"nickname": "B"}, headers={"If-Match": seen})
    second = await ask(deployment, "PATCH", path, token, json={"nickname": "C"}, headers={"If-Match": seen})
    removal = await ask(deployment, "DELETE", path, token, headers={"If-Match": seen})
    fresh = await ask(
        deployment, "PATCH", path, token, json={"nickname": "C"}, headers={"If-Match": first.headers["etag"]}
    )

    assert [first.status_code, second.status_code, removal.status_code, fresh.status_code] == [200, 412, 412, 200]
    assert (await ask(deployment, "GET", path, token)).headers["etag"] == fresh.headers["etag"]
    assert (await ask(deployment, "DELETE", path, token, headers={"If-Match": "*"})).status_code == 204


async def test_of_changes_at_once_one_wins(deployment: Deployment) -> None:
    token = await root(deployment)
    path = f"/users/{(await ask(deployment, 'POST', '/users', token, json=BOB)).json()['id']}"
    seen = {"If-Match": (await ask(deployment, "GET", path, token)).headers["etag"]}

    answers = await asyncio.gather(
        *(ask(deployment, "PATCH", path, token, json={"nickname": f"B{at}"}, headers=seen) for at in range(6))
    )

    assert sorted(each.status_code for each in answers) == [200, 412, 412, 412, 412, 412]


async def test_pages_follow_each_other_and_no_cursor_can_be_made_up(deployment: Deployment) -> None:
    token = await root(deployment)
    emails = [f"user{at}@example.com" for at in range(5)]
    for email in emails:
        await ask(deployment, "POST", "/users", token, json={"email": email})
    seen, cursor = [], ""
    while True:
        query = {"limit": "2", "q": "user", **({"cursor": cursor} if cursor else {})}
        page = (await ask(deployment, "GET", "/users", token, params=query)).json()
        seen += [each["email"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]

    assert seen == emails
    newest = await ask(deployment, "GET", "/users", token, params={"sort": "-created_at", "q": "user", "limit": "1"})
    assert newest.json()["items"][0]["email"] == emails[-1]
    for path, wrong in (("/users", cursor[:-1] + "_"), ("/sessions", cursor), ("/users?sort=-created_at", cursor)):
        joint = "&" if "?" in path else "?"
        assert (await ask(deployment, "GET", f"{path}{joint}cursor={wrong}", token)).status_code == 422
