"""What apps get while an administrator acts as a person: it says who acts (RFC 8693 §4.1), and it does not last."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hibana_op.api.operation import ROOT, SCOPE
from hibana_op.foundation.acr import TWO_FACTORS
from hibana_op.oauth import subjects
from hibana_op.records import consents, roles, sessions
from hibana_op.records.clients import Client
from hibana_op.records.consents import ACCOUNT
from hibana_op.storage.database import Session as Db
from tests.api.credentials import ask, person_token
from tests.deployment import answer
from tests.flows.journeys import claims_of, is_active, redeem, refresh, refusal_of, tokens_of, userinfo
from tests.impersonating import MINUTES, Acting, about_to_act, allow
from tests.make import make_client, make_member, make_resource, make_tenant
from tests.second_factors import deploy_sending

API = "https://api.example/"


@pytest.fixture
async def acting(database_url: str, tmp_path: Path) -> AsyncIterator[Acting]:
    """An administrator who acts as somebody, on each engine."""
    async with deploy_sending(database_url, tmp_path) as deployment:
        found = await about_to_act(deployment)
        assert (await found.begin()).url.path == "/account"
        yield found


@pytest.fixture
async def on_sqlite(tmp_path: Path) -> AsyncIterator[Acting]:
    """The same on SQLite."""
    async with deploy_sending(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path) as deployment:
        found = await about_to_act(deployment)
        assert (await found.begin()).url.path == "/account"
        yield found


async def tokens(acting: Acting, client: Client, **parameters: Any) -> dict[str, Any]:
    """What an app gets to whom the browser comes."""
    landing = await acting.browser.authorize(client, **parameters)
    return await tokens_of(await redeem(acting.deployment, client, answer(landing)["code"]))


@pytest.mark.parametrize("subject_type", ["public", "pairwise"])
@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
async def test_P09_every_token_names_who_acts_as_the_client_knows_them(
    on_sqlite: Acting, subject_type: str, token_format: str
) -> None:
    op = on_sqlite.deployment.op
    client = await make_client(op, first_party=True, subject_type=subject_type)
    await make_resource(op, identifier=API, token_format=token_format, skip_consent=True)
    act = {"sub": subjects.subject(op, client, on_sqlite.admin.id)}
    sub = subjects.subject(op, client, on_sqlite.person.id)

    of_account = await tokens(on_sqlite, client)
    of_api = await tokens(on_sqlite, client, resource=API, scope="openid read")

    told = claims_of(of_account["id_token"])
    assert (told["sub"], told["act"]) == (sub, act)
    assert (told["acr"], "otp" in told["amr"]) == (TWO_FACTORS, True), "as well proven as the administrator"
    assert (subject_type == "public") is (act["sub"] == on_sqlite.admin.id)
    about = (await userinfo(on_sqlite.deployment, of_account["access_token"])).json()
    assert (about["sub"], about["act"]) == (sub, act)
    for each in (of_account["access_token"], of_api["access_token"], of_account["refresh_token"]):
        found = (await on_sqlite.deployment.call("/introspect", client, token=each)).json()
        assert (found["active"], found["sub"], found["act"]) == (True, sub, act)
    if token_format == "jwt":
        assert claims_of(of_api["access_token"])["act"] == act


async def test_P09_a_token_in_the_browser_names_who_acts_too(on_sqlite: Acting) -> None:
    client = await make_client(
        on_sqlite.deployment.op,
        first_party=True,
        response_types=("id_token token",),
        grant_types=("implicit",),
    )
    landing = answer(await on_sqlite.browser.authorize(client, response_type="id_token token", code_challenge=None))
    assert claims_of(landing["id_token"])["act"] == {"sub": on_sqlite.admin.id}
    assert claims_of(landing["access_token"])["act"] == {"sub": on_sqlite.admin.id}


async def test_P09_a_person_who_acts_themselves_has_no_such_claim(on_sqlite: Acting) -> None:
    await on_sqlite.post("/impersonation/end")
    client = await make_client(on_sqlite.deployment.op, first_party=True)
    own = await tokens(on_sqlite, client)
    assert "act" not in claims_of(own["id_token"])
    assert "act" not in (await userinfo(on_sqlite.deployment, own["access_token"])).json()


async def test_P09_nothing_that_was_issued_outlives_it(acting: Acting) -> None:
    client = await make_client(acting.deployment.op, first_party=True)
    got = await tokens(acting, client, scope="openid profile offline_access")
    assert "offline_access" not in got["scope"]
    (family,) = await acting.deployment.op.db.all("SELECT * FROM token_families")
    session_ends = acting.deployment.op.now() + 30 * MINUTES
    assert family["expires_at"] <= session_ends
    assert claims_of(got["id_token"])["exp"] <= session_ends
    assert claims_of(got["access_token"])["exp"] <= session_ends

    await acting.post("/impersonation/end")

    assert not await is_active(acting.deployment, client, got["access_token"])
    assert not await is_active(acting.deployment, client, got["refresh_token"])
    assert (await userinfo(acting.deployment, got["access_token"])).status_code == 401
    assert (await refresh(acting.deployment, client, got["refresh_token"])).json()["error"] == "invalid_grant"


async def test_P09_a_code_that_was_not_redeemed_is_dead_when_it_ends(on_sqlite: Acting) -> None:
    client = await make_client(on_sqlite.deployment.op, first_party=True)
    code = answer(await on_sqlite.browser.authorize(client))["code"]
    await allow(on_sqlite.deployment, "off")
    assert (await redeem(on_sqlite.deployment, client, code)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("what", ["setting", "right", "suspension", "time", "own session", "person is staff"])
async def test_P09_tokens_end_with_what_it_stands_on(acting: Acting, what: str) -> None:
    op = acting.deployment.op
    client = await make_client(op, first_party=True, access_token_lifetime=86400)
    got = await tokens(acting, client)
    refreshed = await tokens_of(await refresh(acting.deployment, client, got["refresh_token"]))
    assert claims_of(refreshed["access_token"])["act"] == {"sub": acting.admin.id}
    changes = {
        "right": "DELETE FROM user_roles WHERE user_id = :admin",
        "suspension": "UPDATE users SET status = 'suspended' WHERE id = :admin",
        "own session": "UPDATE sessions SET revoked_at = 1 WHERE user_id = :admin",
    }
    if what == "setting":
        await allow(acting.deployment, "off")
    elif what == "time":
        acting.deployment.clock.advance(30 * MINUTES)
    elif what == "person is staff":
        await op.db.transact(lambda tx: roles.assign(tx, acting.person.id, "viewer", now=op.now()))
    else:
        await op.db.transact(lambda tx: tx.run(changes[what], admin=acting.admin.id))

    assert not await is_active(acting.deployment, client, refreshed["access_token"])
    assert not await is_active(acting.deployment, client, refreshed["refresh_token"])
    assert (await refresh(acting.deployment, client, refreshed["refresh_token"])).status_code == 400


@pytest.mark.parametrize("what", ["owner", "new member", "role", "wider role"])
async def test_P03_P09_tokens_end_when_the_person_may_do_more_than_when_it_began(acting: Acting, what: str) -> None:
    op = acting.deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op)
    await make_member(op, tenant, acting.person)
    role = await op.db.transact(lambda tx: roles.find_by_name(tx, tenant.id, "tenant_admin"))
    assert role is not None
    held = {"role": role.id, "person": acting.person.id, "tenant": tenant.id}
    give = """
        INSERT INTO user_roles (id, user_id, role_id, scope_type, scope_id, tenant_id, created_at)
        VALUES ('given', :person, :role, 'tenant', :tenant, :tenant, :now)"""
    if what == "wider role":
        await op.db.run(give, **held, now=op.now())
    client = await make_client(op, first_party=True, tenant_id=tenant.id)
    got = await tokens(acting, client)
    acting.deployment.clock.advance(1)
    assert await is_active(acting.deployment, client, got["access_token"])

    now = op.now()
    if what == "owner":
        await op.db.run("UPDATE tenant_memberships SET role = 'owner', updated_at = :now", now=now)
    elif what == "new member":
        await make_member(op, other, acting.person, created_at=now, updated_at=now)
    elif what == "role":
        await op.db.run(give, **held, now=now)
    else:
        await op.db.run("UPDATE roles SET updated_at = :now WHERE id = :role", now=now, role=role.id)

    assert not await is_active(acting.deployment, client, got["access_token"])
    assert (await refresh(acting.deployment, client, got["refresh_token"])).json()["error"] == "invalid_grant"
    assert not await acting.is_acting()


@pytest.mark.parametrize("what", ["taken", "narrowed", "removed", "membership"])
async def test_P03_P09_tokens_end_when_the_administrator_holds_less_than_when_it_began(
    acting: Acting, what: str
) -> None:
    op = acting.deployment.op
    tenant = await make_tenant(op)
    await make_member(op, tenant, acting.admin, role="owner")
    await op.db.run(
        """
        INSERT INTO roles (id, tenant_id, name, display_name, description, is_system_role, permissions_json,
                           created_at, updated_at)
        VALUES ('own', 'system', 'own', 'Own', 'Ours', FALSE, '["users:read"]', 1, 1)"""
    )
    await op.db.run(
        """
        INSERT INTO user_roles (id, user_id, role_id, scope_type, scope_id, tenant_id, created_at)
        VALUES ('own', :admin, 'own', 'deployment', 'system', NULL, :now)""",
        admin=acting.admin.id,
        now=op.now(),
    )
    client = await make_client(op, first_party=True)
    got = await tokens(acting, client)
    acting.deployment.clock.advance(1)
    assert await is_active(acting.deployment, client, got["access_token"])

    now = op.now()
    if what == "taken":
        assert await op.db.transact(lambda tx: roles.delete_assignment(tx, "own"))
    elif what == "removed":
        assert await op.db.transact(lambda tx: roles.delete(tx, "system", "own"))
    elif what == "narrowed":
        await op.db.run("UPDATE roles SET permissions_json = '[]', updated_at = :now WHERE id = 'own'", now=now)
    else:
        await op.db.run("UPDATE tenant_memberships SET role = 'member', updated_at = :now", now=now)

    assert not await is_active(acting.deployment, client, got["access_token"])
    assert (await refresh(acting.deployment, client, got["refresh_token"])).json()["error"] == "invalid_grant"
    assert not await acting.is_acting()


@pytest.mark.parametrize("which", ["that one", "all of theirs"])
async def test_P09_apps_hear_that_it_ended_with_the_administrators_own_sign_in(acting: Acting, which: str) -> None:
    op = acting.deployment.op
    client = await make_client(op, first_party=True, backchannel_logout_uri="https://app.example/bye")
    await tokens(acting, client)
    found = {each["impersonator_id"]: each["id"] for each in await op.db.all("SELECT * FROM sessions")}

    if which == "that one":
        await op.db.transact(lambda tx: sessions.revoke(tx, found[None], now=op.now()))
    else:
        await op.db.transact(lambda tx: sessions.revoke_of_user(tx, acting.admin.id, now=op.now()))

    (delivery,) = await op.db.all("SELECT * FROM logout_deliveries")
    assert (delivery["session_id"], delivery["user_id"]) == (found[acting.admin.id], acting.person.id)
    assert await op.db.all("SELECT id FROM sessions WHERE revoked_at IS NULL") == []


async def test_P09_an_app_that_the_person_did_not_let_in_is_refused_and_nothing_is_allowed_in_their_name(
    acting: Acting,
) -> None:
    op = acting.deployment.op
    client = await make_client(op)
    assert refusal_of(await acting.browser.authorize(client)) == "access_denied"
    assert await consents.of(op.db, acting.person.id, client.client_id) == {}

    await op.db.transact(
        lambda tx: consents.put(
            tx,
            acting.person.id,
            client.client_id,
            resource=ACCOUNT,
            scopes=frozenset({"openid", "profile", "email"}),
            now=op.now(),
        )
    )
    assert claims_of((await tokens(acting, client))["id_token"])["act"] == {"sub": acting.admin.id}
    assert refusal_of(await acting.browser.authorize(client, prompt="consent")) == "access_denied"


@pytest.mark.parametrize(
    "asked",
    [
        {"prompt": "login"},
        {"prompt": "select_account"},
        {"prompt": "create"},
        {"max_age": "0"},
        {"claims": '{"id_token": {"acr": {"essential": true, "values": ["phr"]}}}'},
    ],
    ids=["login", "select_account", "create", "max_age", "acr"],
)
async def test_P09_an_app_that_wants_the_person_themselves_is_refused(on_sqlite: Acting, asked: dict[str, str]) -> None:
    client = await make_client(on_sqlite.deployment.op, first_party=True)
    refused = refusal_of(await on_sqlite.browser.authorize(client, **asked))
    assert refused in ("access_denied", "unmet_authentication_requirements")
    assert await on_sqlite.is_acting()


async def test_P09_a_sign_in_older_than_an_app_takes_is_not_renewed(on_sqlite: Acting) -> None:
    client = await make_client(on_sqlite.deployment.op, first_party=True)
    on_sqlite.deployment.clock.advance(5 * MINUTES)
    assert refusal_of(await on_sqlite.browser.authorize(client, max_age="60")) == "access_denied"


async def test_P09_the_management_api_is_closed_to_it(on_sqlite: Acting) -> None:
    op = on_sqlite.deployment.op
    api, asked = op.issuer + ROOT, frozenset({SCOPE})
    client = await make_client(op, first_party=True, scope=f"openid {SCOPE}")

    async def allow_before(tx: Db) -> None:
        await consents.put(tx, on_sqlite.person.id, client.client_id, resource=api, scopes=asked, now=op.now())

    await op.db.transact(allow_before)
    refused = await on_sqlite.browser.authorize(client, scope=f"openid {SCOPE}", resource=api)
    assert "management API" in answer(refused)["error_description"]
    assert refusal_of(refused) == "access_denied"

    # Even a token for it, had there been one, would open nothing.
    token = await person_token(op, on_sqlite.person)
    assert (await ask(on_sqlite.deployment, "GET", "/me", token)).status_code == 200

    async def mark(tx: Db) -> None:
        await tx.run(
            """
            UPDATE token_families SET impersonator_id = :admin,
              session_id = (SELECT id FROM sessions WHERE impersonator_id = :admin)""",
            admin=on_sqlite.admin.id,
        )

    await op.db.transact(mark)
    assert (await ask(on_sqlite.deployment, "GET", "/me", token)).status_code == 401


async def test_P09_somebody_acts_in_a_tenant_of_the_person_as_far_as_their_own_proof_goes(acting: Acting) -> None:
    op = acting.deployment.op
    tenant = await make_tenant(op)
    await make_member(op, tenant, acting.person)
    client = await make_client(op, first_party=True, tenant_id=tenant.id)
    assert claims_of((await tokens(acting, client))["id_token"])["tenant_id"] == tenant.id

    await op.db.transact(
        lambda tx: tx.run(
            "UPDATE tenants SET settings_json = :settings WHERE id = :id",
            settings='{"sign_in":{"acr":"phr"}}',
            id=tenant.id,
        )
    )
    op.remembered.forget()
    assert refusal_of(await acting.browser.authorize(client)) == "access_denied"
