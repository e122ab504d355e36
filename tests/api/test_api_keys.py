"""`/api-keys`: shown once, kept as hashes, narrow, and over at once."""

import asyncio
from typing import Any

import pytest

from hibana_op.api.operation import ROOT
from hibana_op.tenancy import actors, api_keys, membership, staff
from hibana_op.tenancy.seats import Seat
from tests.api.credentials import ORIGIN, ask, key_of, person_token, with_role
from tests.deployment import Deployment
from tests.make import make_member, make_tenant, make_user


async def status(deployment: Deployment, token: str | None, path: str = "/me") -> int:
    return (await ask(deployment, "GET", path, token)).status_code


async def test_P04_a_key_is_shown_once_and_kept_as_a_hash(deployment: Deployment) -> None:
    op = deployment.op
    admin = await person_token(op, await with_role(op, "admin"))
    made = await ask(deployment, "POST", "/api-keys", admin, json={"name": "A program", "scopes": ["users:read"]})
    text, key_id = made.json()["key"], made.json()["id"]

    assert made.status_code == 201
    assert made.headers["location"] == f"{op.issuer}{ROOT}/api-keys/{key_id}"
    assert await status(deployment, text, "/users") == 200
    shown = await ask(deployment, "GET", f"/api-keys/{key_id}", admin)
    listed = await ask(deployment, "GET", "/api-keys", admin)
    kept = str([dict(row) for row in await op.db.all("SELECT * FROM api_keys")])
    for told in (shown.text, listed.text, kept):
        assert text not in told
        assert text.split("_")[2] not in told
    assert "key_hash" not in shown.text


async def test_P04_a_revoked_key_is_out_at_once(deployment: Deployment) -> None:
    op = deployment.op
    admin = await with_role(op, "admin")
    token, key = await person_token(op, admin), await key_of(op, admin)
    (kept,) = (await ask(deployment, "GET", "/api-keys", token)).json()["items"]

    removed = await ask(deployment, "DELETE", f"/api-keys/{kept['id']}", token)

    assert removed.status_code == 204
    assert await status(deployment, key) == 401
    assert (await ask(deployment, "DELETE", f"/api-keys/{kept['id']}", token)).status_code == 409


async def test_P04_an_expired_key_is_out_to_the_second(deployment: Deployment) -> None:
    op = deployment.op
    key = await key_of(op, await with_role(op, "admin"), expires_at=op.now() + 60)
    deployment.clock.advance(59)
    assert await status(deployment, key) == 200
    deployment.clock.advance(1)
    assert await status(deployment, key) == 401


async def test_P04_a_key_does_no_more_than_it_was_made_for(deployment: Deployment) -> None:
    op = deployment.op
    key = await key_of(op, await with_role(op, "super_admin"), "users:read")

    assert await status(deployment, key, "/users") == 200
    assert await status(deployment, key, "/signing-keys") == 403
    made = await ask(deployment, "POST", "/api-keys", key, json={"name": "More", "scopes": ["*"]})
    assert made.status_code == 403


async def test_P04_a_key_makes_no_key_that_would_be_free_of_its_limits(deployment: Deployment) -> None:
    op = deployment.op
    key = await key_of(op, await with_role(op, "super_admin"), "api-keys:*", cidrs=("127.0.0.0/8",))

    made = await ask(deployment, "POST", "/api-keys", key, json={"name": "Twin", "scopes": ["api-keys:*"]})

    assert (made.status_code, made.json()["detail"]) == (403, "a key makes no other keys; sign in to make one")


async def test_P04_nobody_makes_a_key_for_more_than_they_may(deployment: Deployment) -> None:
    op = deployment.op
    token = await person_token(op, await with_role(op, "server_manager"))

    wider = await ask(deployment, "POST", "/api-keys", token, json={"name": "x", "scopes": ["users:read"]})
    unknown = await ask(deployment, "POST", "/api-keys", token, json={"name": "x", "scopes": ["users:fly"]})
    own = await ask(deployment, "POST", "/api-keys", token, json={"name": "x", "scopes": ["api-keys:*"]})

    assert [wider.status_code, unknown.status_code, own.status_code] == [403, 422, 201]


