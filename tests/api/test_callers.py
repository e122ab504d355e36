"""Who gets in: people by an app, machines and keys, and nothing that resembles them."""

from dataclasses import replace
from typing import Any

import pytest

from hibana_op.api import caller
from hibana_op.api.operation import ROOT, SCOPE
from hibana_op.records import resources, roles, tenants, users
from hibana_op.records.resources import OWN_API
from tests.api.credentials import ask, key_of, machine_token, person_token, with_role
from tests.api.specimens import seed_side
from tests.deployment import VERIFIER, Deployment
from tests.make import make_client, make_user


async def status(deployment: Deployment, token: str | None, path: str = "/me") -> int:
    return (await ask(deployment, "GET", path, token)).status_code


async def test_whoever_sends_nothing_is_challenged(deployment_on_sqlite: Deployment) -> None:
    answer = await ask(deployment_on_sqlite, "GET", "/me", None)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="hibana"'
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["trace_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://id.example"},
        {"aud": "https://id.example/api/v1/"},
        {"aud": "https://api.example/"},
        {"aud": ["https://id.example/api/v1", "https://api.example/"]},
        {"aud": None},
        {"iss": "https://other.example"},
        {"exp": 1_700_000_000},
        {"typ": "JWT"},
        {"typ": "logout+jwt"},
        {"jti": "nobody.nothing"},
        {"client_id": "nobody"},
    ],
    ids=str,
)
async def test_D05_tokens_of_another_kind_or_for_another_resource_are_refused(
    deployment_on_sqlite: Deployment, claims: dict[str, Any]
) -> None:
    user = await with_role(deployment_on_sqlite.op, "super_admin")

    answer = await ask(deployment_on_sqlite, "GET", "/me", await person_token(deployment_on_sqlite.op, user, **claims))

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_D06_a_token_without_the_scope_is_refused(deployment_on_sqlite: Deployment) -> None:
    user = await with_role(deployment_on_sqlite.op, "super_admin")
    token = await person_token(deployment_on_sqlite.op, user, scope="openid profile")

    answer = await ask(deployment_on_sqlite, "GET", "/me", token)

    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "DPoP abc", "Bearer a b", f"Bearer {'a' * 17000}"]
)
async def test_headers_that_are_none_are_refused(deployment_on_sqlite: Deployment, header: str) -> None:
    answer = await ask(deployment_on_sqlite, "GET", "/me", None, headers={"Authorization": header})
    assert answer.status_code == 401


async def test_a_token_in_the_query_is_no_token(deployment_on_sqlite: Deployment) -> None:
    token = await person_token(deployment_on_sqlite.op, await with_role(deployment_on_sqlite.op, "super_admin"))
    answer = await ask(deployment_on_sqlite, "GET", "/me", None, params={"access_token": token})
    assert answer.status_code == 401


async def test_a_suspended_person_is_out_at_once(deployment: Deployment) -> None:
    op = deployment.op
    user = await with_role(op, "admin")
    token, key = await person_token(op, user), await key_of(op, user)
    assert [await status(deployment, each) for each in (token, key)] == [200, 200]

    await op.db.transact(lambda tx: users.update(tx, replace(user, status="suspended")))

    assert [await status(deployment, each) for each in (token, key)] == [401, 401]


async def test_a_role_that_is_taken_away_counts_no_more(deployment: Deployment) -> None:
    op = deployment.op
    user = await with_role(op, "admin")
    token, key = await person_token(op, user), await key_of(op, user)
    assert [await status(deployment, each, "/users") for each in (token, key)] == [200, 200]

    (held,) = await roles.assignments_page(op.db, tenant_id=None, user_id=user.id)
    await op.db.transact(lambda tx: roles.delete_assignment(tx, held.id))

    assert [await status(deployment, each, "/users") for each in (token, key)] == [403, 403]


async def test_O02_a_token_of_one_tenant_opens_nothing_elsewhere(deployment: Deployment) -> None:
    op = deployment.op
    user = await with_role(op, "super_admin")
    one, other = await seed_side(op, "CANARYA"), await seed_side(op, "CANARYB")
    token = await person_token(op, user, tenant_id=one.tenant_id)

    async def listed(tenant_id: str) -> int:
        return (await ask(deployment, "GET", "/users", token, params={"tenant_id": tenant_id})).status_code

    assert await listed(one.tenant_id) == 200
    assert await listed(other.tenant_id) == 404
    assert await status(deployment, token, "/signing-keys") == 403


