"""`/users` and what is done to them: who may touch whom, and what is told of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hibana_op.records import memberships, two_factor, users
from tests.api.credentials import ask, key_of, person_token, with_role
from tests.api.specimens import seed_side
from tests.deployment import Deployment, deploy
from tests.make import make_session, make_user
from tests.ports import free_port

ACTIONS = ("suspend", "resume", "unlock", "reset-factors", "end-sessions", "export")


async def test_a_person_is_added_shown_changed_and_erased(deployment: Deployment) -> None:
    token = await person_token(deployment.op, await with_role(deployment.op, "admin"))
    new = {"email": "bob@example.com", "name": "Bob", "localized": {"name#ja": "ボブ"}, "address": {"country": "JP"}}
    made = await ask(deployment, "POST", "/users", token, json=new)
    path = f"/users/{made.json()['id']}"
    deployment.clock.advance(60)
    changed = await ask(deployment, "PATCH", path, token, json={"nickname": "B", "name": None, "membership": "premium"})

    assert made.json()["email_verified"] is False
    assert made.json()["localized"] == {"name#ja": "ボブ"}
    assert made.json()["created_at"] == "2027-01-15T08:00:00Z"
    assert changed.json()["updated_at"] == "2027-01-15T08:01:00Z"
    assert (changed.json()["name"], changed.json()["membership"]) == (None, "premium")
    assert (await ask(deployment, "GET", path, token)).json() == changed.json()
    assert (await ask(deployment, "DELETE", path, token)).status_code == 204
    assert (await ask(deployment, "GET", path, token)).status_code == 404


async def test_an_address_that_somebody_has_is_a_conflict(deployment: Deployment) -> None:
    token = await person_token(deployment.op, await with_role(deployment.op, "admin"))
    answers = [
        await ask(deployment, "POST", "/users", token, json={"email": f"{name}@Example.com"}) for name in ("b", "B")
    ]
    assert [each.status_code for each in answers] == [201, 409]


async def test_a_new_address_is_unconfirmed_and_the_old_one_is_told(tmp_path: Path) -> None:
    settings = {"HIBANA_SMTP__URL": f"smtp://127.0.0.1:{free_port()}"}
    async with deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path, **settings) as deployment:
        await change_address(deployment)


async def change_address(deployment: Deployment) -> None:
    op = deployment.op
    token = await person_token(op, await with_role(op, "admin"))
    user = await make_user(op, email="bob@example.com", email_verified=True)

    answer = await ask(deployment, "PATCH", f"/users/{user.id}", token, json={"email": "robert@example.com"})

    assert (answer.json()["email"], answer.json()["email_verified"]) == ("robert@example.com", False)
    (told,) = await op.db.all("SELECT recipient FROM outgoing_messages")
    assert told["recipient"] == "bob@example.com"


@pytest.mark.parametrize("action", ACTIONS)
async def test_P03_nobody_touches_who_may_do_more(deployment_on_sqlite: Deployment, action: str) -> None:
    op = deployment_on_sqlite.op
    root = await with_role(op, "super_admin")
    token = await person_token(op, await with_role(op, "admin"))

    answer = await ask(deployment_on_sqlite, "POST", f"/users/{root.id}/{action}", token)

    assert answer.status_code == 403, answer.text


async def test_P03_nobody_changes_or_erases_who_may_do_more(deployment: Deployment) -> None:
    op = deployment.op
    root = await with_role(op, "super_admin")
    token = await person_token(op, await with_role(op, "admin"))

    changed = await ask(deployment, "PATCH", f"/users/{root.id}", token, json={"email": "mine@example.com"})
    erased = await ask(deployment, "DELETE", f"/users/{root.id}", token)

    assert (changed.status_code, erased.status_code) == (403, 403)
    assert await users.find(op.db, root.id) == root


async def test_P03_the_last_super_administrator_stays(deployment: Deployment) -> None:
    op = deployment.op
    root = await with_role(op, "super_admin")
    token = await person_token(op, root)

    for method, path in (("POST", f"/users/{root.id}/suspend"), ("DELETE", f"/users/{root.id}")):
        assert (await ask(deployment, method, path, token)).status_code == 409
    await with_role(op, "super_admin")
    assert (await ask(deployment, "POST", f"/users/{root.id}/suspend", token)).status_code == 200


async def test_a_suspended_person_loses_sessions_and_tokens_and_may_come_back(deployment: Deployment) -> None:
    op = deployment.op
    token = await person_token(op, await with_role(op, "admin"))
    user = await make_user(op)
    session = await make_session(op, user)
    theirs = await person_token(op, user)

    suspended = await ask(deployment, "POST", f"/users/{user.id}/suspend", token)
    assert suspended.json()["status"] == "suspended"
    assert (await ask(deployment, "GET", "/me", theirs)).status_code == 401
    assert (await ask(deployment, "GET", f"/sessions/{session.id}", token)).status_code == 404
    resumed = await ask(deployment, "POST", f"/users/{user.id}/resume", token)
    assert resumed.json()["status"] == "active"
    assert (await ask(deployment, "GET", "/me", theirs)).status_code == 401


async def test_what_was_lost_is_taken_away(deployment: Deployment) -> None:
    op = deployment.op
    token = await person_token(op, await with_role(op, "admin"))
    user = await make_user(op)
    await op.db.transact(
        lambda tx: two_factor.put_method(tx, user.id, "sms", destination="+819012345678", now=op.now())
    )

    path = f"/users/{user.id}"
    before = (await ask(deployment, "GET", f"{path}/credentials", token)).json()
    removed = await ask(deployment, "POST", f"{path}/reset-factors", token, json={"kinds": ["sms"]})
    after = (await ask(deployment, "GET", f"{path}/credentials", token)).json()

    assert before["has_password"] is True
    assert [(each["method"], each["ends_in"]) for each in before["second_factors"]] == [("sms", "678")]
    assert removed.json() == {"removed": ["sms"]}
    assert after["second_factors"] == []
    assert (await ask(deployment, "POST", f"{path}/reset-factors", token, json={"kinds": ["sms"]})).status_code == 404


async def test_the_credentials_of_a_person_hold_no_secret(deployment: Deployment) -> None:
    op = deployment.op
    token = await person_token(op, await with_role(op, "admin"))
    user = await make_user(op)
    (kept,) = await op.db.all("SELECT * FROM passwords")
    for method, path in (("GET", "credentials"), ("POST", "export")):
        answer = await ask(deployment, method, f"/users/{user.id}/{path}", token)
        assert answer.status_code == 200
        assert kept["password_hash"] not in answer.text
        assert "$argon2" not in answer.text


async def test_sessions_are_listed_and_ended(deployment: Deployment) -> None:
    op = deployment.op
    token = await person_token(op, await with_role(op, "support"))
    user, other = await make_user(op), await make_user(op)
    sessions = [await make_session(op, user) for _ in range(3)]
    await make_session(op, other)

    listed = (await ask(deployment, "GET", "/sessions", token, params={"user_id": user.id})).json()["items"]
    one = await ask(deployment, "DELETE", f"/sessions/{sessions[0].id}", token)
    rest = await ask(deployment, "POST", f"/users/{user.id}/end-sessions", token)
    left = (await ask(deployment, "GET", "/sessions", token)).json()["items"]

    assert [each["id"] for each in listed] == [each.id for each in sessions]
    assert (one.status_code, rest.status_code) == (204, 204)
    assert [each["user_id"] for each in left] == [other.id]
    assert (await ask(deployment, "DELETE", f"/sessions/{sessions[0].id}", token)).status_code == 404
    events = await op.db.all("SELECT * FROM audit_log WHERE action = 'user:session:ended'")
    assert len(events) == 3


async def test_a_tenant_sees_its_people_and_not_what_is_theirs_alone(deployment: Deployment) -> None:
    op = deployment.op
    side = await seed_side(op, "CANARYA")
    private: dict[str, Any] = {"phone_number": "+819012345678", "birthdate": "2000-01-01", "gender": "nonbinary"}
    await op.db.transact(lambda tx: users.update(tx, replace(side.member, **private)))
    key = await key_of(op, side.owner, tenant_id=side.tenant_id)

    shown = await ask(deployment, "GET", f"/users/{side.member.id}", key)
    listed = await ask(deployment, "GET", "/users", key)

    assert shown.json()["email"] == side.member.email
    for answer in (shown, listed):
        assert not [value for value in private.values() if value in answer.text]
        assert "phone_number" not in answer.text
    assert {each["id"] for each in listed.json()["items"]} >= {side.member.id, side.owner.id}


async def test_who_left_a_tenant_is_none_of_its_business(deployment: Deployment) -> None:
    op = deployment.op
    side = await seed_side(op, "CANARYA")
    key = await key_of(op, side.owner, tenant_id=side.tenant_id)
    membership = await memberships.of_person(op.db, side.tenant_id, side.member.id)
    assert membership is not None
    assert (await ask(deployment, "GET", f"/users/{side.member.id}", key)).status_code == 200

    await op.db.transact(lambda tx: memberships.update(tx, replace(membership, status="left", left_at=op.now())))

    assert (await ask(deployment, "GET", f"/users/{side.member.id}", key)).status_code == 404
    assert side.member.id not in (await ask(deployment, "GET", "/users", key)).text