@pytest.mark.parametrize("member", ["user_id", "id", "prefix", "key", "key_hash", "created_by"])
async def test_P04_whose_a_key_is_comes_from_the_caller_alone(deployment_on_sqlite: Deployment, member: str) -> None:
    op = deployment_on_sqlite.op
    victim = await with_role(op, "super_admin")
    token = await person_token(op, await with_role(op, "admin"))

    body = {"name": "x", "scopes": ["users:read"], member: victim.id}
    answer = await ask(deployment_on_sqlite, "POST", "/api-keys", token, json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == member


async def test_P04_a_key_counts_only_from_its_networks(deployment: Deployment) -> None:
    op = deployment.op
    user = await with_role(op, "admin")
    near = await key_of(op, user, cidrs=("127.0.0.0/8",))
    far = await key_of(op, user, cidrs=("192.0.2.0/24",))

    assert await status(deployment, near) == 200
    assert await status(deployment, far) == 401
    claimed = await ask(deployment, "GET", "/me", far, headers={"X-Forwarded-For": "192.0.2.1"})
    assert claimed.status_code == 401


async def test_a_mistyped_key_is_told_apart_without_the_database(deployment_on_sqlite: Deployment) -> None:
    key = await key_of(deployment_on_sqlite.op, await with_role(deployment_on_sqlite.op, "admin"))
    wrong = key[:20] + ("0" if key[20] != "0" else "1") + key[21:]

    assert api_keys.is_well_formed(key)
    assert not api_keys.is_well_formed(wrong)
    assert "mistyped" in (await ask(deployment_on_sqlite, "GET", "/me", wrong)).json()["detail"]


async def test_when_a_key_was_used_is_known_to_some_minutes(deployment: Deployment) -> None:
    op = deployment.op
    user = await with_role(op, "admin")
    token, key = await person_token(op, user), await key_of(op, user)

    async def used_at() -> Any:
        return (await ask(deployment, "GET", "/api-keys", token)).json()["items"][0]["last_used_at"]

    assert await used_at() is None
    await status(deployment, key)
    first = await used_at()
    deployment.clock.advance(60)
    await status(deployment, key)
    assert first == await used_at() == "2027-01-15T08:00:00Z"


async def test_a_race_of_revocation_and_use_ends_with_the_revocation(deployment: Deployment) -> None:
    op = deployment.op
    user = await with_role(op, "admin")
    key = await key_of(op, user)
    (kept,) = await op.db.all("SELECT id FROM api_keys")
    command = await actors.command(op)

    async def revoke() -> None:
        await api_keys.revoke(op, command, kept["id"], origin=ORIGIN)

    async def use() -> int:
        return await status(deployment, key)

    statuses = await asyncio.gather(*(use() for _ in range(5)), revoke(), *(use() for _ in range(5)))

    assert set(statuses) <= {200, 401, None}
    assert await use() == 401


@pytest.mark.parametrize("auth_type", ["password", "mfa", "sso"])
async def test_P08_a_key_brings_nothing_of_what_is_asked_of_staff(deployment: Deployment, auth_type: str) -> None:
    op = deployment.op
    person, tenant = await with_role(op, "admin"), await make_tenant(op)
    await make_member(op, tenant, person, role="owner")
    key = await key_of(op, person)
    assert await status(deployment, key, "/users") == 200

    await staff.put(op, await actors.command(op), person.id, auth_type=auth_type, origin=ORIGIN)

    assert await status(deployment, key, "/users") == 403
    assert await status(deployment, key, f"/clients?tenant_id={tenant.id}") == 200


async def test_P04_a_key_does_not_come_back_with_the_person_who_was_removed(deployment: Deployment) -> None:
    op = deployment.op
    tenant, user = await make_tenant(op), await make_user(op)
    member = await make_member(op, tenant, user, role="admin")
    key = await key_of(op, user, tenant_id=tenant.id)
    elsewhere = await make_tenant(op)
    await make_member(op, elsewhere, user, role="admin")
    other = await key_of(op, user, tenant_id=elsewhere.id)
    assert await status(deployment, key) == 200

    command = await actors.command(op)
    await membership.remove(op, command, tenant.id, member.id, origin=ORIGIN)
    assert await status(deployment, key) == 401
    await membership.add(op, command, tenant.id, user.id, seat=Seat(role="admin"), origin=ORIGIN)

    assert await status(deployment, key) == 401
    assert await status(deployment, other) == 200


async def test_P03_nobody_revokes_the_key_of_a_stronger_person(deployment: Deployment) -> None:
    op = deployment.op
    tenant, owner, admin = await make_tenant(op), await make_user(op), await make_user(op)
    await make_member(op, tenant, owner, role="owner")
    await make_member(op, tenant, admin, role="admin")
    key = await key_of(op, owner, tenant_id=tenant.id)
    own = await key_of(op, admin, tenant_id=tenant.id)
    of_owner, of_admin = await person_token(op, owner, tenant_id=tenant.id), await person_token(op, admin)
    ids = {
        each["user_id"]: each["id"]
        for each in (await ask(deployment, "GET", f"/api-keys?tenant_id={tenant.id}", of_owner)).json()["items"]
    }

    assert (await ask(deployment, "DELETE", f"/api-keys/{ids[owner.id]}", of_admin)).status_code == 403
    assert (await ask(deployment, "DELETE", f"/api-keys/{ids[admin.id]}", of_owner)).status_code == 204
    assert (await status(deployment, key), await status(deployment, own)) == (200, 401)