async def test_O05_what_is_confined_to_a_suspended_tenant_is_dead(deployment: Deployment) -> None:
    op = deployment.op
    side = await seed_side(op, "CANARYA")
    user = await with_role(op, "super_admin")
    held = (
        await person_token(op, user, tenant_id=side.tenant_id),
        await key_of(op, side.owner, tenant_id=side.tenant_id),
        await machine_token(deployment, tenant_id=side.tenant_id),
    )
    assert [await status(deployment, each) for each in held] == [200, 200, 200]

    await op.db.transact(lambda tx: tenants.set_status(tx, side.tenant_id, "suspended", now=op.now()))
    op.remembered.forget()

    assert [await status(deployment, each) for each in held] == [401, 401, 401]


async def test_whoever_is_wrong_too_often_waits(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller, "MOST_FAILURES", 3)
    key = await key_of(deployment.op, await with_role(deployment.op, "admin"))
    answers = [await ask(deployment, "GET", "/me", "hib_wrong") for _ in range(5)]

    assert [each.status_code for each in answers] == [401, 401, 401, 429, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert await status(deployment, key) == 200, "whoever has a key that counts goes on"
    deployment.clock.advance(caller.WINDOW)
    assert await status(deployment, "hib_wrong") == 401


async def test_the_api_is_a_resource_that_apps_ask_for(deployment: Deployment) -> None:
    op = deployment.op
    app = await make_client(op, client_name="Console", scope=f"openid {SCOPE}")
    user = await make_user(op)
    resource = op.issuer + ROOT

    code = await deployment.browser().obtain_code(app, user, scope=f"openid {SCOPE}", resource=resource)
    answer = await deployment.token(
        app,
        grant_type="authorization_code",
        code=code,
        redirect_uri=app.redirect_uris[0],
        code_verifier=VERIFIER,
        resource=resource,
    )
    me = await ask(deployment, "GET", "/me", answer.json()["access_token"])

    assert me.status_code == 200
    assert me.json()["user_id"] == user.id
    assert me.json()["permissions"] == []


async def test_an_app_that_nobody_gave_the_scope_cannot_ask_for_it(deployment: Deployment) -> None:
    op = deployment.op
    app = await make_client(op, grant_types=("authorization_code", "client_credentials"))
    refused = await deployment.browser().authorize(app, scope=f"openid {SCOPE}", resource=op.issuer + ROOT)
    machine = await deployment.token(app, grant_type="client_credentials", resource=op.issuer + ROOT, scope=SCOPE)

    assert "error=invalid_scope" in refused.headers["location"]
    assert machine.json()["error"] == "invalid_scope"


async def test_a_machine_with_a_grant_acts_in_its_own_name(deployment: Deployment) -> None:
    token = await machine_token(deployment)
    me = (await ask(deployment, "GET", "/me", token)).json()

    assert (me["kind"], me["user_id"]) == ("machine", None)
    assert await status(deployment, token, "/users") == 200
    own = await ask(deployment, "POST", "/api-keys", token, json={"name": "x", "scopes": ["*"]})
    assert own.status_code == 422


async def test_the_api_can_be_neither_removed_nor_taken(deployment: Deployment) -> None:
    op = deployment.op
    kept = await resources.get(op.db, op.issuer + ROOT)

    assert kept.id == OWN_API
    assert kept.is_own
    assert not kept.skip_consent


async def test_what_is_done_is_told_with_who_did_it(deployment: Deployment) -> None:
    op = deployment.op
    admin = await with_role(op, "admin")
    token = await person_token(op, admin)
    made = await ask(deployment, "POST", "/users", token, json={"email": "bob@example.com"})

    events = await ask(deployment, "GET", "/audit-events", token, params={"action": "user:account:created"})

    (event,) = [each for each in events.json()["items"] if each["resource_id"] == made.json()["id"]]
    assert event["user_id"] == admin.id
    assert event["actor_kind"] == "user"
    assert event["client_id"]
    assert event["trace_id"] == made.headers["x-request-id"]


async def test_C09_pages_of_other_origins_are_told_nothing(deployment_on_sqlite: Deployment) -> None:
    key = await key_of(deployment_on_sqlite.op, await with_role(deployment_on_sqlite.op, "admin"))
    for origin in ("https://evil.example", "null", "https://id.example.evil.example"):
        asked = await ask(deployment_on_sqlite, "GET", "/me", key, headers={"Origin": origin})
        preflight = await ask(
            deployment_on_sqlite,
            "OPTIONS",
            "/me",
            None,
            headers={"Origin": origin, "Access-Control-Request-Method": "GET"},
        )
        for answer in (asked, preflight):
            assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert preflight.status_code == 405
